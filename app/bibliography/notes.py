"""Stores values without a field of their own as lines `variable: value`, as Zotero's Extra field does.

On import, variables that have no matching field of a source are stored in a note, one line per variable. An export writes
these values to the fields of its format again. Values for which the format has no field are exported as such lines,
too. These lines begin with `parley: slug`, so that a later import finds the record again.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from app.bibliography.dates import valid
from app.bibliography.identifiers import IDENTIFIERS
from app.bibliography.kinds import TYPES
from app.bibliography.reference import DATES, NAMES, OWN, TEXTS, Name, Reference, decoded_name, one_line

#: Keys of Parley's own lines: the slug, details that the type does not express, further URLs and identifiers.
PARLEY: Final = ("parley", "kind", "coded-from", "type", "archived-url", "external-id")
_BY_NAME: Final = {name.lower(): name for name in (*TEXTS, *NAMES, *DATES)}
#: Variables for which sources have a field or an external id.
_HAVE_OWN_FIELD: Final = frozenset(("title", "abstract", "URL", "language", "license", "citation-key", *IDENTIFIERS))
_LONGEST: Final = 20_000


def lines_of(reference: Reference, done: Iterable[str]) -> list[str]:
    """Return the lines for all variables except those in `done`."""
    left_out = set(done)
    found = [
        (name, one.coded)
        for name in NAMES
        if name not in left_out
        for one in reference.names.get(name, ())
        if one.family
    ]
    found += [(name, reference.dates[name]) for name in DATES if name in reference.dates and name not in left_out]
    order = {name: place for place, name in enumerate(TEXTS)}
    names = sorted(
        (name for name in reference.texts if name not in left_out), key=lambda name: (order.get(name, 999), name)
    )
    return [
        f"{name}: {text}"
        for name, text in [*found, *((name, one_line(reference.texts[name])) for name in names)]
        if text
    ]


def notes_of(lines: Iterable[str]) -> list[str]:
    """Combine the lines into as few notes as the length limit allows."""
    notes: list[str] = []
    for line in lines:
        if notes and len(notes[-1]) + len(line) < _LONGEST:
            notes[-1] += f"\n{line}"
        else:
            notes.append(line)
    return notes


def split_line(line: str) -> tuple[str, str] | None:
    """Split a line into variable and value; None if the line does not have this format."""
    key, colon, value = line.partition(": ")
    return (key, value.strip()) if colon and value.strip() else None


def restore_note(reference: Reference, note: str, authors: dict[str, Name]) -> bool:
    """Move a note that consists only of `variable: value` lines back into the variables of the reference. Return
    whether the note was moved.

    `authors` maps printed names to names. A line with an author replaces the name in `authors` by a name that is split
    into parts."""
    found = [split_line(line) for line in note.split("\n")]
    known: list[tuple[str, str]] = []
    for one in found:
        if one is None or not _is_free(reference, *one, authors):
            return False
        known.append(one)
    for name, value in known:
        if name == "author":
            author = decoded_name(value)
            authors[author.printed] = author
        elif name in NAMES:
            reference.names.setdefault(name, []).append(decoded_name(value))
        elif name in DATES:
            reference.dates[name] = value
        elif name in reference.texts:
            return False
        else:
            reference.texts[name] = value
    return True


def _is_free(reference: Reference, name: str, value: str, authors: dict[str, Name]) -> bool:
    if name == "author":
        return decoded_name(value).printed in authors
    if name in DATES:
        return name not in reference.dates and name not in ("issued", "accessed") and valid(value) is not None
    if name in ("publisher", "container-title"):
        # One of the two variables is stored as the publisher of the source; a note can only contain the other variable.
        is_serial = TYPES[reference.type].is_serial
        is_other = is_serial and "container-title" in reference.texts if name == "publisher" else not is_serial
        return is_other and name not in reference.texts
    if name in TEXTS:
        # Variables for which sources have a field are never read from a note.
        return name not in reference.texts and name not in _HAVE_OWN_FIELD
    return name in NAMES or (OWN.fullmatch(name) is not None and name not in reference.texts)


def apply_own_lines(reference: Reference, lines: Iterable[str]) -> None:
    """Apply the lines that a Parley export wrote. They override the fields of the entry, because they are more
    precise."""
    names: dict[str, list[Name]] = {}
    for line in lines:
        found = split_line(line)
        if found is None:
            continue
        key, value = found
        if key in PARLEY:
            reference.others.append(found)
        elif key in NAMES:
            names.setdefault(key, []).append(decoded_name(value))
        elif key in DATES:
            reference.dates[key] = value
        else:
            reference.texts[key] = value
    reference.names.update(names)


def apply_extra(reference: Reference, note: str, source: str) -> None:
    """Apply a note that a person wrote. A line sets its variable if the variable has no value yet; all other lines
    remain a note."""
    rest: list[str] = []
    for line in note.split("\n"):
        found = split_line(line)
        name = _BY_NAME.get(found[0].strip().lower().replace(" ", "-")) if found else None
        if found is None or name is None or not _set_variable(reference, name, found[1], source):
            rest.append(line)
    if text := "\n".join(rest).strip():
        reference.notes.append(text)


def _set_variable(reference: Reference, name: str, value: str, source: str) -> bool:
    if name in NAMES:
        reference.names.setdefault(name, []).append(decoded_name(value))
    elif name in DATES:
        if valid(value) is None or name in reference.dates:
            return False
        reference.dates[name] = value
    else:
        return reference.set_text(name, value, source)
    reference.fields.setdefault(name, source)
    return True


# --- several notes in one text


def join_notes(notes: Iterable[str]) -> str:
    """Join notes into one text, separated by blank lines. A blank line inside a note is marked with a space."""
    return "\n\n".join("\n".join(_blanked(note)) for note in notes)


def _blanked(note: str) -> Iterator[str]:
    for line in note.strip("\n").split("\n"):
        yield f"{line} " if not line.strip(" ") else line


def split_notes(text: str) -> list[str]:
    """Split a text that `join_notes` produced into notes."""
    return [
        "\n".join(line[1:] if line and not line.strip(" ") else line for line in note.split("\n"))
        for note in text.split("\n\n")
        if note.strip()
    ]


def is_parley_export(text: str) -> bool:
    """Return whether a text begins with the lines of a Parley export."""
    return text.startswith("parley: ")


def own_lines(reference: Reference, also: Iterable[str] = ()) -> list[str]:
    """Return Parley's own lines for an export, followed by the lines for variables that have no field in the format."""
    return [*(f"{key}: {one_line(value)}" for key, value in reference.others), *also]
