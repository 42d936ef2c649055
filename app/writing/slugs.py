"""Slugs generated from words: readable, unique, and the same for the same words."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from slugify import slugify as transliterated

LONGEST = 160
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: Characters reserved for the number that distinguishes records with the same words (`-2`, `-3` …).
_SUFFIX_LENGTH = 8


def outer_ids(body: Mapping[str, object]) -> list[tuple[int, str, str]]:
    """The external ids of a raw request body, as (index, scheme, value). Items that are not objects are skipped."""
    items = body.get("external_ids")
    return [
        (place, str(one.get("scheme")), str(one.get("value")))
        for place, one in enumerate(items if isinstance(items, list) else ())
        if isinstance(one, dict)
    ]


def is_slug(text: str) -> bool:
    """Whether a key is formatted as a slug. A UUID is not a slug."""
    return len(text) <= 200 and _SLUG.fullmatch(text) is not None and not is_id(text)


def is_id(text: str) -> bool:
    """Whether a key is formatted as a record id (a UUID)."""
    return _ID.fullmatch(text) is not None


def slug_part(text: str) -> str | None:
    """The slug of a text, or None if the text has neither letters nor digits."""
    return transliterated(text, max_length=LONGEST - _SUFFIX_LENGTH, word_boundary=True) or None


def slugify(*words: object) -> str:
    """A slug of lowercase letters, digits and single hyphens. Other scripts are transliterated; the fallback is "record"."""
    slug = slug_part(" ".join(str(word) for word in words if word not in (None, ""))) or "record"
    # A slug that is formatted as an id would be looked up as an id and never found.
    return f"record-{slug}" if is_id(slug) else slug


def numbered_slugs(base: str) -> Iterator[str]:
    """Yield the base, then `base-2`, `base-3` and so on, without end."""
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1


def free(base: str, is_taken: Callable[[str], bool]) -> str:
    """Return the first slug of `numbered_slugs(base)` for which `is_taken` is false."""
    return next(slug for slug in numbered_slugs(base) if not is_taken(slug))


def first_numbers(bases: Iterable[str], count: int = 20) -> list[str]:
    """The first `count` numbered slugs of each base, so that one query can find which of them are taken."""
    return [slug for base in bases for slug, _ in zip(numbered_slugs(base), range(count), strict=False)]
