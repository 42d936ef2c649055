"""The words of generated slugs."""

from collections.abc import Callable

from app.writing.batch import Draft
from app.writing.slugs import is_slug, slugify
from app.writing.write_spec import UnknownYet


def slug_words(draft: Draft, look_up: Callable[[str, str], str | None]) -> str | None:
    """The slug that the write spec generates for the draft; None while a mention that it needs is unresolved.

    `look_up` returns the slug of (collection, key), or None if it is not known yet.
    """

    def slug_of(field: str) -> str:
        if draft.nested is not None and draft.nested.owner == field:
            assert draft.owner is not None
            if draft.owner.slug is None:
                raise UnknownYet
            return draft.owner.slug
        key = getattr(draft.body, field, None)
        if key is None:
            return ""
        scalar = draft.plan.scalar(field)
        collection = scalar.collection if scalar is not None and scalar.collection else ""
        if collection == "*":
            collection, _, key = key.partition("/")
        slug = look_up(collection, key)
        if slug is None:
            raise UnknownYet
        return slug

    try:
        return slugify(draft.kind.slug(draft, slug_of))
    except UnknownYet:
        return None


def slug_or_none(collection: str, key: str) -> str | None:
    """The key itself if it is formatted as a slug, else None."""
    return key if is_slug(key) else None
