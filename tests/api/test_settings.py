"""The settings: what each variable takes, and that an error names the variable and never its value."""

import base64
import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.drivers.registry import BaseUrls
from api.settings import SettingsError, database_from, settings_from
from domain.provider_type import ProviderType
from domain.secret import Secret

CANARY: Final = "canary-6b1f0e2c9d"
MASTER_KEYS: Final = f"m1:{base64.b64encode(bytes(32)).decode()}"
OWN_DATABASE: Final = {
    "KEYROLL_DATABASE_URL": "postgresql://db.example.com/keyroll",
    "KEYROLL_MASTER_KEYS": MASTER_KEYS,
}


def test_without_any_variable_keyroll_runs_for_development_on_a_database_of_its_own() -> None:
    settings = settings_from({})
    assert settings.database_url is None
    assert settings.master_keys is None
    assert settings.bootstrap_token is None
    assert settings.environment == "development"
    assert settings.data_dir == Path("~/.local/share/keyroll").expanduser()
    assert settings.sync_interval_hours == 24
    assert settings.base_urls == BaseUrls()
    assert settings.outbound_allow == ()
    assert settings.environment_keys == {}
    assert settings.trusted_origins == ()


def test_an_empty_variable_counts_as_absent() -> None:
    variables = (
        *("KEYROLL_DATABASE_URL", "KEYROLL_DATA_DIR", "KEYROLL_ENV", "KEYROLL_MASTER_KEYS"),
        *("KEYROLL_BOOTSTRAP_TOKEN", "KEYROLL_SYNC_INTERVAL_HOURS", "KEYROLL_OPENAI_BASE_URL"),
        *("KEYROLL_OUTBOUND_ALLOW", "DEFAULT_OPENAI_API_KEY", "POSTGRES_ENABLE_DB_FUNCTIONS"),
    )
    assert settings_from(dict.fromkeys(variables, " ")) == settings_from({})


def test_the_data_folder_is_where_one_says_or_where_the_system_says() -> None:
    assert settings_from({"KEYROLL_DATA_DIR": "/srv/keyroll"}).data_dir == Path("/srv/keyroll")
    assert settings_from({"KEYROLL_DATA_DIR": "here"}).data_dir == Path.cwd() / "here"
    assert settings_from({"KEYROLL_DATA_DIR": "~/k"}).data_dir == Path.home() / "k"
    assert settings_from({"XDG_DATA_HOME": "/var/data"}).data_dir == Path("/var/data/keyroll")


def test_a_database_of_ones_own_means_production_unless_said_otherwise() -> None:
    assert settings_from(OWN_DATABASE).environment == "production"
    assert settings_from({**OWN_DATABASE, "KEYROLL_ENV": "development"}).environment == "development"
    assert settings_from(OWN_DATABASE).database_url == Secret("postgresql://db.example.com/keyroll")


