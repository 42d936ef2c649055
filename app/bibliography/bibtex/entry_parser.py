"""Parses the text of an entry with pybtex."""

import re
from collections.abc import MutableMapping
from typing import Final

from pybtex.database.input.bibtex import LowLevelParser, month_names

#: Key for entries that have none, because pybtex does not accept an entry without a key.
KEYLESS = re.compile(r"(@\s*\w+\s*[{(]\s*)(?=,)")
NO_KEY: Final = "no-key"


class Broken(ValueError):
    """The entry cannot be parsed; the message says why."""


class EntryParser(LowLevelParser):  # type: ignore[misc]
    """pybtex's parser, except that an undefined string is replaced by its name and recorded in `unknown`."""

    def __init__(self, text: str, macros: MutableMapping[str, str]) -> None:
        super().__init__(text, macros=macros)
        self.unknown: list[str] = []

    def substitute_macro(self, name: str) -> str:
        found: str | None = self.macros.get(name, self.macros.get(name.lower()))
        if found is None:
            self.unknown.append(name)
            return name
        return found


def new_macros() -> dict[str, str]:
    """Return the strings that are predefined in every file: the names of the months."""
    return dict(month_names)
