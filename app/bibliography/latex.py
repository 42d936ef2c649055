"""LaTeX in the fields of BibTeX: decoded to plain text by pylatexenc, and encoded for export."""

import re
from functools import lru_cache
from typing import Final

from pylatexenc.latex2text import EnvironmentTextSpec, LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexWalkerError

#: Macros that pylatexenc does not know, or of which it drops what they hold; as what it knows.
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
    # Signs that only tables and comments give a meaning.
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
#: White space of any kind is a blank to LaTeX.
_BLANK = re.compile(r"\s+")
_SPECIAL = re.compile(r"[\\{}$&#_%~^]")
#: Signs that LaTeX reads as one: dashes and quotes.
_LIGATURE = re.compile(r"(?<=-)-|(?<=`)`|(?<=')'|(?<=[?!])`")


@lru_cache(maxsize=1)
def _reader() -> LatexNodes2Text:
    known = get_default_latex_context_db()
    known.set_unknown_macro_spec(MacroTextSpec("", simplify_repl=lambda node: f"\\{node.macroname} "))
    known.set_unknown_environment_spec(EnvironmentTextSpec("", simplify_repl=lambda node: node.latex_verbatim()))
    return LatexNodes2Text(latex_context=known, math_mode="text", keep_comments=True)


def decode(text: str) -> tuple[str, bool]:
    """The plain text of a field, and whether all of it could be read; what could not stays as it is written.

    Blank lines separate paragraphs, `\\\\` breaks a line; other line breaks are blanks."""
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
    """A text for a field in braces, which are balanced whatever it holds."""
    text = _BLANK.sub(" ", text)
    encoded = _SPECIAL.sub(lambda found: _ENCODED[found[0]], _LIGATURE.sub(lambda found: f"\0{found[0]}", text))
    return encoded.replace("\0", "{}")


def encode_lines(text: str) -> str:
    """The same of several lines: a break is `\\\\`, a blank line separates paragraphs."""
    paragraphs = [[" ".join(line.split()) for line in part.split("\n")] for part in re.split(r"\n\s*\n", text.strip())]
    return "\n\n".join("\\\\\n".join(encode(line) for line in lines if line) for lines in paragraphs)


def encode_note(text: str) -> str:
    """A note, which holds no blank line: between notes stands one."""
    return "\\\\\n".join(encode(" ".join(line.split())) if line.strip() else "~" for line in text.strip().split("\n"))
