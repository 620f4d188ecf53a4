"""Anthropic's tree of capabilities as dotted names.

``{"thinking": {"supported": true, "types": {"adaptive": {"supported": true}}}}`` becomes
``{"thinking": True, "thinking.adaptive": True}``. https://platform.claude.com/docs/en/api/models-list
"""

import re
from functools import lru_cache

_COMMON_NAMES = {"image_input": "vision", "pdf_input": "pdf", "structured_outputs": "structured_output"}
_NAME = re.compile(r"[a-z0-9_]{1,48}")
_DEEPEST = 2  # two names of 48 characters and a dot stay within the 100 characters of a capability's name
_GROUPING = "types"  # a level that groups and is no capability of its own


def capabilities_of(tree: object) -> dict[str, bool]:
    """Every capability the tree tells of; what is of another form than documented is left out."""
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
