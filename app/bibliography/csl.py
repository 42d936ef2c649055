"""Reads and writes CSL-JSON entries, as used by Zotero, doi.org and citation processors (Citation Style Language 1.0.2)."""

import json
from collections.abc import Mapping
from typing import Any, Final

from app.bibliography.dates import csl_date, date_of_parts, date_of_text
from app.bibliography.kinds import TYPES
from app.bibliography.notes import apply_extra, apply_own_lines, is_parley_export, join_notes, own_lines, split_notes
from app.bibliography.reference import DATES, NAMES, OWN, TEXTS, EntryWarning, Name, Reference, one_line
from app.bibliography.unread_values import date_or_note

PREFIX: Final = "csl"
MEDIA_TYPE: Final = "application/vnd.citationstyles.csl+json"
#: Registry metadata in entries from Crossref and DataCite. It describes the registry's record, not the work.
_OF_REGISTRIES: Final = frozenset(
    ("alternative-id", "assertion", "clinical-trial-number", "content-created",
     "content-domain", "content-updated", "created", "deposited", "funder", "free-to-read", "indexed",
     "institution", "is-referenced-by-count", "isbn-type", "issn-type", "journal-issue", "link", "member",
     "posted", "prefix", "published", "published-online", "published-other", "published-print",
     "reference", "reference-count", "references-count", "relation", "resource", "score", "short-container-title",
     "short-title", "subtype", "update-policy", "update-to", "updated-by", "aliases", "subject")
)  # fmt: skip
#: Crossref's own names for types.
_CROSSREF: Final = {
    "journal-article": "article-journal", "book-chapter": "chapter", "proceedings-article": "paper-conference",
    "posted-content": "article", "monograph": "book", "edited-book": "book", "reference-book": "book",
    "reference-entry": "entry", "dissertation": "thesis", "book-section": "chapter", "peer-review": "review",
    "report-component": "report", "other": "document", "misc": "document", "journal": "periodical",
    "magazine": "article-magazine", "newspaper": "article-newspaper", "blog": "post-weblog", "website": "webpage",
}  # fmt: skip
#: Variables of the specification that the JSON schema does not allow; they are written into `note`.
_BESIDE: Final = frozenset(
    ("license", "citation-key", "event-title", "volume-title", "reviewed-genre", "guest", "host", "narrator",
     "script-writer", "series-creator")
)  # fmt: skip
_LONGEST_RAW: Final = 2_000


def spell(type_: str) -> str:
    """Return the word that `coded_from` uses for a CSL type."""
    return type_ if type_ in TYPES and type_ != "event" else "document"


def read(entry: Mapping[str, object]) -> Reference:
    """Parse an entry."""
    found = Reference()
    key = entry.get("id", entry.get("citation-key"))
    if isinstance(key, str | int) and not isinstance(key, bool) and str(key).strip():
        found.key = str(key).strip()
    _read_type(found, entry.get("type"))
    note: str | None = None
    for name, value in entry.items():
        if value is None or value in ("", [], {}) or name in ("id", "type"):
            continue
        if name == "note" and isinstance(value, str):
            note = value
        elif name in NAMES and isinstance(value, list):
            found.names[name] = [one for one in map(_name, value) if one is not None]
            found.fields[name] = name
        elif name in DATES:
            _read_date(found, name, value)
        elif name in _OF_REGISTRIES:
            found.odd.append(
                EntryWarning(
                    "left-out",
                    name,
                    "This field describes the registry's own record and is not imported",
                    None,
                    f"left-out {name}",
                )
            )
        elif (text := _text(name, value)) is not None:
            if name in TEXTS:
                found.set_text(name, text, name)
            else:
                _keep(found, {"copyright": "license", "event-name": "event-title"}.get(name, f"CSL {name}"), text, name)
        else:
            raw = json.dumps(value, ensure_ascii=False)
            if len(raw) > _LONGEST_RAW:
                found.odd.append(
                    EntryWarning(
                        "left-out",
                        name,
                        "This field is not a CSL variable and is too long for a note; it is not imported",
                        None,
                        f"left-out {name}",
                    )
                )
            else:
                _keep(found, f"CSL {name}", raw, name)
    if note is not None:
        first, *others = split_notes(note) or [""]
        if is_parley_export(first):
            apply_own_lines(found, first.split("\n"))
            found.notes += others
        else:
            apply_extra(found, note.strip(), "note")
    return found


