"""Slugs made from words: readable, unique, the same for the same words."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from slugify import slugify as transliterated

LONGEST = 160
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: Room for the number that tells two records of the same words apart.
_ROOM = 8


def outer_ids(body: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """The external ids of a body as it was sent, as (place, scheme, value); what is no external id is passed over."""
    given = body.get("external_ids")
    return [
        (place, str(one.get("scheme")), str(one.get("value")))
        for place, one in enumerate(given if isinstance(given, list) else ())
        if isinstance(one, dict)
    ]


def is_slug(text: str) -> bool:
    """Whether a key has the form of a slug, and not that of an id."""
    return len(text) <= 200 and _SLUG.fullmatch(text) is not None and not is_id(text)


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def slug_part(text: str) -> str | None:
    """What a text gives to a slug; None where it has neither letters nor digits."""
    return transliterated(text, max_length=LONGEST - _ROOM, word_boundary=True) or None


def slugify(*words: object) -> str:
    """Small letters, digits and single hyphens; other scripts transliterated; "record" where nothing is left."""
    slug = slug_part(" ".join(str(word) for word in words if word not in (None, ""))) or "record"
    # A slug in the form of an id would be looked up as an id, and never found.
    return f"record-{slug}" if is_id(slug) else slug


def numbered(base: str) -> Iterator[str]:
    """The base, then `base-2`, `base-3` …"""
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1


def free(base: str, is_taken: Callable[[str], bool]) -> str:
    """The first of `numbered(base)` that is not taken."""
    return next(slug for slug in numbered(base) if not is_taken(slug))


def first_numbers(bases: Iterable[str], count: int = 20) -> list[str]:
    """The first `count` numbered forms of each base: what is looked up at once when a base is taken."""
    return [slug for base in bases for slug, _ in zip(numbered(base), range(count), strict=False)]
