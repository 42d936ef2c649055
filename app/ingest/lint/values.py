"""Rules about single values: signs for "unknown" that are none here, and texts that were read in the wrong encoding."""

import re
import unicodedata
from itertools import pairwise

import ftfy.bad_codecs  # noqa: F401  (the codec sloppy-windows-1252)
from ftfy.badness import is_bad

from app.ingest.lint.rule import NumberRule, Odd, TextRule

_SAYS_NOTHING = frozenset(
    [
        "n/a",
        "na",
        "n.a.",
        "#n/a",
        "unknown",
        "none",
        "null",
        "nil",
        "nan",
        "tbd",
        "?",
        "-",
        "--",
        "-99",
        "-999",
        "-9999",
    ]
)
_YEAR_OF_NOTHING = re.compile(r"(?:0001|1000|1111|1900-01-01|9999)(?:$|[-~?%/T])")
_NOTHING = "Leave the field out, or null: what is unknown is null here."
_NUMBERS = frozenset([-9, -88, -99, -999, -9999, 99999, 999999])


def _sentinel(field: str, text: str) -> Odd | None:
    if len(text) > 24:
        return None
    if text.casefold() in _SAYS_NOTHING:
        return Odd(f"{text!r} looks like a sign for “unknown”", _NOTHING)
    if _YEAR_OF_NOTHING.match(text) and field not in ("number", "value", "locator"):
        return Odd(f"{text!r} looks like a date that stands for “unknown”", _NOTHING)
    return None


def _sentinel_number(_: str, number: float) -> Odd | None:
    return Odd(f"{number:g} looks like a sign for “unknown”", _NOTHING) if number in _NUMBERS else None


def _mojibake(_: str, text: str) -> Odd | None:
    if text.isascii():
        return None
    if "\ufffd" in text:
        return Odd("A character was lost: U+FFFD stands in its place", "Read the original again, in its true encoding.")
    if is_bad(text) or _ODD_IN_WORDS.search(text):
        message = "The text looks as if it had been read in the wrong encoding"
        if (repaired := _repaired(text)) is None:
            return Odd(message, "Read the original in its true encoding.") if is_bad(text) else None
        meant, right, wrong = repaired
        shown = f"Was {meant[:80]!r} meant? Its bytes are {right}, and were read as {wrong}."
        return Odd(message, f"{shown} Read the original as {right}, or name it in the profile's `encodings`.")
    return None


#: Signs and capitals inside words, as a text has them that was read in another of the old encodings: MontrŽal, caf‚.
_ODD_IN_WORDS = re.compile(
    "[A-Za-z][‚„†‡ˆ‰‹™•¤¢][a-z]|[a-z]‚\\b|[a-z][ŽŸŠŒ](?:[a-z]|\\b)|[a-z]{2}[À-ÖØ-Ü][a-z]|[a-z]Õ[A-Za-z]"
)
#: In what a text may have been read, and in what it may be written; the likeliest first. UTF-8 fits by chance hardly ever.
_READ_AS = {"windows-1252": "sloppy-windows-1252", "iso-8859-1": "latin-1", "mac-roman": "mac-roman", "cp437": "cp437"}
_WRITTEN_IN = (
    "utf-8", "windows-1252", "mac-roman", "cp850", "cp437", "windows-1250", "iso-8859-2", "mac-latin2", "koi8-r",
    "windows-1251", "mac-cyrillic",
)  # fmt: skip
_USUAL_SIGNS = frozenset("‘’“”„‚«»‹›–—…·•¿¡°№\xa0")
_SIGN_IN_WORD = re.compile("[^\\W\\d_][«»‹›“”„‚…•°¿¡·№][^\\W\\d_]|[A-Za-z][–—][a-z]|^…[a-z]")
#: How often letters beyond ASCII are seen: those of Spanish, French, German and their neighbours, and of Cyrillic.
_FREQUENT, _KNOWN = frozenset("áéíóúñüöäçã"), frozenset("èêôâàëïîåøßõæÁÉÍÓÚÑÜÖÄÇš")
#: Of a longer text only the words with other letters than those of ASCII are tried, and this many.
_LONGEST_TRIED, _MOST_WORDS = 2_000, 40


def _repaired(text: str) -> tuple[str, str, str] | None:
    """The text as it was meant, the encoding in which it is written, and the one in which it was read; None where no
    pair of encodings makes sense of it."""
    if len(text) > _LONGEST_TRIED:
        text = " ".join([word for word in text.split(" ") if not word.isascii()][:_MOST_WORDS])[:_LONGEST_TRIED]
    best: tuple[str, str, str] | None = None
    most = 0
    for right in _WRITTEN_IN:
        for wrong, codec in _READ_AS.items():
            try:
                meant = text.encode(codec).decode(right)
            except ValueError:
                continue
            if right == "utf-8" and meant != text:
                return meant, right, wrong
            score = _sense_of(meant) if meant != text else 0
            if score > most:
                best, most = (meant, right, wrong), score
    return best


def _sense_of(text: str) -> int:
    """How likely the letters beyond ASCII are; 0 where they are of several scripts, or stand where none does."""
    if is_bad(text) or _ODD_IN_WORDS.search(text) or _SIGN_IN_WORD.search(text):
        return 0
    others = [one for one in text if not one.isascii() and one not in _USUAL_SIGNS]
    letters = "".join(word for word in text.split() if not word.isascii())
    scripts = {unicodedata.name(one, "").partition(" ")[0] for one in letters if one.isalpha()}
    if not all(one.isalpha() for one in others) or len(scripts) > 1:
        return 0
    if any(_is_odd_pair(one, other) for one, other in pairwise(text)):
        return 0
    is_cyrillic = "CYRILLIC" in scripts
    # Signs alone may have been meant: quotes, a dash.
    return 1 + sum(3 if one in _FREQUENT else 2 if is_cyrillic or one in _KNOWN else 1 for one in others)


def _is_odd_pair(one: str, other: str) -> bool:
    """Whether a capital stands after another letter, one of them beyond ASCII."""
    return other.isupper() and one.isalpha() and not (one.isascii() and other.isascii()) and one.islower()


SENTINEL = TextRule(
    "sentinel",
    "A text or date that stands for “unknown”: N/A, unknown, the year 1000.",
    _sentinel,
    re.compile(f"^(?:(?:{'|'.join(map(re.escape, sorted(_SAYS_NOTHING)))})$|{_YEAR_OF_NOTHING.pattern})", re.I | re.M),
)
SENTINEL_NUMBER = NumberRule("sentinel", "A number that stands for “unknown”: -99, -999.", _sentinel_number)
MOJIBAKE = TextRule(
    "mojibake",
    "A text that was read in the wrong encoding: Ã© for é, or U+FFFD.",
    _mojibake,
    re.compile("[^\x00-\x7f]"),
)