def _keep(found: Reference, name: str, text: str, source: str) -> None:
    if name in TEXTS:
        found.set_text(name, text, source)
    elif OWN.fullmatch(name):
        found.add_text(name, text)
        found.fields.setdefault(name, source)
    else:
        found.notes.append(f"{source}: {text}")


def _read_type(found: Reference, given: object) -> None:
    word = given if isinstance(given, str) and given else "document"
    found.type = word if word in TYPES else _CROSSREF.get(word, "document")
    if word not in TYPES:
        found.raw_type = word


def _text(name: str, value: object) -> str | None:
    """Return the value of a variable as text; a list is joined. Return None if the value contains anything but text and
    numbers."""
    if isinstance(value, bool | dict):
        return None
    if isinstance(value, str | int | float):
        return str(value)
    if name == "license" and isinstance(value, list):
        addresses = {one.get("URL") for one in value if isinstance(one, dict)}
        return addresses.pop() if len(addresses) == 1 and all(isinstance(one, str) for one in addresses) else None
    if isinstance(value, list) and all(
        isinstance(one, str | int | float) and not isinstance(one, bool) for one in value
    ):
        return (" " if name in ("ISBN", "ISSN") else "; ").join(map(str, value))
    return None


def _name(value: object) -> Name | None:
    if isinstance(value, str):
        return Name(value) if value.strip() else None
    if not isinstance(value, dict):
        return None
    part = {name: str(text).strip() for name, text in value.items() if isinstance(text, str | int)}
    literal = part.get("literal") or part.get("name")
    if literal:
        return Name(literal)
    family = " ".join(text for text in (part.get("non-dropping-particle"), part.get("family")) if text)
    given = " ".join(text for text in (part.get("given"), part.get("dropping-particle")) if text)
    if not family:
        return Name(given) if given else None
    return Name(family, given, part.get("suffix", ""))


def _read_date(found: Reference, name: str, value: object) -> None:
    date, text = None, ""
    if isinstance(value, str):
        date, text = date_of_text(value), value
    elif isinstance(value, dict):
        text = next((str(value[key]) for key in ("edtf", "literal", "raw") if isinstance(value.get(key), str)), "")
        parts = value.get("date-parts")
        if parts and isinstance(parts, list) and all(isinstance(one, list) for one in parts):
            if parts == [[None]]:
                return
            date = date_of_parts(parts, value.get("season"), value.get("circa"))
            text = text or json.dumps(
                {key: one for key, one in value.items() if key in ("date-parts", "season", "circa")}
            )
        elif text:
            date = date_of_text(text)
            if date and value.get("circa") and date[-1].isdigit() and "/" not in date:
                date += "~"
    else:
        text = json.dumps(value)
    date_or_note(found, name, date, text, name)


def write(reference: Reference) -> dict[str, Any]:
    """Write a reference as an object that is valid under the CSL-JSON schema."""
    others = [line for name in ("citation-key",) if (line := _line(reference, name))]
    entry: dict[str, object] = {"id": reference.key, "type": spell(reference.type)}
    for name in NAMES:
        names = reference.names.get(name, [])
        if name in _BESIDE:
            others += [f"{name}: {one.coded}" for one in names]
            continue
        shown = [_shown(one) for one in names]
        if names:
            entry[name] = shown
        if [_name(one) for one in shown] != names:
            others += [f"{name}: {one.coded}" for one in names]
    for name, date in reference.dates.items():
        parts = csl_date(date)
        if parts:
            entry[name] = parts
        if not parts or date_of_parts(parts["date-parts"], parts.get("season"), parts.get("circa")) != date:
            others.append(f"{name}: {date}")
    for name, text in reference.texts.items():
        if name in TEXTS and name not in _BESIDE:
            entry[name] = text
        elif name != "citation-key":
            others.append(f"{name}: {one_line(text)}")
    entry["note"] = join_notes(["\n".join(own_lines(reference, others)), *reference.notes])
    return entry


def _line(reference: Reference, name: str) -> str | None:
    return f"{name}: {one_line(reference.texts[name])}" if name in reference.texts else None


def _shown(name: Name) -> dict[str, str]:
    if name.is_literal:
        return {"literal": name.family}
    parts = {"family": name.family, "given": name.given, "suffix": name.suffix}
    return {part: text for part, text in parts.items() if text}
