"""The use cases' parts over any database, with keys made for the occasion."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.postgres.store import Store
from adapters.vault.fingerprint import Fingerprints
from adapters.vault.fingerprint_key import new_fingerprint_key
from adapters.vault.master_keys import parse_master_keys
from adapters.vault.vault import Vault
from api.commands.core import Core


def new_master_keys(name: str = "m1") -> str:
    """A fresh value for KEYROLL_MASTER_KEYS."""
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


@contextmanager
def core_over(conninfo: str) -> Iterator[Core]:
    """The parts over this database, closed afterwards."""
    store = Store(conninfo)
    try:
        yield Core(store, Vault(parse_master_keys(new_master_keys())), Fingerprints(new_fingerprint_key()))
    finally:
        store.close()
