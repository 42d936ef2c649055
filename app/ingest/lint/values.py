"""Lint rules for single values: placeholders for unknown values, and texts that were decoded with the wrong encoding."""

import re
import unicodedata
from functools import cache
from itertools import pairwise

import ftfy.bad_codecs  # noqa: F401  (the codec sloppy-windows-1252)
import pycountry
from ftfy.badness import is_bad

from app.errors import quoted
from app.ingest.lint.rule import Finding, NumberRule, TextRule

_PLACEHOLDERS = frozenset(
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
#: Words of closed lists that look like placeholders.
_TERMS = frozenset([("force", "none")])
_PLACEHOLDER_DATE = re.compile(r"(?:0001|1000|1111|1900-01-01|9999)(?:$|[-~?%/T])")
#: The pattern of a currency code.
_CURRENCY = re.compile("[A-Z]{3}")
_USE_NULL = "Leave the field out or set it to null: unknown values are null."
_NUMBERS = frozenset([-9, -88, -99, -999, -9999, 99999, 999999])


def _sentinel(field: str, text: str) -> Finding | None:
    if len(text) > 24:
        return None
    if text.casefold() in _PLACEHOLDERS and (field, text) not in _TERMS:
        return Finding(f"{quoted(text)} looks like a placeholder for an unknown value", _USE_NULL)
    if _PLACEHOLDER_DATE.match(text) and field not in ("number", "value", "locator"):
        return Finding(f"{quoted(text)} looks like a placeholder for an unknown date", _USE_NULL)
    return None


def _sentinel_number(_: str, number: float) -> Finding | None:
    return (
        Finding(f"{number:g} looks like a placeholder for an unknown value", _USE_NULL) if number in _NUMBERS else None
    )


@cache
def _currencies() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def _unknown_currency(field: str, text: str) -> Finding | None:
    if field != "unit" or not _CURRENCY.fullmatch(text) or text in _currencies():
        return None
    return Finding(
        f"{quoted(text)} is not a currency code in use (ISO 4217)",
        "Correct the code of a currency, such as USD; leave the code of a former currency or another unit as it is.",
    )


def _mojibake(_: str, text: str) -> Finding | None:
    if text.isascii():
        return None
    if "\ufffd" in text:
        return Finding(
            "A character was lost and replaced by U+FFFD", "Decode the original file with its actual encoding."
        )
    if is_bad(text) or _MISPLACED_IN_WORDS.search(text):
        message = "The text seems to have been decoded with the wrong encoding"
        if (repaired := _repaired(text)) is None:
            return Finding(message, "Decode the original file with its actual encoding.") if is_bad(text) else None
        meant, right, wrong = repaired
        shown = f"It would be {quoted(meant, 80)} if its bytes are {right} and were decoded as {wrong}."
        return Finding(message, f"{shown} Decode the original as {right}, or add {right} to the profile's `encodings`.")
    return None


#: Symbols and capitals inside words, as in text that was decoded with the wrong 8-bit encoding: MontrŽal, caf‚.
_MISPLACED_IN_WORDS = re.compile(
    "[A-Za-z][‚„†‡ˆ‰‹™•¤¢][a-z]|[a-z]‚\\b|[a-z][ŽŸŠŒ](?:[a-z]|\\b)|[a-z]{2}[À-ÖØ-Ü][a-z]|[a-z]Õ[A-Za-z]"
)
#: The encodings with which a text may have been decoded, and the encodings in which a text may be written, the most
#: likely first. Text in another encoding is hardly ever valid UTF-8 by chance.
_READ_AS = {"windows-1252": "sloppy-windows-1252", "iso-8859-1": "latin-1", "mac-roman": "mac-roman", "cp437": "cp437"}
_WRITTEN_IN = (
    "utf-8", "windows-1252", "mac-roman", "cp850", "cp437", "windows-1250", "iso-8859-2", "mac-latin2", "koi8-r",
    "windows-1251", "mac-cyrillic",
)  # fmt: skip
_USUAL_SIGNS = frozenset("‘’“”„‚«»‹›–—…·•¿¡°№\xa0")
_SIGN_IN_WORD = re.compile("[^\\W\\d_][«»‹›“”„‚…•°¿¡·№][^\\W\\d_]|[A-Za-z][–—][a-z]|^…[a-z]")
#: Two sets of non-ASCII letters in Spanish, French, German and related languages: frequent letters, and less frequent
#: letters.
_FREQUENT, _KNOWN = frozenset("áéíóúñüöäçã"), frozenset("èêôâàëïîåøßõæÁÉÍÓÚÑÜÖÄÇš")
#: Of a text longer than `_LONGEST_TRIED` characters, only the first `_MOST_WORDS` words with non-ASCII characters are tried.
_LONGEST_TRIED, _MOST_WORDS = 2_000, 40


def _repaired(text: str) -> tuple[str, str, str] | None:
    """Return the repaired text, its actual encoding, and the encoding with which it was decoded; None if no pair fits."""
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
            score = _plausibility(meant) if meant != text else 0
            if score > most:
                best, most = (meant, right, wrong), score
    return best


def _plausibility(text: str) -> int:
    """Score how plausible the non-ASCII letters are; 0 if they mix scripts or occur in impossible positions."""
    if is_bad(text) or _MISPLACED_IN_WORDS.search(text) or _SIGN_IN_WORD.search(text):
        return 0
    others = [one for one in text if not one.isascii() and one not in _USUAL_SIGNS]
    letters = "".join(word for word in text.split() if not word.isascii())
    scripts = {unicodedata.name(one, "").partition(" ")[0] for one in letters if one.isalpha()}
    if not all(one.isalpha() for one in others) or len(scripts) > 1:
        return 0
    if any(_is_misplaced_capital(one, other) for one, other in pairwise(text)):
        return 0
    is_cyrillic = "CYRILLIC" in scripts
    # The 1 is for texts whose only non-ASCII characters are quotes or dashes.
    return 1 + sum(3 if one in _FREQUENT else 2 if is_cyrillic or one in _KNOWN else 1 for one in others)


def _is_misplaced_capital(one: str, other: str) -> bool:
    """Return whether a capital follows a lowercase letter and at least one of the two is not ASCII."""
    return other.isupper() and one.isalpha() and not (one.isascii() and other.isascii()) and one.islower()


SENTINEL = TextRule(
    "sentinel",
    "A text or date that is a placeholder for an unknown value: N/A, unknown, the year 1000.",
    _sentinel,
    re.compile(f"^(?:(?:{'|'.join(map(re.escape, sorted(_PLACEHOLDERS)))})$|{_PLACEHOLDER_DATE.pattern})", re.I | re.M),
)
SENTINEL_NUMBER = NumberRule(
    "sentinel", "A number that is a placeholder for an unknown value: -99, -999.", _sentinel_number
)
UNKNOWN_CURRENCY = TextRule(
    "unknown-currency",
    "A unit of three capital letters that is not a currency code in use (ISO 4217): EUE for EUR.",
    _unknown_currency,
    re.compile(f"^{_CURRENCY.pattern}$", re.M),
)
MOJIBAKE = TextRule(
    "mojibake",
    "A text that was decoded with the wrong encoding: Ã© for é, or U+FFFD.",
    _mojibake,
    re.compile("[^\x00-\x7f]"),
)
