"""Reads and writes BibTeX and biblatex entries, as JabRef, Zotero and doi.org write them. Parsed with pybtex."""

import re
from collections.abc import Iterable, MutableMapping
from functools import lru_cache
from typing import Any, Final

from pybtex.bibtex.utils import split_name_list
from pybtex.database import InvalidNameString, Person
from pybtex.database.input.bibtex import LowLevelParser, month_names
from pybtex.scanner import PybtexSyntaxError

from app.bibliography.dates import MONTHS, date_of_text, edtf, month_of, valid
from app.bibliography.kinds import BIBTEX_TYPES, TYPES
from app.bibliography.latex import decode, encode, encode_lines, encode_note
from app.bibliography.notes import PARLEY, apply_own_lines
from app.bibliography.reference import DATES, NAMES, TEXTS, EntryWarning, Name, Reference, one_line
from app.bibliography.sources import date_or_note

PREFIX: Final = "bib"
MEDIA_TYPE: Final = "application/x-bibtex"
#: CSL variables by field. If several fields set the same variable, the first in the entry wins.
_READ: Final = {
    "title": "title", "shorttitle": "title-short", "journal": "container-title", "journaltitle": "container-title",
    "booktitle": "container-title", "shortjournal": "container-title-short", "series": "collection-title",
    "volume": "volume", "volumes": "number-of-volumes", "number": "number", "issue": "issue", "pages": "page",
    "pagetotal": "number-of-pages", "chapter": "chapter-number", "part": "part", "edition": "edition",
    "version": "version", "publisher": "publisher", "institution": "publisher", "school": "publisher",
    "organization": "publisher", "howpublished": "publisher", "address": "publisher-place",
    "location": "publisher-place", "origtitle": "original-title", "origpublisher": "original-publisher",
    "origlocation": "original-publisher-place", "eventtitle": "event-title", "venue": "event-place", "type": "genre",
    "pubstate": "status", "library": "call-number", "keywords": "keyword", "abstract": "abstract",
    "language": "language", "langid": "language", "copyright": "license", "rights": "license", "license": "license",
    "url": "URL", "doi": "DOI", "isbn": "ISBN", "issn": "ISSN", "pmid": "PMID", "pmcid": "PMCID",
    "annote": "annote", "annotation": "annote",
}  # fmt: skip
_NAMES: Final = {
    "author": "author", "editor": "editor", "translator": "translator", "bookauthor": "container-author",
    "director": "director", "holder": "compiler",
}  # fmt: skip
#: Fields whose content is not LaTeX.
_VERBATIM: Final = frozenset(("url", "doi", "file", "eprint", "pdf", "isbn", "issn", "pmid", "pmcid", "langid"))
_DATES: Final = {"urldate": "accessed", "eventdate": "event-date", "origdate": "original-date"}
_WRITTEN: Final = {
    "title-short": "shorttitle", "container-title-short": "shortjournal", "collection-title": "series", "volume": "volume",
    "number-of-volumes": "volumes", "issue": "issue", "number": "number", "page": "pages", "number-of-pages": "pagetotal",
    "chapter-number": "chapter", "part": "part", "edition": "edition", "version": "version", "publisher-place": "address",
    "original-title": "origtitle", "original-publisher": "origpublisher", "original-publisher-place": "origlocation",
    "event-title": "eventtitle", "event-place": "venue", "genre": "type", "status": "pubstate", "call-number": "library",
    "keyword": "keywords", "language": "language", "license": "copyright", "URL": "url", "DOI": "doi", "ISBN": "isbn",
    "ISSN": "issn", "PMID": "pmid", "PMCID": "pmcid", "abstract": "abstract",
}  # fmt: skip
_SUBTYPES: Final = {"newspaper": "article-newspaper", "magazine": "article-magazine"}
#: Fields about the user's own library, such as file paths; they are not imported.
_PRIVATE: Final = frozenset(("file", "pdf", "owner", "timestamp", "local-url", "bdsk-file-1", "bdsk-file-2"))
_OWN: Final = "parley"
_UNESCAPED = re.compile(r"\{?\\([_&%#$~^{}])\}?(?:\{\})?")
_URL = re.compile(r"\\(?:url|path)\s*\{([^{}]*)\}|\\href\s*\{([^{}]*)\}\s*\{[^{}]*\}")
_KEYLESS = re.compile(r"(@\s*\w+\s*[{(]\s*)(?=,)")
_NO_KEY: Final = "no-key"
_DASHES = re.compile(r"(?<=\d)\s*[–—]\s*(?=\d)")


