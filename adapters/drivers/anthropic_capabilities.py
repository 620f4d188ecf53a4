"""Anthropic's tree of capabilities as dotted names.

``{"thinking": {"supported": true, "types": {"adaptive": {"supported": true}}}}`` becomes
``{"thinking": True, "thinking.adaptive": True}``. https://platform.claude.com/docs/en/api/models-list
"""

import re

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
    if not isinstance(tree, dict):
        return
    for name, node in tree.items():
        if not isinstance(node, dict):
            continue
        if name == _GROUPING and prefix:
            _flatten(node, prefix, levels, found)
        elif levels and _NAME.fullmatch(name):
            dotted: str = prefix + (_COMMON_NAMES.get(name) or name)
            supported = node.get("supported")
            if isinstance(supported, bool):
                found[dotted] = supported
            if len(node) > 1:
                _flatten(node, f"{dotted}.", levels - 1, found)
