"""Reads BibTeX entries as references."""

import re
from collections.abc import MutableMapping

from pybtex.bibtex.utils import split_name_list
from pybtex.scanner import PybtexSyntaxError

from app.bibliography.bibtex.dates import read_dates
from app.bibliography.bibtex.entry_parser import KEYLESS, NO_KEY, Broken, EntryParser
from app.bibliography.bibtex.fields import NAME_FIELDS, OWN, PRIVATE, SUBTYPES, VARIABLES, VERBATIM
from app.bibliography.bibtex.names import parse_name
from app.bibliography.bibtex.texts import URL, decode_field, verbatim
from app.bibliography.kinds import BIBTEX_TYPES
from app.bibliography.latex import decode_latex
from app.bibliography.notes import PARLEY, apply_own_lines
from app.bibliography.reference import DATES, NAMES, TEXTS, EntryWarning, Reference, one_line
from app.errors import quoted

_DASHES = re.compile(r"(?<=\d)\s*[–—]\s*(?=\d)")


def read(text: str, macros: MutableMapping[str, str]) -> Reference | None:
    """Parse an entry. Raises `Broken` if the entry is malformed.

    Returns None for a comment, a preamble or a string definition. A string definition is added to `macros`."""
    parser = EntryParser(KEYLESS.sub(rf"\g<1>{NO_KEY}", text, count=1), macros)
    try:
        commands = list(parser.parse_bibliography())
    except PybtexSyntaxError as error:
        raise Broken(re.sub(r"^syntax error in line \d+: ", "", str(error))) from None
    except (ValueError, RecursionError):
        raise Broken("The entry is nested too deeply") from None
    if not commands or commands[0][0].lower() in ("string", "preamble", "comment"):
        return None
    command, (key, fields) = commands[0]
    found = Reference(key=None if key == NO_KEY else key)
    given: dict[str, str] = {}
    for name, parts in fields:
        lower = name.lower()
        if lower in PRIVATE:
            found.warn_not_imported(lower)
        elif lower in given:
            found.add_text(f"BibTeX {lower}", decode_latex("".join(parts))[0])
        else:
            given[lower] = "".join(parts)
    for name in dict.fromkeys(parser.unknown):
        found.odd.append(
            EntryWarning(
                "not-read",
                name,
                f"The string {quoted(name)} is not defined; its name is used as the text",
                "Add the missing @string to the file.",
                f"macro {name}",
            )
        )
    word = command.lower()
    found.type = BIBTEX_TYPES.get(word, "document")
    found.raw_type, found.fields["type"] = f"@{word}", f"@{word}"
    if word == "article" and (subtype := given.get("entrysubtype", "").lower()) in SUBTYPES:
        found.type = SUBTYPES[subtype]
        found.raw_type = found.type
        del given["entrysubtype"]
    read_dates(found, given)
    _read_fields(found, given)
    return found


def _read_fields(found: Reference, given: dict[str, str]) -> None:
    own: list[str] = []
    notes: list[str] = []
    for name, raw in given.items():
        if not raw.strip():
            continue
        if name == OWN or name.startswith(f"{OWN}-"):
            own += _own_lines(name, raw)
        elif name in NAME_FIELDS:
            _read_names(found, name, raw)
        elif name in ("note", "annote", "annotation", "comment"):
            notes += [decode_field(found, name, part) for part in re.split(r"\n[ \t\r]*\n", raw)]
        elif name == "eprint" and given.get("archiveprefix", given.get("eprinttype", "")).lower() == "pubmed":
            found.set_text("PMID", raw.strip(), name)
        elif name == "howpublished" and (address := URL.search(raw) or re.match(r"(https?://\S+)", raw)):
            # Older styles put URLs here.
            if not found.set_text("URL", next(filter(None, address.groups())), name):
                found.add_text("BibTeX howpublished", raw)
        else:
            text = verbatim(raw) if name in VERBATIM else decode_field(found, name, raw)
            if name == "pages":
                text = _DASHES.sub("-", text)
            if name == "keywords":
                text = "; ".join(part.strip() for part in re.split("[,;]", text) if part.strip())
            if name not in VARIABLES or not found.set_text(VARIABLES[name], text, name):
                found.add_text(f"BibTeX {name}", text)
                found.fields.setdefault(f"BibTeX {name}", name)
    subtitle = found.texts.pop("BibTeX subtitle", None)
    if subtitle is not None and "title" in found.texts:
        found.texts["title"] = f"{found.texts['title'].rstrip(':')}: {subtitle}"
    # In BibTeX, the `number` of a journal article is the issue of the journal.
    if found.type in ("article-journal", "article-magazine", "article-newspaper") and "number" in found.texts:
        number = found.texts.pop("number")
        if not found.set_text("issue", number, "number"):
            found.texts["number"] = number
    apply_own_lines(found, own)
    found.notes += [note for note in notes if note]


def _own_lines(name: str, raw: str) -> list[str]:
    """Return the Parley lines in a field that an export wrote, such as `parley-external-id-2` with the second external
    id."""
    key = re.sub(r"-\d+$", "", name.removeprefix(f"{OWN}-"))
    canonical = {known.lower(): known for known in (*PARLEY, *NAMES, *DATES, *TEXTS)}
    value = decode_latex(raw)[0]
    if key in canonical:
        return [f"{canonical[key]}: {value}"]
    # If only another format has the field, an export writes the field as a whole line, `name: value`.
    return [value] if key == "line" else []


def _read_names(found: Reference, field: str, raw: str) -> None:
    variable = NAME_FIELDS[field]
    found.fields[variable] = field
    for text in split_name_list(one_line(raw.replace("\n", " "))):
        if text.strip().lower() == "others":
            found.add_text(f"BibTeX {field}", "and others")
            continue
        name = parse_name(text)
        if name is not None:
            found.names.setdefault(variable, []).append(name)