class Broken(ValueError):
    """The entry cannot be parsed; the message says why."""


class _Parser(LowLevelParser):  # type: ignore[misc]
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


def spell(type_: str) -> str:
    """Return the word for a CSL type in `coded_from`, such as `@article`."""
    return "@article" if type_ in _SUBTYPES.values() else f"@{TYPES[type_].bibtex}"


def read(text: str, macros: MutableMapping[str, str]) -> Reference | None:
    """Parse an entry. Raises `Broken` if it is malformed.

    Returns None for a comment, a preamble, or a string definition, which is added to `macros`."""
    parser = _Parser(_KEYLESS.sub(rf"\g<1>{_NO_KEY}", text, count=1), macros)
    try:
        commands = list(parser.parse_bibliography())
    except PybtexSyntaxError as error:
        raise Broken(re.sub(r"^syntax error in line \d+: ", "", str(error))) from None
    except (ValueError, RecursionError):
        raise Broken("The entry is nested too deeply") from None
    if not commands or commands[0][0].lower() in ("string", "preamble", "comment"):
        return None
    command, (key, fields) = commands[0]
    found = Reference(key=None if key == _NO_KEY else key)
    given: dict[str, str] = {}
    for name, parts in fields:
        lower = name.lower()
        if lower in _PRIVATE:
            found.warn_not_imported(lower)
        elif lower in given:
            found.add_text(f"BibTeX {lower}", decode("".join(parts))[0])
        else:
            given[lower] = "".join(parts)
    for name in dict.fromkeys(parser.unknown):
        found.odd.append(
            EntryWarning(
                "not-read",
                name,
                f"The string {name!r} is not defined; its name is used as the text",
                "Add the missing @string to the file.",
                f"macro {name}",
            )
        )
    word = command.lower()
    found.type = BIBTEX_TYPES.get(word, "document")
    found.raw_type, found.fields["type"] = f"@{word}", f"@{word}"
    if word == "article" and (subtype := given.get("entrysubtype", "").lower()) in _SUBTYPES:
        found.type = _SUBTYPES[subtype]
        found.raw_type = found.type
        del given["entrysubtype"]
    _read_dates(found, given)
    _read_fields(found, given)
    return found


def _read_fields(found: Reference, given: dict[str, str]) -> None:
    own: list[str] = []
    notes: list[str] = []
    for name, raw in given.items():
        if not raw.strip():
            continue
        if name == _OWN or name.startswith(f"{_OWN}-"):
            own += _own_lines(name, raw)
        elif name in _NAMES:
            _read_names(found, name, raw)
        elif name in ("note", "annote", "annotation", "comment"):
            notes += [_decoded(found, name, part) for part in re.split(r"\n[ \t\r]*\n", raw)]
        elif name == "eprint" and given.get("archiveprefix", given.get("eprinttype", "")).lower() == "pubmed":
            found.set_text("PMID", raw.strip(), name)
        elif name == "howpublished" and (address := _URL.search(raw) or re.match(r"(https?://\S+)", raw)):
            # Older styles put URLs here.
            if not found.set_text("URL", next(filter(None, address.groups())), name):
                found.add_text("BibTeX howpublished", raw)
        else:
            text = _verbatim(raw) if name in _VERBATIM else _decoded(found, name, raw)
            if name == "pages":
                text = _DASHES.sub("-", text)
            if name == "keywords":
                text = "; ".join(part.strip() for part in re.split("[,;]", text) if part.strip())
            if name not in _READ or not found.set_text(_READ[name], text, name):
                found.add_text(f"BibTeX {name}", text)
                found.fields.setdefault(f"BibTeX {name}", name)
    subtitle = found.texts.pop("BibTeX subtitle", None)
    if subtitle is not None and "title" in found.texts:
        found.texts["title"] = f"{found.texts['title'].rstrip(':')}: {subtitle}"
    # In BibTeX, `number` of a journal article is its issue.
    if found.type in ("article-journal", "article-magazine", "article-newspaper") and "number" in found.texts:
        number = found.texts.pop("number")
        if not found.set_text("issue", number, "number"):
            found.texts["number"] = number
    apply_own_lines(found, own)
    found.notes += [note for note in notes if note]


