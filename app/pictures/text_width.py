"""Estimated width of text, and line breaks.

A picture is drawn before its font is known. The widths are those of Arial and the fonts with its widths (Helvetica, Liberation
Sans), which pictures ask for first, with about 6 percent to spare. Bold text is about 6 percent wider.
"""

import unicodedata
from functools import lru_cache

#: First strong isolate and pop directional isolate (Unicode Bidirectional Algorithm).
_ISOLATE, _END = "\u2068", "\u2069"
_NARROW = frozenset("iIjl.,:;'|!`·’‘")
_SLIM = frozenset('ftrJ()[]{}/\\-"“”* ')
_WIDE = frozenset("mwMWQO@%&—…→←")


@lru_cache(maxsize=4096)
def _sign_width(sign: str) -> float:
    """The width of one character in em."""
    if sign in _NARROW:
        return 0.28
    if sign in _SLIM:
        return 0.36
    if sign in _WIDE:
        return 0.94
    # Marks and joiners add nothing to the sign before them.
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(sign) in ("W", "F"):
        return 1.02
    if sign.isupper():
        return 0.73
    # Cyrillic and Arabic lowercase letters such as ш, ю and س are wider than Latin ones.
    return 0.58 if sign.isascii() else 0.72


def text_width(text: str, size: float) -> float:
    """The estimated width of a line of text, in the unit of the font size."""
    return sum(map(_sign_width, text)) * size


def isolate(text: str) -> str:
    """The text between bidirectional isolates if it has right-to-left letters, so that it does not reorder the words beside
    it."""
    is_rtl = any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in text)
    return f"{_ISOLATE}{text}{_END}" if is_rtl else text


def wrap_text(text: str, width: float, size: float, most: int | None = None) -> list[str]:
    """Break text into lines of at most this width. Words that are too long are broken too.

    `most`: the number of lines after which the text is cut and ends with an ellipsis; None = any number."""
    lines = _balance(_lines_of(text, width, size))
    if most is None or len(lines) <= most:
        return lines
    return [*lines[: most - 1], cut_text(f"{lines[most - 1]}…", width, size)]


def _lines_of(text: str, width: float, size: float) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if text_width(joined, size) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *whole, line = _break_word(word, width, size)
        lines += whole
    return [*lines, line] if line else lines


def _balance(lines: list[str]) -> list[str]:
    """The lines, with isolates that a line break cut in two closed and opened again."""
    found: list[str] = []
    is_open = False
    for line in lines:
        whole = _ISOLATE + line if is_open else line
        is_open = whole.count(_ISOLATE) > whole.count(_END)
        found.append(whole + _END if is_open else whole)
    return found


def cut_text(text: str, width: float, size: float) -> str:
    """The text, cut and ended with an ellipsis if it is wider than this."""
    if text_width(text, size) <= width:
        return text
    kept = text.rstrip("…")
    while kept and text_width(kept.rstrip() + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…" + _END * (kept.count(_ISOLATE) - kept.count(_END))


def _break_word(word: str, width: float, size: float) -> list[str]:
    """The parts of a word, each of which fits; after a hyphen where possible."""
    parts: list[str] = []
    while text_width(word, size) > width and len(word) > 1:
        end = next((n for n in range(len(word) - 1, 0, -1) if text_width(word[:n], size) <= width), 1)
        # At the end of a part, a mark stays with its letter.
        while end > 1 and unicodedata.combining(word[end]):
            end -= 1
        hyphen = max(word.rfind(sign, 0, end) for sign in "-–—/") + 1
        end = hyphen if hyphen > end // 3 else end
        parts.append(word[:end])
        word = word[end:]
    return [*parts, word]
