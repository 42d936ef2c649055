"""Reads and writes RIS entries: lines of tag and value, from TY to ER, as Zotero, EndNote and most databases write them.

No library is used: the grammar is one regular expression, and rispy drops the second of two equal tags.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.bibliography.dates import date_of_ris, date_of_text, ris_of
from app.bibliography.identifiers import doi_of
from app.bibliography.kinds import RIS_TYPES, TYPES
from app.bibliography.notes import apply_own_lines, is_parley_export, own_lines
from app.bibliography.reference import Name, Reference, one_line
from app.bibliography.unread_values import date_or_note

PREFIX: Final = "ris"
MEDIA_TYPE: Final = "application/x-research-info-systems"
TAG = re.compile(r"([A-Z][A-Z0-9]) {1,2}-(?: (.*)|\s*)", re.DOTALL)
#: CSL variables by tag, for reading. A repeated or unlisted tag is stored under its own name, such as `RIS C1`.
_READ: Final = {
    "TI": "title", "T1": "title", "CT": "title", "T2": "container-title", "JF": "container-title",
    "JO": "container-title-short", "JA": "container-title-short", "J1": "container-title-short",
    "J2": "container-title-short", "T3": "collection-title", "ST": "title-short", "TT": "translated-title",
    "PB": "publisher", "CY": "publisher-place", "PP": "publisher-place", "VL": "volume", "IS": "issue",
    "ET": "edition", "SE": "section", "NV": "number-of-volumes", "AB": "abstract", "N2": "abstract", "LA": "language",
    "DO": "DOI", "UR": "URL", "CN": "call-number", "DB": "source", "DP": "archive", "M1": "number", "M3": "genre",
    "AV": "archive_location", "CR": "license",
}  # fmt: skip
_NAMES: Final = {
    "AU": "author",
    "A1": "author",
    "A2": "editor",
    "ED": "editor",
    "A3": "collection-editor",
    "A4": "translator",
}
#: Links to files in the user's own library.
_PRIVATE: Final = ("L1", "L2", "L3", "L4")
_ISSUED: Final = ("DA", "PY", "Y1")
#: CSL variables with the tags to which an export writes them, in the order of the export.
_WRITTEN: Final = (
    ("title", "TI"), ("title-short", "ST"), ("container-title", "T2"), ("container-title-short", "J2"),
    ("collection-title", "T3"), ("volume", "VL"), ("issue", "IS"), ("number", "M1"), ("genre", "M3"),
    ("edition", "ET"), ("section", "SE"), ("number-of-volumes", "NV"), ("publisher", "PB"), ("publisher-place", "CY"),
    ("translated-title", "TT"), ("abstract", "AB"), ("language", "LA"), ("DOI", "DO"), ("URL", "UR"),
    ("call-number", "CN"), ("source", "DB"), ("archive", "DP"), ("archive_location", "AV"),
)  # fmt: skip
_LONG: Final = ("AB", "N2", "N1")


def spell(type_: str) -> str:
    """Return the word that `coded_from` uses for a CSL type, such as `RIS JOUR`."""
    return f"RIS {TYPES[type_].ris}"


def tagged_values(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the tags and values of an entry. A line without a tag continues the previous value."""
    tag, value = "", ""
    for line in lines:
        line = line.rstrip("\r")
        found = TAG.fullmatch(line.lstrip("\ufeff"))
        if found is None:
            value += f"\n{line.strip()}"
            continue
        if tag:
            yield tag, _value(tag, value)
        tag, value = found[1], found[2] or ""
    if tag:
        yield tag, _value(tag, value)


def _value(tag: str, value: str) -> str:
    return value.strip() if tag in _LONG else one_line(value)


def read(lines: Iterable[str]) -> Reference:
    """Parse an entry."""
    found = Reference()
    dates: dict[str, str] = {}
    notes: list[str] = []
    pages: dict[str, str] = {}
    for tag, value in tagged_values(lines):
        if tag == "TY":
            word = value.upper()
            found.type, found.raw_type = RIS_TYPES.get(word, "document"), f"RIS {word}"
            found.fields["type"] = tag
        elif tag == "ER" or not value:
            continue
        elif tag in _PRIVATE:
            found.warn_not_imported(tag)
        elif tag in _NAMES:
            found.names.setdefault(_NAMES[tag], []).append(_name(value))
            found.fields.setdefault(_NAMES[tag], tag)
        elif tag == "N1":
            notes.append(value)
        elif tag == "ID":
            found.key = found.key or value
        elif tag == "KW":
            found.add_text("keyword", value)
            found.fields.setdefault("keyword", tag)
        elif tag in _ISSUED and tag not in dates:
            dates[tag] = value
        elif tag in ("SP", "EP") and tag not in pages:
            pages[tag] = value
        elif tag == "Y2" and (accessed := date_of_ris(value)) is not None and "accessed" not in found.dates:
            found.dates["accessed"], found.fields["accessed"] = accessed, tag
        elif not _put(found, tag, value):
            found.add_text(f"RIS {tag}", value)
            found.fields.setdefault(f"RIS {tag}", tag)
    if pages:
        text = "-".join(pages[tag] for tag in ("SP", "EP") if tag in pages)
        found.set_text("page", text, next(iter(pages)))
    short = "container-title-short"
    if found.type.startswith("article") and "container-title" not in found.texts and short in found.texts:
        # Many databases write the journal only into JO.
        found.set_text("container-title", found.texts.pop(short), found.fields.pop(short, "JO"))
    _read_issued(found, dates)
    for place, note in enumerate(notes):
        if place == 0 and is_parley_export(note):
            apply_own_lines(found, note.split("\n"))
        else:
            found.notes.append(note)
    return found


