"""Reads the text of fields, which is LaTeX or verbatim."""

import re

from app.bibliography.latex import decode_latex
from app.bibliography.reference import EntryWarning, Reference
from app.errors import quoted

_UNESCAPED = re.compile(r"\{?\\([_&%#$~^{}])\}?(?:\{\})?")
URL = re.compile(r"\\(?:url|path)\s*\{([^{}]*)\}|\\href\s*\{([^{}]*)\}\s*\{[^{}]*\}")


def decode_field(found: Reference, name: str, raw: str) -> str:
    """Decode the LaTeX of a field. Unknown commands stay in the text, with a warning."""
    text, is_whole = decode_latex(raw)
    if not is_whole:
        found.odd.append(EntryWarning("latex", name, f"Unknown LaTeX was left unchanged: {quoted(text, 60)}", None))
    return text


def verbatim(raw: str) -> str:
    """Return the text of a field that is not LaTeX, without escapes and without the command of a URL."""
    found = URL.search(raw)
    text = next(filter(None, found.groups()), raw) if found else raw
    return _UNESCAPED.sub(r"\1", text).strip().strip("{}<>").strip()