def _own_lines(name: str, raw: str) -> list[str]:
    """Return the Parley lines in a field of an export, such as `parley-external-id-2`, the second external id."""
    key = re.sub(r"-\d+$", "", name.removeprefix(f"{_OWN}-"))
    canonical = {known.lower(): known for known in (*PARLEY, *NAMES, *DATES, *TEXTS)}
    value = decode(raw)[0]
    if key in canonical:
        return [f"{canonical[key]}: {value}"]
    # A field that only another format has is written as a whole line, `name: value`.
    return [value] if key == "line" else []


def _decoded(found: Reference, name: str, raw: str) -> str:
    text, is_whole = decode(raw)
    if not is_whole:
        found.odd.append(EntryWarning("latex", name, f"Unknown LaTeX was left unchanged: {text[:60]!r}", None))
    return text


def _verbatim(raw: str) -> str:
    found = _URL.search(raw)
    text = next(filter(None, found.groups()), raw) if found else raw
    return _UNESCAPED.sub(r"\1", text).strip().strip("{}<>").strip()


def _read_names(found: Reference, field: str, raw: str) -> None:
    variable = _NAMES[field]
    found.fields[variable] = field
    for text in split_name_list(one_line(raw.replace("\n", " "))):
        if text.strip().lower() == "others":
            found.add_text(f"BibTeX {field}", "and others")
            continue
        name = _name(text)
        if name is not None:
            found.names.setdefault(variable, []).append(name)


@lru_cache(maxsize=4_096)
def _name(text: str) -> Name | None:
    text = text.strip().strip(",")
    if not text:
        return None
    if text.startswith("{") and _closes(text) == len(text) - 1:
        return Name(one_line(decode(text)[0])) if decode(text)[0].strip() else None
    try:
        person = Person(text)
    except InvalidNameString:
        return Name(one_line(decode(text)[0]))

    def plain(parts: Iterable[Any]) -> str:
        return one_line(decode(" ".join(map(str, parts)))[0])

    family = plain([*person.prelast_names, *person.last_names])
    given = plain([*person.first_names, *person.middle_names])
    return Name(family, given, plain(person.lineage_names)) if family else Name(given) if given else None


