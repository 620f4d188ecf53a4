"""What a sync does to models, in lines for people."""

from collections.abc import Iterator, Sequence

import msgspec

from projections.sync_diffs import ModelDiff


def lines_of(models: Sequence[ModelDiff], most: int | None = None) -> Iterator[str]:
    """A line for each model, and one for each of its fields; of no more models than ``most``."""
    for model in models[:most]:
        yield f"{model.change:<10}  {model.model_id}"
        for field, change in model.fields.items():
            yield f"{'':<12}{field}: {_shown(change.before)} -> {_shown(change.after)}"
        if model.protected is not None:
            yield f"{'':<12}protected: {model.protected.reason}"
            for field, stood in model.protected.fields.items():
                yield f"{'':<12}{field}: kept {_shown(stood.kept)}, listed {_shown(stood.listed)}"
    if most is not None and len(models) > most:
        yield f"and {len(models) - most} more: --json tells all"


def _shown(value: object) -> str:
    return msgspec.json.encode(value).decode()
