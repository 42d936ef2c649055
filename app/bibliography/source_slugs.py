"""Builds the slugs of imported sources from the entries of a bibliography."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from slugify import slugify

from app.bibliography.identifiers import (
    zotero_key,
)
from app.bibliography.reference import Reference

#: Maximum length of a slug made from a key; a longer slug is truncated and made unique with a digest.
_LONGEST: Final = 120
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def source_slug(reference: Reference, ids: Sequence[Mapping[str, object]], prefix: str) -> str:
    """Build the slug of an entry from the DOI, or else from the key, or else from title, date and authors."""
    doi = next((one["value"] for one in ids if one["scheme"] == "doi"), None)
    if doi or (reference.key and not reference.key.isdigit()):
        key = str(doi or zotero_key(str(reference.key)) or reference.key)
        word = slugify(key)
        # A digest distinguishes keys that differ only in characters that slugs drop.
        is_whole = key.isascii() and 0 < len(word) <= _LONGEST
        word = (
            word.removeprefix(f"{prefix}-") if is_whole else f"{word[:_LONGEST].strip('-')}-{_digest(key)}".strip("-")
        )
        return f"{prefix}-{word}"
    identifying = [
        reference.texts["title"],
        reference.dates.get("issued", ""),
        *(one.printed for one in reference.names.get("author", ())),
    ]
    word = slugify(reference.texts["title"], max_length=80, word_boundary=True)
    return "-".join(part for part in (prefix, word, _digest("\n".join(identifying))) if part)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
