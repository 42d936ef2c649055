"""The classes of lint rules, and the context that rules for records receive."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.db.days import Day
from app.db.periods import Period
from app.ingest.deduplication import NameNumbers
from app.writing.intents import Intent


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of a rule: message, hint, and, if the rule is a record rule, the JSON Pointer."""

    message: str
    hint: str | None = None
    pointer: str = ""


@dataclass(slots=True)
class RuleContext:
    """The information that record rules receive in addition to the record."""

    process_starts: dict[str, Day] = field(default_factory=dict)
    """The first possible day of the processes that the batch refers to, by slug."""
    former_codes: dict[str, str] = field(default_factory=dict)
    """The code of the former country of each place that talks refer to and that has only such codes, by slug."""
    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    """The slug of the stored record that has an external id, by (collection, `scheme:value`)."""
    schemes: frozenset[str] = frozenset()
    """The schemes of external ids and event codes that are in use or built in."""
    earlier_lines: dict[tuple[str, str], int] = field(default_factory=dict)
    """The earlier line that gave an external id to another record, by (pointer of the record, `scheme:value`)."""
    namesakes: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """The slugs of stored records with the same name, by (collection, name)."""
    earlier_names: dict[str, int] = field(default_factory=dict)
    """The earlier line that gave the same name to another record, by pointer of the record."""
    describe_line: Callable[[int], str] = "Line {}".format
    """How messages refer to a line."""
    post_holders: dict[tuple[str, str], dict[str, Period]] = field(default_factory=dict)
    """The people of this file with their periods in a post, by (title, party)."""
    seats: dict[tuple[str, str], dict[str, Period]] = field(default_factory=dict)
    """The parties of this file in whose delegation a person was, with the periods, by (talk, person)."""
    reported: NameNumbers = field(default_factory=NameNumbers)
    """Unknown schemes that were already reported for this file."""


@dataclass(frozen=True, slots=True)
class TextRule:
    """A rule that is applied to every text: its function gets the name of the field and the text."""

    name: str
    about: str
    check: Callable[[str, str], Finding | None]
    prefilter: re.Pattern[str]
    """Prefilter: a pattern that matches wherever the rule may match. It is searched in many texts joined by newlines."""


@dataclass(frozen=True, slots=True)
class NumberRule:
    """A rule that is applied to every number: its function gets the name of the field and the number."""

    name: str
    about: str
    check: Callable[[str, float], Finding | None]


@dataclass(frozen=True, slots=True)
class RecordRule:
    """A rule that is applied to every record."""

    name: str
    about: str
    check: Callable[[Intent, RuleContext], Iterable[Finding]]
