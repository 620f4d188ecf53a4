"""The role that Keyroll works as, in tests' databases."""

from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.embedded.conninfo import SERVICE
from adapters.embedded.server import RunningServer
from adapters.postgres.migration import bring_forward, let_in


def as_service(conninfo: str) -> str:
    """How the service connects to the database that the owner connects to so."""
    file = Path(str(conninfo_to_dict(conninfo)["passfile"])).with_name("postgres.service-password")
    return make_conninfo(conninfo, user=SERVICE, passfile=str(file))


def set_up(server: RunningServer, conninfo: str) -> None:
    """Bring a database forward and let the service in, as every start of Keyroll's own database does."""
    let_in(server.conninfo, server.service_conninfo, SERVICE, server.service_password)
    bring_forward(conninfo, SERVICE)
