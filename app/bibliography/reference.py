"""A bibliographic entry in the terms of CSL, whatever format it comes from or goes to."""

import re
from dataclasses import dataclass, field
from typing import Final

#: Variables of CSL 1.0.2 that hold names.
NAMES: Final = (
    "author", "chair", "collection-editor", "compiler", "composer", "container-author", "contributor", "curator",
    "director", "editor", "editorial-director", "executive-producer", "guest", "host", "illustrator", "interviewer",
    "narrator", "organizer", "original-author", "performer", "producer", "recipient", "reviewed-author",
    "script-writer", "series-creator", "translator",
)  # fmt: skip
#: Variables that hold dates.
DATES: Final = ("issued", "accessed", "available-date", "event-date", "original-date", "submitted")
#: Variables that hold text or numbers, in the order in which notes list them. `license`, `citation-key`, `event-title`,
#: `PMCID` and the like are variables of the specification, even where the JSON schema lacks them.
TEXTS: Final = (
    "title", "title-short", "shortTitle", "part-title", "part", "container-title", "container-title-short",
    "journalAbbreviation", "collection-title", "collection-number", "volume", "volume-title", "number-of-volumes",
    "issue", "number", "page", "page-first", "number-of-pages", "chapter-number", "section", "supplement", "edition",
    "version", "printing", "publisher", "publisher-place", "original-title", "original-publisher",
    "original-publisher-place", "reviewed-title", "reviewed-genre", "translated-title", "translated-title-short",
    "event", "event-title", "event-place", "genre", "medium", "dimensions", "scale", "status", "authority",
    "jurisdiction", "division", "references", "archive", "archive_collection", "archive_location", "archive-place",
    "call-number", "source", "keyword", "categories", "abstract", "annote", "language", "license", "URL", "DOI",
    "ISBN", "ISSN", "PMID", "PMCID", "ISAN", "ISCI", "ISMN", "ISRC", "ISWC", "citation-key", "citation-label",
    "citation-number", "first-reference-note-number", "locator", "year-suffix",
)  # fmt: skip
#: Fields that only one format has are kept under its name: `RIS C1`, `BibTeX file`, `CSL custom.x`.
OWN: Final = re.compile(r"(?:RIS [A-Z][A-Z0-9]|(?:BibTeX|CSL) [A-Za-z][\w.:+/-]*)")

_BLANKS = re.compile("[ \t\r\n\f\v]+")


def one_line(text: str) -> str:
    """The text on one line, with single blanks."""
    return _BLANKS.sub(" ", text).strip()


@dataclass(frozen=True, slots=True)
class Name:
    """The name of an author: family and given name where the entry tells them apart, else all of it as `family`."""

    family: str
    given: str = ""
    suffix: str = ""

    @property
    def printed(self) -> str:
        """As it is printed: Jane Doe."""
        return " ".join(part for part in (self.given, self.family, self.suffix) if part)

    @property
    def is_literal(self) -> bool:
        return not self.given and not self.suffix

    @property
    def coded(self) -> str:
        """On a line of a note, as Zotero's field Extra has it: Doe || Jane."""
        parts = (self.family, self.given, self.suffix)
        return " || ".join(parts[: 3 if self.suffix else 2 if self.given else 1])


def decoded_name(text: str) -> Name:
    """The name of a line `Doe || Jane`."""
    family, given, suffix = (part.strip() for part in f"{text} || || ".split("||")[:3])
    return Name(family, given, suffix)


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is told of an entry that is taken all the same."""

    rule: str
    field: str
    message: str
    hint: str | None = None
    once: str | None = None
    """Told once a file under this name; null = at each entry."""


@dataclass(slots=True)
class Reference:
    """One entry. Dates are EDTF; `others` are the lines `key: value` that a format has no field for."""

    type: str = "document"
    key: str | None = None
    raw_type: str | None = None
    """The type in the words of the format, where it says another than `type`."""
    texts: dict[str, str] = field(default_factory=dict)
    names: dict[str, list[Name]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    """From which field of the file a variable came."""
    odd: list[Oddity] = field(default_factory=list)

    def put(self, variable: str, text: str, source: str) -> bool:
        """Set a variable, if it is free; tells whether it has this value now."""
        if self.texts.setdefault(variable, text) != text:
            return False
        self.fields.setdefault(variable, source)
        return True

    def keep(self, name: str, text: str) -> None:
        """Keep what no variable holds under a name of the format's own; equal names one after the other."""
        text = one_line(text)
        if text:
            self.texts[name] = f"{self.texts[name]}; {text}" if name in self.texts else text

    def leave_out(self, name: str) -> None:
        """Leave out what concerns nobody but the owner of the library: paths of files, user names, times of editing."""
        message = "This is about the library of its owner, as paths of files are; it is left out"
        self.odd.append(Oddity("left-out", name, message, None, f"left-out {name}"))

    def other(self, key: str) -> str | None:
        """The first line of this key."""
        return next((value for name, value in self.others if name == key), None)
