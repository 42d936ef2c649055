"""Converts LaTeX in BibTeX fields to plain text (with pylatexenc), and plain text to LaTeX."""

import re
from functools import lru_cache
from typing import Final

from pylatexenc.latex2text import EnvironmentTextSpec, LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexWalkerError

#: Replacements for macros that pylatexenc does not know, or whose content it drops.
_SIMPLE: Final = (
    (re.compile(r"\\textbraceleft(?:\{\}|(?![A-Za-z])\s?)"), r"\\{"),
    (re.compile(r"\\textbraceright(?:\{\}|(?![A-Za-z])\s?)"), r"\\}"),
    (re.compile(r"\\textasciicircum(?:\{\}|(?![A-Za-z]))"), "^{}"),
    (re.compile(r"\\textless(?:\{\}|(?![A-Za-z]))"), "<"),
    (re.compile(r"\\textgreater(?:\{\}|(?![A-Za-z]))"), ">"),
    (re.compile(r"\\textbar(?:\{\}|(?![A-Za-z]))"), "|"),
    (
        re.compile(
            r"\\(?:textsuperscript|textsubscript|mbox|enquote|mkbibquote|mkbibemph|uppercase|bibstring|url|path)(?=\s*\{)"
        ),
        "",
    ),
    (re.compile(r"\\href\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"\2 (\1)"),
    # Characters that are only special in tables and comments.
    (re.compile(r"(?<!\\)([&%#])"), r"\\\1"),
)
_MATH = re.compile(r"(?<!\\)\$([^$\n]{1,200})(?<!\\)\$")
_DOLLAR = re.compile(r"(?<!\\)\$")
_ANYTHING = re.compile(r"[\\{}$~]|--|``|''|[?!]`")
_AROUND_BREAKS = re.compile(r"[ \t]*\n[ \t]*")

_ENCODED: Final = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
#: LaTeX treats any whitespace as a space.
_BLANK = re.compile(r"\s+")
_SPECIAL = re.compile(r"[\\{}$&#_%~^]")
#: Character sequences that LaTeX combines: dashes and quotes.
_LIGATURE = re.compile(r"(?<=-)-|(?<=`)`|(?<=')'|(?<=[?!])`")


@lru_cache(maxsize=1)
def _reader() -> LatexNodes2Text:
    known = get_default_latex_context_db()
    known.set_unknown_macro_spec(MacroTextSpec("", simplify_repl=lambda node: f"\\{node.macroname} "))
    known.set_unknown_environment_spec(EnvironmentTextSpec("", simplify_repl=lambda node: node.latex_verbatim()))
    return LatexNodes2Text(latex_context=known, math_mode="text", keep_comments=True)


def decode_latex(text: str) -> tuple[str, bool]:
    """Return the plain text of a field, and whether all of it could be decoded; unknown LaTeX is left unchanged.

    Blank lines separate paragraphs, `\\\\` breaks a line; other line breaks become spaces."""
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n[ \t\r]*\n", text.replace("\r", ""))]
    found = [_decode_line(part) for part in paragraphs if part]
    return "\n\n".join(part for part, _ in found), all(is_whole for _, is_whole in found)


def _decode_line(text: str) -> tuple[str, bool]:
    if not _ANYTHING.search(text):
        return text, True
    given = _MATH.sub(lambda found: found[0] if re.search(r"[\\^_]", found[1]) else rf"\${found[1]}\$", text)
    if len(_DOLLAR.findall(given)) % 2:
        given = _DOLLAR.sub(r"\\$", given)
    for pattern, plain in _SIMPLE:
        given = pattern.sub(plain, given)
    try:
        plain = _reader().latex_to_text(given)
    except (LatexWalkerError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return text, False
    plain = _AROUND_BREAKS.sub("\n", plain.replace("\xa0", " ")).strip()
    is_whole = not re.search(r"\\[A-Za-z]+ ", plain) or r"\textbackslash" in text
    return plain, is_whole


def encode(text: str) -> str:
    """Encode a text as one line for a field in braces. The result always has balanced braces."""
    text = _BLANK.sub(" ", text)
    encoded = _SPECIAL.sub(lambda found: _ENCODED[found[0]], _LIGATURE.sub(lambda found: f"\0{found[0]}", text))
    return encoded.replace("\0", "{}")


def encode_lines(text: str) -> str:
    """Encode a text of several lines: `\\\\` for a line break, a blank line between paragraphs."""
    paragraphs = [[" ".join(line.split()) for line in part.split("\n")] for part in re.split(r"\n\s*\n", text.strip())]
    return "\n\n".join("\\\\\n".join(encode(line) for line in lines if line) for lines in paragraphs)


def encode_note(text: str) -> str:
    """Encode a note without blank lines, since a blank line separates notes."""
    return "\\\\\n".join(encode(" ".join(line.split())) if line.strip() else "~" for line in text.strip().split("\n"))
