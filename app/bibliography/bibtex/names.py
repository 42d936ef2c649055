"""Names of persons and organizations in BibTeX."""

import re
from collections.abc import Iterable
from functools import lru_cache

from pybtex.database import InvalidNameString, Person

from app.bibliography.latex import decode_latex, encode
from app.bibliography.reference import Name, one_line


@lru_cache(maxsize=4_096)
def parse_name(text: str) -> Name | None:
    """Parse a name, such as `Doe, Jane` or `{United Nations}`; None if the name is empty."""
    text = text.strip().strip(",")
    if not text:
        return None
    if text.startswith("{") and _closes(text) == len(text) - 1:
        return Name(one_line(decode_latex(text)[0])) if decode_latex(text)[0].strip() else None
    try:
        person = Person(text)
    except InvalidNameString:
        return Name(one_line(decode_latex(text)[0]))

    def plain(parts: Iterable[object]) -> str:
        return one_line(decode_latex(" ".join(map(str, parts)))[0])

    family = plain([*person.prelast_names, *person.last_names])
    given = plain([*person.first_names, *person.middle_names])
    return Name(family, given, plain(person.lineage_names)) if family else Name(given) if given else None


def _closes(text: str) -> int:
    """Return the index of the brace that closes the brace at the start of the text; -1 if there is none."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return place
    return -1


def write_name(name: Name) -> str:
    """Write a name in the notation that `parse_name` reads."""
    if name.is_literal:
        return f"{{{encode(one_line(name.family))}}}"
    parts = (name.family, name.suffix, name.given) if name.suffix else (name.family, name.given)
    return ", ".join(_part(one_line(part)) for part in parts)


def flat_name(name: Name) -> Name:
    """Return the name with whitespace collapsed to single spaces, as LaTeX reads it."""
    return Name(*(" ".join(part.split()) for part in (name.family, name.given, name.suffix)))


def _part(text: str) -> str:
    encoded = encode(text)
    return f"{{{encoded}}}" if "," in text or re.search(r"\band\b", text, re.IGNORECASE) else encoded
