"""Anthropic's tree of capabilities as dotted names.

``{"thinking": {"supported": true, "types": {"adaptive": {"supported": true}}}}`` becomes
``{"thinking": True, "thinking.adaptive": True}``. https://platform.claude.com/docs/en/api/models-list
"""

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec

_COMMON_NAMES = {"image_input": "vision", "pdf_input": "pdf", "structured_outputs": "structured_output"}
_NAME = re.compile(r"[a-z0-9_]{1,48}")
_DEEPEST = 2  # two names of 48 characters and a dot stay within the 100 characters of a capability's name
_USUAL_BYTES = 10_000  # a tree beyond it is read each time, for it would fill the memory for trees
_GROUPING = "types"  # a level that groups and is no capability of its own


def capabilities_of(tree: object) -> dict[str, bool]:
    """Every capability the tree tells of; what is of another form than documented is left out."""
    if not isinstance(tree, dict):
        return {}
    text = msgspec.json.encode(tree)
    return dict(_told_by(text)) if len(text) <= _USUAL_BYTES else _read(tree)


@lru_cache(maxsize=256)  # the models of a family have equal trees, so a listing holds few of them
def _told_by(text: bytes) -> Mapping[str, bool]:
    return _read(msgspec.json.decode(text))


def _read(tree: object) -> dict[str, bool]:
    found: dict[str, bool] = {}
    _flatten(tree, "", _DEEPEST, found)
    return found


def _flatten(tree: object, prefix: str, levels: int, found: dict[str, bool]) -> None:
    if not isinstance(tree, dict) or not levels:
        return
    for name, node in tree.items():
        dotted = _dotted(prefix, name)
        if dotted is None or not isinstance(node, dict):
            continue
        supported = node.get("supported")
        if isinstance(supported, bool):
            found[dotted] = supported
        if len(node) > 1:
            _flatten(node, dotted, levels - 1, found)
            _flatten(node.get(_GROUPING), dotted, levels - 1, found)


@lru_cache(maxsize=1024)  # the same few dozen names come with every model
def _dotted(prefix: str, name: str) -> str | None:
    if name == _GROUPING or not _NAME.fullmatch(name):
        return None
    common = _COMMON_NAMES.get(name, name)
    return f"{prefix}.{common}" if prefix else common
