"""What a rule of the linter is."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from app.ingest.deduplication import Names
from app.writing.intents import Intent


@dataclass(frozen=True, slots=True)
class Odd:
    """What a rule finds: a sentence, a hint, and the pointer, where the rule was asked of a whole record."""

    message: str
    hint: str | None = None
    pointer: str = ""


@dataclass(slots=True)
class Context:
    """What rules about records know beyond the record."""

    began: dict[str, date] = field(default_factory=dict)
    """The first possible day of the processes that the batch mentions, by slug."""
    bearers: dict[tuple[str, str], str] = field(default_factory=dict)
    """The slug of the stored record that bears an external id, by (collection, `scheme:value`)."""
    schemes: frozenset[str] = frozenset()
    """Schemes of external ids and event codes that the ledger knows."""
    given: dict[tuple[str, str], int] = field(default_factory=dict)
    """The line before that gave an external id to another record, by (pointer of the record, `scheme:value`)."""
    told: Names = field(default_factory=Names)
    """What is told once a file, where it stands first: the schemes that nothing uses."""


@dataclass(frozen=True, slots=True)
class TextRule:
    """Asked of every text: the name of its field, the text."""

    name: str
    about: str
    look: Callable[[str, str], Odd | None]
    hint: re.Pattern[str]
    """Matches wherever the rule could find something, in many texts that stand on lines of their own."""


@dataclass(frozen=True, slots=True)
class NumberRule:
    """Asked of every number: the name of its field, the number."""

    name: str
    about: str
    look: Callable[[str, float], Odd | None]


@dataclass(frozen=True, slots=True)
class RecordRule:
    """Asked of every record."""

    name: str
    about: str
    look: Callable[[Intent, Context], Iterable[Odd]]
