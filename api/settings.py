"""The settings, from environment variables. An error names the variable and what to do, never its value."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from adapters.drivers.registry import BaseUrls
from domain import names
from domain.errors import Invalid
from domain.provider_type import ProviderType
from domain.secret import Secret

Environment: TypeAlias = Literal["development", "production"]
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

SHORTEST_TOKEN: Final[Mapping[Environment, int]] = {"development": 8, "production": 20}
"""How long a token from the environment must be, in characters."""


class SettingsError(Exception):
    """A setting cannot be used as it is."""

    def __init__(self, variable: str, rule: str) -> None:
        super().__init__(f"{variable} {rule}")


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the environment decides. What holds a secret is a Secret.

    Attributes:
        database_url: PostgreSQL; None: the embedded one in the data folder.
        data_dir: where the embedded database, the generated master key and the first admin token are.
        environment: development keys are used in development only.
        master_keys: the text of KEYROLL_MASTER_KEYS; None: one is made in the data folder.
        bootstrap_token: the first admin token; None: one is made.
        metrics_token: shows the metrics of the whole process; None: nothing does.
        sync_interval_hours: between two background syncs of a provider; 0 turns them off.
        base_urls: where the vendors' own APIs are reached.
        outbound_allow: address ranges open besides public ones.
        environment_keys: keys for development by provider type; empty in production.
        ignored_keys: the names of DEFAULT_ variables that production ignores.
        simulators_allowed: whether providers may be simulators.
    """

    database_url: Secret | None
    data_dir: Path
    environment: Environment
    master_keys: Secret | None
    bootstrap_token: Secret | None
    metrics_token: Secret | None
    sync_interval_hours: float
    base_urls: BaseUrls
    outbound_allow: tuple[Network, ...]
    environment_keys: Mapping[ProviderType, Secret]
    ignored_keys: tuple[str, ...]
    simulators_allowed: bool

    @property
    def standing_keys(self) -> Mapping[ProviderType, Secret]:
        """What providers without a stored key are called with; simulators with an empty one."""
        simulators = {ProviderType.SIMULATOR: Secret("")} if self.simulators_allowed else {}
        return {**self.environment_keys, **simulators}

    @property
    def trusted_origins(self) -> tuple[str, ...]:
        """Base URLs that the operator named himself."""
        vendors = BaseUrls()
        pairs = (
            (self.base_urls.openai, vendors.openai),
            (self.base_urls.anthropic, vendors.anthropic),
            (self.base_urls.gemini, vendors.gemini),
        )
        return tuple(url for url, vendors_own in pairs if url != vendors_own)


class DatabasePlace(NamedTuple):
    """Where the database is: its URL, or the data folder of Keyroll's own."""

    url: Secret | None
    data_dir: Path


def database_from(environ: Mapping[str, str], *, migrating: bool = False) -> DatabasePlace:
    """Where the database is, for a command that needs no keys; for the migration step with its own role."""
    given = _given(environ)
    url = _secret(given, "KEYROLL_MIGRATION_DATABASE_URL") if migrating else None
    return DatabasePlace(url or _secret(given, "KEYROLL_DATABASE_URL"), _data_dir(given))


def settings_from(environ: Mapping[str, str]) -> Settings:
    """The settings that the environment variables say. An empty variable counts as absent.

    Raises:
        SettingsError: one of them cannot be used.
    """
    given = _given(environ)
    if given.get("POSTGRES_ENABLE_DB_FUNCTIONS"):
        raise SettingsError(
            "POSTGRES_ENABLE_DB_FUNCTIONS", "must not be set: with it, readers of the log miss events"
        )
    database_url = _secret(given, "KEYROLL_DATABASE_URL")
    environment = _environment(given, embedded=database_url is None)
    master_keys = _secret(given, "KEYROLL_MASTER_KEYS")
    if master_keys is None and (environment == "production" or database_url is not None):
        raise SettingsError(
            "KEYROLL_MASTER_KEYS",
            "must be set in production and with a database of your own. Make one with: "
            "python -c \"import base64, os; print('m1:' + base64.b64encode(os.urandom(32)).decode())\" "
            "and keep it apart from the database",
        )
    environment_keys, ignored_keys = _environment_keys(given, environment)
    return Settings(
        database_url=database_url,
        data_dir=_data_dir(given),
        environment=environment,
        master_keys=master_keys,
        bootstrap_token=_token(given, "KEYROLL_BOOTSTRAP_TOKEN", environment),
        metrics_token=_token(given, "KEYROLL_METRICS_TOKEN", environment),
        sync_interval_hours=_hours(given),
        base_urls=_base_urls(given),
        outbound_allow=_networks(given),
        environment_keys=environment_keys,
        ignored_keys=ignored_keys,
        simulators_allowed=_simulators_allowed(given, environment),
    )