def _put(found: Reference, tag: str, value: str) -> bool:
    """Set the variable for a tag. Return False if there is no such variable, or if it already has another value."""
    if tag == "SN":
        return found.set_text("ISSN" if re.fullmatch(r"\d{4}-?\d{3}[\dXx]", value) else "ISBN", value, tag)
    if tag == "BT":
        return found.set_text("title" if TYPES[found.type].bibtex == "book" else "container-title", value, tag)
    if tag == "M3" and doi_of(value):
        return found.set_text("DOI", value, tag)
    if tag in ("T2", "T3") and found.type == "book":
        return found.set_text("collection-title", value, tag)
    return tag in _READ and found.set_text(_READ[tag], value, tag)


def _name(value: str) -> Name:
    family, given, suffix = (part.strip() for part in f"{value},,".split(",")[:3])
    return Name(family, given, suffix) if family and given else Name(value.strip().strip(","))


def _read_issued(found: Reference, dates: dict[str, str]) -> None:
    """Set `issued` to the most precise of the dates in several tags. Dates that contradict `issued` go into a note.

    EndNote writes DA without the year, so the year is taken from PY or Y1."""
    if not dates:
        return
    year = next((dates[tag].partition("/")[0].strip() for tag in ("PY", "Y1") if tag in dates), None)
    read: dict[str, str] = {}
    for tag, value in dates.items():
        date = date_of_ris(value)
        if date is None and tag == "DA" and year is not None:
            date = date_of_text(f"{value.strip('/ ')} {year}") or date_of_text(f"{year} {value.strip('/ ')}")
        if date is not None:
            read[tag] = date
    best = max(read, key=lambda tag: (len(read[tag]), tag == "DA"), default=None)
    for tag, value in dates.items():
        # Skip tags with the same date at lower precision.
        if best is None or (tag != best and not read[best].startswith(read.get(tag, "?").rstrip("~?"))):
            date_or_note(found, "issued", None, value, tag)
    if best is not None:
        found.dates["issued"], found.fields["issued"] = read[best], best


def write(reference: Reference) -> str:
    """Write a reference as a RIS entry."""
    type_, texts = reference.type, dict(reference.texts)
    word = (reference.raw_type or spell(type_)).removeprefix("RIS ")
    lines = [f"TY  - {word}", f"ID  - {reference.key}"]
    others: list[str] = []
    for name, tag in (("author", "AU"), ("editor", "A2"), ("collection-editor", "A3"), ("translator", "A4")):
        names = reference.names.get(name, [])
        shown = [_shown(one) for one in names]
        lines += [f"{tag}  - {one}" for one in shown]
        if [_name(one) for one in shown] != names:
            others += [f"{name}: {one.coded}" for one in names]
    for name, names in reference.names.items():
        if name not in _NAMES.values():
            others += [f"{name}: {one.coded}" for one in names]
    for name, date in reference.dates.items():
        written = ris_of(date) if name in ("issued", "accessed") else None
        if written is not None:
            lines.append(f"{'DA' if name == 'issued' else 'Y2'}  - {written}")
            if name == "issued":
                lines.append(f"PY  - {written[:4]}")
        if written is None or date_of_ris(written) != date:
            others.append(f"{name}: {date}")
    if (page := texts.pop("page", None)) is not None:
        first, _, last = page.partition("-")
        pair = (first.strip(), last.strip())
        if "-".join(part for part in pair if part) == page and pair[0]:
            lines += [f"{tag}  - {part}" for tag, part in zip(("SP", "EP"), pair, strict=True) if part]
        else:
            others.append(f"page: {page}")
    for name in ("ISBN", "ISSN"):
        if (text := texts.pop(name, None)) is not None:
            lines.append(f"SN  - {text}")
            if " " in text or any(line.startswith("SN  - ") for line in lines[:-1]):
                lines.pop()
                others.append(f"{name}: {text}")
    if (keywords := texts.pop("keyword", None)) is not None:
        lines += [f"KW  - {one_line(word)}" for word in keywords.split("; ") if word.strip()]
    for name, tag in _WRITTEN:
        text = texts.get(name)
        # The T2 tag of a book is read as the series of the book, so the container goes into a note.
        if text is None or (type_ == "book" and name == "container-title") or (tag == "M3" and doi_of(text)):
            continue
        lines.append(f"{tag}  - {_long(text) if tag in _LONG else one_line(text)}")
        del texts[name]
    others += [f"{name}: {one_line(text)}" for name, text in texts.items()]
    notes = ["\n".join(own_lines(reference, others)), *reference.notes]
    lines += [f"N1  - {_long(note)}" for note in notes]
    return "\r\n".join([*lines, "ER  - ", "", ""])


def _shown(name: Name) -> str:
    return one_line(
        name.family if name.is_literal else ", ".join(part for part in (name.family, name.given, name.suffix) if part)
    )


def _long(text: str) -> str:
    """Write a text of several lines. A line that looks like a tag is indented by a space."""
    lines = [one_line(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").strip("\n ").split("\n")]
    return "\r\n".join(f" {line}" if place and TAG.fullmatch(line) else line for place, line in enumerate(lines))
