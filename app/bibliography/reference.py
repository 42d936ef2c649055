"""The common model of a bibliographic entry, in the terms of CSL."""

import re
from dataclasses import dataclass, field
from typing import Final

#: Name variables of CSL 1.0.2.
NAMES: Final = (
    "author", "chair", "collection-editor", "compiler", "composer", "container-author", "contributor", "curator",
    "director", "editor", "editorial-director", "executive-producer", "guest", "host", "illustrator", "interviewer",
    "narrator", "organizer", "original-author", "performer", "producer", "recipient", "reviewed-author",
    "script-writer", "series-creator", "translator",
)  # fmt: skip
#: Date variables of CSL 1.0.2.
DATES: Final = ("issued", "accessed", "available-date", "event-date", "original-date", "submitted")
#: Text and number variables of CSL 1.0.2, in the order in which notes list them. Some of them, such as `license`,
#: `citation-key` and `event-title`, are in the specification but not in the JSON schema.
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
#: Names under which fields of a single format are stored, such as `RIS C1`, `BibTeX file` and `CSL custom.x`.
OWN: Final = re.compile(r"(?:RIS [A-Z][A-Z0-9]|(?:BibTeX|CSL) [A-Za-z][\w.:+/-]*)")

_BLANKS = re.compile("[ \t\r\n\f\v]+")


def one_line(text: str) -> str:
    """Return the text on one line, with whitespace collapsed to single spaces."""
    return _BLANKS.sub(" ", text).strip()


@dataclass(frozen=True, slots=True)
class Name:
    """A name, split into parts if the entry distinguishes them; otherwise the whole name is in `family`."""

    family: str
    given: str = ""
    suffix: str = ""

    @property
    def printed(self) -> str:
        """The name in reading order: Jane Doe."""
        return " ".join(part for part in (self.given, self.family, self.suffix) if part)

    @property
    def is_literal(self) -> bool:
        return not self.given and not self.suffix

    @property
    def coded(self) -> str:
        """The name in the notation of Zotero's Extra field: Doe || Jane."""
        parts = (self.family, self.given, self.suffix)
        return " || ".join(parts[: 3 if self.suffix else 2 if self.given else 1])


def decoded_name(text: str) -> Name:
    """Parse a name in the notation `Doe || Jane`."""
    family, given, suffix = (part.strip() for part in f"{text} || || ".split("||")[:3])
    return Name(family, given, suffix)


@dataclass(frozen=True, slots=True)
class EntryWarning:
    """A warning about an entry, which is imported nevertheless."""

    rule: str
    field: str
    message: str
    hint: str | None = None
    once: str | None = None
    """A key under which the warning is reported once per file; None = report it for each entry."""


@dataclass(slots=True)
class Reference:
    """A bibliographic entry. Dates are EDTF. `others` are Parley's own lines, `key: value` (see `app.bibliography.notes`)."""

    type: str = "document"
    key: str | None = None
    raw_type: str | None = None
    """The format's own word for the type; None if `type` is enough."""
    texts: dict[str, str] = field(default_factory=dict)
    names: dict[str, list[Name]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    """The field of the file from which each variable was read."""
    odd: list[EntryWarning] = field(default_factory=list)

    def set_text(self, variable: str, text: str, source: str) -> bool:
        """Set a variable unless it has a value. Return whether the variable has the given value now."""
        if self.texts.setdefault(variable, text) != text:
            return False
        self.fields.setdefault(variable, source)
        return True

    def add_text(self, name: str, text: str) -> None:
        """Add a text under a name, such as `RIS C1`; further texts under the same name are appended."""
        text = one_line(text)
        if text:
            self.texts[name] = f"{self.texts[name]}; {text}" if name in self.texts else text

    def warn_not_imported(self, name: str) -> None:
        """Warn that a field about the user's own library is not imported: file paths, user names, edit times."""
        message = "This field describes the user's own library (such as a file path) and is not imported"
        self.odd.append(EntryWarning("left-out", name, message, None, f"left-out {name}"))

    def other(self, key: str) -> str | None:
        """Return the value of the first Parley line with this key."""
        return next((value for name, value in self.others if name == key), None)