@pytest.mark.parametrize(
    "given", [{"KEYROLL_ENV": "production"}, {"KEYROLL_DATABASE_URL": "postgresql://x"}], ids=str
)
def test_master_keys_are_required_where_none_is_made(given: Mapping[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"^KEYROLL_MASTER_KEYS must be set in production") as caught:
        settings_from(given)
    assert "python -c" in str(caught.value)
    assert settings_from({**given, "KEYROLL_MASTER_KEYS": MASTER_KEYS}).master_keys == Secret(MASTER_KEYS)


def test_a_vendors_address_takes_its_normal_form_and_is_trusted() -> None:
    settings = settings_from(
        {
            "KEYROLL_OPENAI_BASE_URL": "http://127.0.0.1:9/v1/",
            "KEYROLL_ANTHROPIC_BASE_URL": "HTTPS://Proxy.example.com",
            "KEYROLL_GEMINI_BASE_URL": BaseUrls().gemini,
        }
    )
    assert settings.base_urls == BaseUrls(
        "http://127.0.0.1:9/v1", "https://proxy.example.com", BaseUrls().gemini
    )
    assert settings.trusted_origins == ("http://127.0.0.1:9/v1", "https://proxy.example.com")


def test_address_ranges_are_listed_with_commas() -> None:
    settings = settings_from({"KEYROLL_OUTBOUND_ALLOW": " 10.0.0.0/8, fd00::/8 ,192.0.2.7,"})
    assert settings.outbound_allow == tuple(
        map(ipaddress.ip_network, ("10.0.0.0/8", "fd00::/8", "192.0.2.7/32"))
    )


@pytest.mark.parametrize(("text", "hours"), [("0", 0), ("0.5", 0.5), ("8760", 8760), (" 12 ", 12)])
def test_the_interval_of_syncs_is_in_hours(text: str, hours: float) -> None:
    assert settings_from({"KEYROLL_SYNC_INTERVAL_HOURS": text}).sync_interval_hours == hours


def test_development_keys_serve_their_vendors_types_and_nothing_in_production() -> None:
    given = {"DEFAULT_OPENAI_API_KEY": "sk-1", "DEFAULT_GEMINI_API_KEY": "g-1"}
    settings = settings_from(given)
    assert settings.environment_keys == {
        ProviderType.OPENAI: Secret("sk-1"),
        ProviderType.OPENAI_COMPLETIONS: Secret("sk-1"),
        ProviderType.GEMINI: Secret("g-1"),
    }
    assert settings.ignored_keys == ()
    production = settings_from({**given, "KEYROLL_ENV": "production", "KEYROLL_MASTER_KEYS": MASTER_KEYS})
    assert production.environment_keys == {}
    assert production.ignored_keys == ("DEFAULT_OPENAI_API_KEY", "DEFAULT_GEMINI_API_KEY")


@pytest.mark.parametrize(
    "extra", [{}, {"KEYROLL_ENV": "production", "KEYROLL_MASTER_KEYS": MASTER_KEYS}], ids=str
)
@pytest.mark.parametrize("name", ["bootstrap_token", "metrics_token"])
def test_a_token_is_long_enough_for_where_it_opens(extra: Mapping[str, str], name: str) -> None:
    shortest = 20 if extra else 8
    token, variable = "t" * shortest, f"KEYROLL_{name.upper()}"
    assert getattr(settings_from({**extra, variable: token}), name) == Secret(token)
    assert getattr(settings_from(extra), name) is None
    with pytest.raises(SettingsError, match=f"^{variable} must have at least {shortest} "):
        settings_from({**extra, variable: token[1:]})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KEYROLL_ENV", CANARY),
        ("KEYROLL_ENV", f"Production {CANARY}"),
        ("KEYROLL_BOOTSTRAP_TOKEN", f"two words {CANARY}"),
        ("KEYROLL_BOOTSTRAP_TOKEN", f"schlüssel-{CANARY}"),
        ("KEYROLL_METRICS_TOKEN", f"schlüssel-{CANARY}"),
        ("KEYROLL_SYNC_INTERVAL_HOURS", CANARY),
        ("KEYROLL_SYNC_INTERVAL_HOURS", "-1"),
        ("KEYROLL_SYNC_INTERVAL_HOURS", "8761"),
        ("KEYROLL_SYNC_INTERVAL_HOURS", "nan"),
        ("KEYROLL_SYNC_INTERVAL_HOURS", "inf"),
        ("KEYROLL_OPENAI_BASE_URL", CANARY),
        ("KEYROLL_ANTHROPIC_BASE_URL", f"https://user:{CANARY}@llm.example.com"),
        ("KEYROLL_GEMINI_BASE_URL", f"https://llm.example.com?key={CANARY}"),
        ("KEYROLL_OUTBOUND_ALLOW", CANARY),
        ("KEYROLL_OUTBOUND_ALLOW", "10.0.0.1/8"),
        ("KEYROLL_OUTBOUND_ALLOW", f"10.0.0.0/8 {CANARY}"),
        ("DEFAULT_OPENAI_API_KEY", f"{CANARY}\n"),
        ("DEFAULT_ANTHROPIC_API_KEY", f"{CANARY}é"),
        ("DEFAULT_GEMINI_API_KEY", CANARY * 100),
        ("POSTGRES_ENABLE_DB_FUNCTIONS", CANARY),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_variables_name(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from({variable: value})
    told = str(caught.value)
    assert told.startswith(f"{variable} must ")
    assert value not in told
    assert CANARY not in told


def test_settings_show_no_secret() -> None:
    secrets: dict[str, Any] = {
        "KEYROLL_DATABASE_URL": f"postgresql://keyroll:{CANARY}@db.example.com/keyroll",
        "KEYROLL_MASTER_KEYS": f"m1:{CANARY}",
        "KEYROLL_BOOTSTRAP_TOKEN": f"{CANARY}-token-of-mine",
        "KEYROLL_METRICS_TOKEN": f"{CANARY}-token-of-the-operator",
        "KEYROLL_ENV": "development",
        "DEFAULT_OPENAI_API_KEY": CANARY,
    }
    settings = settings_from(secrets)
    assert CANARY not in repr(settings)
    assert settings.bootstrap_token is not None
    assert CANARY in settings.bootstrap_token.reveal()  # the control


def test_a_command_without_keys_needs_none_and_a_migration_may_have_a_role_of_its_own() -> None:
    urls = {"KEYROLL_DATABASE_URL": "postgresql://a", "KEYROLL_MIGRATION_DATABASE_URL": "postgresql://b"}
    assert database_from(urls).url == Secret("postgresql://a")
    assert database_from(urls, migrating=True).url == Secret("postgresql://b")
    del urls["KEYROLL_MIGRATION_DATABASE_URL"]
    assert database_from(urls, migrating=True).url == Secret("postgresql://a")
    assert database_from({"KEYROLL_DATA_DIR": "/srv/keyroll"}) == (None, Path("/srv/keyroll"))


@pytest.mark.parametrize("environment", ["development", "production"])
def test_simulators_are_for_development_unless_the_operator_says_otherwise(environment: str) -> None:
    base = {"KEYROLL_ENV": environment, "KEYROLL_MASTER_KEYS": MASTER_KEYS}
    for given, allowed in (("", environment == "development"), ("true", True), ("false", False)):
        settings = settings_from({**base, "KEYROLL_ALLOW_SIMULATOR": given})
        assert settings.simulators_allowed is allowed
        assert (ProviderType.SIMULATOR in settings.standing_keys) is allowed
    with pytest.raises(SettingsError, match="KEYROLL_ALLOW_SIMULATOR must be true or false"):
        settings_from({**base, "KEYROLL_ALLOW_SIMULATOR": CANARY})


def test_the_environments_keys_stand_for_their_providers_beside_the_simulators() -> None:
    settings = settings_from({"DEFAULT_GEMINI_API_KEY": "g-1"})
    assert settings.standing_keys == {
        ProviderType.GEMINI: Secret("g-1"),
        ProviderType.SIMULATOR: Secret(""),
    }
