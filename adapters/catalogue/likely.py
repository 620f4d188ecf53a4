"""Whether a rule of the catalogue may match an id, told in a fraction of the time that the rules take."""

from collections.abc import Iterable
from typing import assert_never

from genai_prices.types import (
    ClauseAnd,
    ClauseContains,
    ClauseEndsWith,
    ClauseEquals,
    ClauseOr,
    ClauseRegex,
    ClauseStartsWith,
    MatchLogic,
)

_SPECIAL = frozenset(".^$*+?{}[]\\|()")
_REPEATS = frozenset("*?{")


class Likely:
    """Never denies an id that one of the rules matches; of the others it denies most."""

    def __init__(self, rules: Iterable[MatchLogic]) -> None:
        self._whole: set[str] = set()
        self._pieces: set[str] = set()
        beginnings: set[str] = set()
        for rule in rules:
            self._take(rule, beginnings)
        self._beginnings = tuple(beginnings)

    def __call__(self, model_id: str) -> bool:
        text = model_id.lower()
        return (
            text in self._whole
            or text.startswith(self._beginnings)
            or any(piece in text for piece in self._pieces)
        )

    def _take(self, rule: MatchLogic, beginnings: set[str]) -> None:
        match rule:
            case ClauseEquals():
                self._whole.add(rule.equals.lower())
            case ClauseStartsWith():
                beginnings.add(rule.starts_with.lower())
            case ClauseContains():
                self._pieces.add(rule.contains.lower())
            case ClauseEndsWith():
                self._pieces.add(rule.ends_with.lower())
            case ClauseRegex():
                beginnings.add(beginning_of(rule.regex))
            case ClauseOr():
                for one in rule.or_:
                    self._take(one, beginnings)
            case ClauseAnd():
                self._take(rule.and_[0], beginnings)  # all must match, so this one must
            case _:
                assert_never(rule)


def beginning_of(regex: str) -> str:
    """The letters that whatever the regex finds begins with; empty where it says nothing so plain."""
    if not regex.startswith("^") or "|" in regex:
        return ""
    letters = ""
    rest = regex[1:]
    while rest:
        length = 2 if rest.startswith("\\.") else 1
        if length == 1 and rest[0] in _SPECIAL:
            return letters[:-1] if rest[0] in _REPEATS else letters
        letters += rest[length - 1]
        rest = rest[length:]
    return letters
