"""PostgreSQL's settings, given on its command line so that each start has the current ones.

Source: https://www.postgresql.org/docs/18/runtime-config.html
"""

from pathlib import Path

_ALWAYS = {
    "cluster_name": "keyroll",
    # No network: the socket in a private folder is the only door.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # A small neighbour of the application: few background processes, little memory.
    "max_connections": "200",
    "shared_buffers": "64MB",
    "io_method": "sync",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and error messages can quote values, and a value can be sensitive. Errors reach the
    # client anyway; the log tells only of the server itself.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}

_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def server_settings(*, socket_folder: Path, durable: bool) -> list[str]:
    """The arguments ``-c name=value`` of the server.

    With ``durable`` a commit survives power loss; without it, only the death of processes.
    """
    settings = _ALWAYS | (_DURABLE if durable else _FORGETFUL)
    settings["unix_socket_directories"] = str(socket_folder)
    return [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
