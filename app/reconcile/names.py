"""Names of records, prepared for comparison with many others."""

from collections.abc import Iterable
from dataclasses import dataclass

from slugify import slugify

from app.reconcile.scoring import fold


@dataclass(frozen=True, slots=True)
class PreparedNames:
    """The names of a record, prepared for comparison with many others.

    Each name has four variants: as stored, folded, transliterated to Latin letters, and transliterated with its words
    sorted."""

    texts: tuple[str, ...]
    folded: tuple[str, ...]
    latin: tuple[str, ...]
    ordered: tuple[str, ...]


def latin(folded: str) -> str:
    """Transliterate a folded text to Latin letters."""
    return folded if folded.isascii() else slugify(folded, separator=" ")


def names_of(texts: Iterable[str]) -> PreparedNames:
    """Prepare the names of a record for comparison."""
    texts = tuple(dict.fromkeys(texts))
    folded = tuple(fold(text) for text in texts)
    latinized = tuple(latin(text) for text in folded)
    return PreparedNames(texts, folded, latinized, tuple(" ".join(sorted(text.split())) for text in latinized))