def _closes(text: str) -> int:
    """Return the index of the brace that closes the one at the start of the text; -1 if it is not closed."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return place
    return -1


def _read_dates(found: Reference, given: dict[str, str]) -> None:
    for field, variable in _DATES.items():
        if (raw := given.pop(field, None)) is not None:
            text = _verbatim(raw)
            date_or_note(found, variable, date_of_text(text), text, field)
    date = given.pop("date", None)
    year, month, day = (given.pop(field, None) for field in ("year", "month", "day"))
    if date is not None:
        text = _verbatim(date)
        date_or_note(found, "issued", date_of_text(text), text, "date")
    if year is None:
        for field, raw in (("month", month), ("day", day)):
            if raw is not None and "issued" not in found.dates:
                found.add_text(f"BibTeX {field}", decode(raw)[0])
        return
    text = decode(year)[0]
    words = decode(month)[0] if month is not None else ""
    read = _year_month_day(text, words, decode(day)[0] if day is not None else "")
    if "issued" not in found.dates:
        original = " ".join(part for part in (day and decode(day)[0], words, text) if part)
        date_or_note(found, "issued", read, original, "year")
    elif read is None or not found.dates["issued"].startswith(read.rstrip("~?")[:4]):
        found.add_text("BibTeX year", text)


def _year_month_day(year: str, month: str, day: str) -> str | None:
    whole = date_of_text(year, is_edtf=False)
    if not month or whole is None:
        return whole
    if len(whole.rstrip("~?")) != 4:
        return whole
    number = month_of(month)
    if number is not None:
        days = int(day) if day.isascii() and day.isdigit() else None
        found = edtf(int(whole[:4]), number, days if number <= 12 else None)
        return found + whole[4:] if found else None
    return date_of_text(f"{month} {whole[:4]}", is_edtf=False)


def write(reference: Reference) -> str:
    """Write a reference as an entry that both BibTeX and biblatex can read; in UTF-8."""
    type_, texts = reference.type, dict(reference.texts)
    word = (reference.raw_type or spell(type_)).removeprefix("@")
    fields: list[tuple[str, str]] = [("title", f"{{{encode(one_line(texts.pop('title')))}}}")]
    others: list[str] = []
    all_names = {variable: [_flat(one) for one in names] for variable, names in reference.names.items()}
    others_in: dict[str, bool] = {field: texts.get(f"BibTeX {field}") == "and others" for field in _NAMES}
    for field, variable in _NAMES.items():
        names = all_names.get(variable, [])
        shown = [_shown(one) for one in names]
        if others_in[field] and names:
            shown.append("others")
            del texts[f"BibTeX {field}"]
        if names:
            fields.append((field, " and ".join(shown)))
        if [_name(one) for one in shown if one != "others"] != names or any(one == "others" for one in shown[:-1]):
            others += [f"{variable}: {one.coded}" for one in names]
    for variable, names in all_names.items():
        if variable not in _NAMES.values():
            others += [f"{variable}: {one.coded}" for one in names]
    for name, date in reference.dates.items():
        fields += _dated(name, date, others)
    if type_ in _SUBTYPES.values() and word == "article":
        fields.append(("entrysubtype", type_.removeprefix("article-")))
    container = {"article": "journal", "periodical": "journal", "review": "journal", "online": "organization"}.get(word)
    container = container or ("journal" if word == "unpublished" else "booktitle")
    publisher = {"report": "institution", "techreport": "institution", "thesis": "school", "phdthesis": "school"}.get(
        word, "publisher"
    )
    is_journal = type_ in ("article-journal", "article-magazine", "article-newspaper")
    names_of = {
        **_WRITTEN,
        "container-title": container,
        "publisher": publisher,
        **({"issue": "number"} if is_journal else {}),
    }
    for name, text in reference.texts.items():
        if name not in texts or name == "title":
            continue
        target = names_of.get(name)
        if target is None or (is_journal and name == "number"):
            others.append(f"{name}: {one_line(text)}")
        else:
            fields += _written(target, name, text, others)
    numbers: dict[str, int] = {}
    for line in [f"{key}: {one_line(value)}" for key, value in reference.others] + others:
        key, _, value = line.partition(": ")
        is_known = key in (*PARLEY, *NAMES, *DATES, *TEXTS)
        name = _OWN if key == _OWN else f"{_OWN}-{key.lower() if is_known else 'line'}"
        numbers[name] = numbers.get(name, 0) + 1
        number = f"-{numbers[name]}" if numbers[name] > 1 else ""
        fields.append((name + number, encode(value if is_known else line)))
    if reference.notes:
        fields.append(("note", "\n\n".join(encode_note(note) for note in reference.notes)))
    # A month is written without braces, as the name of a string that every style defines.
    inner = "".join(f"  {name} = {text if name == 'month' else f'{{{text}}}'},\n" for name, text in fields)
    return f"@{word}{{{reference.key},\n{inner}}}\n\n"


def _dated(name: str, date: str, others: list[str]) -> list[tuple[str, str]]:
    field = {"issued": "date", **{variable: field for field, variable in _DATES.items()}}.get(name)
    if field is None:
        others.append(f"{name}: {date}")
        return []
    fields = [(field, date)]
    # BibTeX styles older than biblatex only know `year` and `month`.
    if field == "date" and re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", date):
        fields.append(("year", date[:4]))
        if len(date) >= 7 and date[5:7] <= "12":
            fields.append(("month", MONTHS[int(date[5:7]) - 1]))
    if date_of_text(date) != valid(date):
        others.append(f"{name}: {date}")
    return fields


def _written(field: str, name: str, text: str, others: list[str]) -> list[tuple[str, str]]:
    if name == "abstract":
        return [(field, encode_lines(text))]
    if field in _VERBATIM:
        text = text.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")
        return [(field, text)]
    if name == "page":
        text = text.replace("-", "--") if re.fullmatch(r"\d+-\d+", text) else encode(one_line(text))
        return [(field, text)]
    if name == "keyword":
        if any("," in word for word in text.split("; ")):
            others.append(f"{name}: {one_line(text)}")
        return [(field, encode(", ".join(text.split("; "))))]
    return [(field, encode(one_line(text)))]


def _shown(name: Name) -> str:
    if name.is_literal:
        return f"{{{encode(one_line(name.family))}}}"
    parts = (name.family, name.suffix, name.given) if name.suffix else (name.family, name.given)
    return ", ".join(_part(one_line(part)) for part in parts)


def _flat(name: Name) -> Name:
    """Return the name with whitespace collapsed to single spaces, as LaTeX reads it."""
    return Name(*(" ".join(part.split()) for part in (name.family, name.given, name.suffix)))


def _part(text: str) -> str:
    encoded = encode(text)
    return f"{{{encoded}}}" if "," in text or re.search(r"\band\b", text, re.IGNORECASE) else encoded
