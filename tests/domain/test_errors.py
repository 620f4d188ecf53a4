from uuid import UUID

import pytest

from domain.errors import (
    Busy,
    Conflict,
    Invalid,
    KeyRejected,
    KeyrollError,
    LastAdmin,
    ModelExists,
    ModelNotSelectable,
    NameTaken,
    NotFound,
    ProviderGone,
    RequestTakenOver,
    SyncRunning,
    VersionMismatch,
)

ID = UUID("0192f000-0000-7000-8000-000000000009")


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        (Invalid("name", "must have 1 to 200 characters"), "name must have 1 to 200 characters"),
        (NotFound("provider", ID), f"no provider with the id {ID}"),
        (VersionMismatch(7), "at version 7 now. Read it again, and send its ETag as If-Match"),
        (Busy(), "Nothing was written: send it again"),
        (NameTaken("provider", "One"), "a provider named 'One' already. Choose another name"),
        (ModelExists(ID, "gpt-5"), f"change it at its id {ID}"),
        (
            ModelNotSelectable("gpt-5", "it is disabled, so enable it"),
            "the default: it is disabled, so enable it",
        ),
        (SyncRunning(ID), f"the run {ID}. Wait until it has ended"),
        (KeyRejected("Incorrect API key."), "The vendor rejects this key: Incorrect API key."),
        (RequestTakenOver(), "Send it again to learn how it ended"),
        (ProviderGone(), "Add it anew"),
        (LastAdmin(), "Issue another one first"),
    ],
)
def test_a_refusal_says_what_to_do(refusal: KeyrollError, advice: str) -> None:
    assert advice in str(refusal)


def test_a_refusal_carries_what_a_caller_needs_to_act_on_it() -> None:
    assert (Invalid("name", "must be short").field, Invalid("name", "must be short").rule) == (
        "name",
        "must be short",
    )
    assert (NotFound("provider", ID).what, NotFound("provider", ID).identity) == ("provider", ID)
    assert VersionMismatch(7).current == 7
    assert NameTaken("provider", "One").name == "One"
    assert ModelExists(ID, "gpt-5").identity == ID
    assert SyncRunning(ID).sync_id == ID


def test_refusals_that_depend_on_the_objects_state_are_conflicts() -> None:
    assert {
        NameTaken,
        ModelExists,
        ModelNotSelectable,
        SyncRunning,
        RequestTakenOver,
        LastAdmin,
        ProviderGone,
    } <= set(Conflict.__subclasses__())