def _given(environ: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in environ.items() if value.strip()}


def _data_dir(given: Mapping[str, str]) -> Path:
    return Path(given.get("KEYROLL_DATA_DIR") or _default_data_dir(given)).expanduser().absolute()


def _default_data_dir(given: Mapping[str, str]) -> Path:
    """The user's data folder by the XDG Base Directory Specification."""
    return Path(given.get("XDG_DATA_HOME") or "~/.local/share") / "keyroll"


def _secret(given: Mapping[str, str], variable: str) -> Secret | None:
    return Secret(given[variable]) if variable in given else None


def _environment(given: Mapping[str, str], *, embedded: bool) -> Environment:
    match given.get("KEYROLL_ENV", "development" if embedded else "production"):
        case "development":
            return "development"
        case "production":
            return "production"
        case _:
            raise SettingsError("KEYROLL_ENV", "must be development or production")


def _token(given: Mapping[str, str], variable: str, environment: Environment) -> Secret | None:
    token = _secret(given, variable)
    if token is None:
        return None
    text, shortest = token.reveal(), SHORTEST_TOKEN[environment]
    if len(text) < shortest or not (text.isascii() and text.isprintable()) or " " in text:
        rule = f"must have at least {shortest} printable ASCII characters and no space"
        raise SettingsError(variable, rule)
    return token


def _simulators_allowed(given: Mapping[str, str], environment: Environment) -> bool:
    match given.get("KEYROLL_ALLOW_SIMULATOR", "true" if environment == "development" else "false"):
        case "true":
            return True
        case "false":
            return False
        case _:
            raise SettingsError("KEYROLL_ALLOW_SIMULATOR", "must be true or false")


def _hours(given: Mapping[str, str]) -> float:
    rule = "must be a number of hours from 0 (off) to 8760"
    try:
        hours = float(given.get("KEYROLL_SYNC_INTERVAL_HOURS", "24"))
    except ValueError:
        raise SettingsError("KEYROLL_SYNC_INTERVAL_HOURS", rule) from None
    if not 0 <= hours <= 8760:  # noqa: PLR2004  # a year
        raise SettingsError("KEYROLL_SYNC_INTERVAL_HOURS", rule)
    return hours


def _base_urls(given: Mapping[str, str]) -> BaseUrls:
    urls = {}
    for vendor in ("openai", "anthropic", "gemini"):
        variable = f"KEYROLL_{vendor.upper()}_BASE_URL"
        if variable in given:
            try:
                urls[vendor] = names.base_url(given[variable])
            except Invalid as error:
                raise SettingsError(variable, error.rule) from None
    return BaseUrls(**urls)


def _networks(given: Mapping[str, str]) -> tuple[Network, ...]:
    try:
        ranges = given.get("KEYROLL_OUTBOUND_ALLOW", "").split(",")
        return tuple(ipaddress.ip_network(text.strip()) for text in ranges if text.strip())
    except ValueError:
        rule = "must list address ranges, as 10.0.0.0/8,fd00::/8 (a range begins at its own first address)"
        raise SettingsError("KEYROLL_OUTBOUND_ALLOW", rule) from None


def _environment_keys(
    given: Mapping[str, str], environment: Environment
) -> tuple[Mapping[ProviderType, Secret], tuple[str, ...]]:
    serves = {
        "DEFAULT_OPENAI_API_KEY": (ProviderType.OPENAI, ProviderType.OPENAI_COMPLETIONS),
        "DEFAULT_ANTHROPIC_API_KEY": (ProviderType.ANTHROPIC,),
        "DEFAULT_GEMINI_API_KEY": (ProviderType.GEMINI,),
    }
    named = tuple(variable for variable in serves if variable in given)
    if environment == "production":
        return {}, named
    keys: dict[ProviderType, Secret] = {}
    for variable in named:
        try:
            key = names.api_key(given[variable])
        except Invalid as error:
            raise SettingsError(variable, error.rule) from None
        keys |= dict.fromkeys(serves[variable], key)
    return keys, ()
