"""What is wrong with a profile as a whole: names that lead nowhere, slugs that are not its own."""

import re
from collections.abc import Container, Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Any

from app.errors import Violation, nearest
from app.ingest.profiles.schema import Profile, plain
from app.ingest.profiles.value_forms import FILTERS, PLACEHOLDER, Cell, First, If, columns_of, parts_of
from app.web.validation import pointer


def violations_of_profile(profile: Profile, lost: Container[str] = ()) -> list[Violation]:
    """All faults that a profile has by itself, whatever collections there are. Of `lost` sections nothing is right, so
    that names may stand in them: of these nothing is said."""
    known = _Known(
        names=None if "columns" in lost or "families" in lost else profile.names,
        codes=None if "codes" in lost else set(profile.codes),
        prefix=None if "name" in lost or "prefix" in lost else profile.own_prefix,
    )
    return [
        *_of_columns(profile, known),
        *_of_records(profile, known),
        *_of_doubts(profile, known),
        *_of_headers(profile),
        *_of_codes(profile),
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """What a profile may speak of; None where that is not known."""

    names: Set[str] | None
    codes: Set[str] | None
    prefix: str | None

    def columns(self, names: Iterable[tuple[str, str]]) -> Iterator[Violation]:
        """Of columns, each with its place, those that there are not."""
        if self.names is not None:
            yield from (no_such("column", name, self.names, at) for name, at in names if name not in self.names)


def no_such(what: str, name: str, names: Iterable[str], at: str) -> Violation:
    """A name that leads nowhere, and the nearest that does, or all."""
    known = sorted(names)
    near = nearest(name, known)
    hint = f"Did you mean {near!r}?" if near else f"There are {', '.join(known)}." if known else "There are none."
    return Violation(f"No {what} is called {name[:100]!r}", pointer=at, hint=hint)


def _of_columns(profile: Profile, known: _Known) -> Iterator[Violation]:
    """Columns that come with one that is not read alone."""
    named = [
        (column.comes_with, pointer("columns", name, "comes_with"))
        for name, column in profile.columns.items()
        if column.comes_with is not None
    ]
    if known.names is not None:
        yield from (no_such("column", name, profile.columns, at) for name, at in named if name not in profile.columns)


def _of_records(profile: Profile, known: _Known) -> Iterator[Violation]:
    for number, rule in enumerate(profile.records):
        at = pointer("records", number)
        for key, names in (("each", rule.each), ("needs", rule.needs)):
            yield from known.columns((name, f"{at}/{key}/{place}") for place, name in enumerate(names))
        yield from known.columns((name, at + pointer("when", name)) for name in rule.when)
        gathered = ((name, f"{at}/gathers/{step}") for step, name in enumerate(rule.gathers))
        yield from (
            no_such("field of the body", name, rule.body, here) for name, here in gathered if name not in rule.body
        )
        for place, part in parts_of(rule.body, f"{at}/body"):
            yield from _of_part(part, place, known)
        if "slug" not in rule.body:
            yield Violation("Without a `slug` rows that speak of one record cannot be joined", pointer=f"{at}/body")
        elif known.prefix is not None:
            yield from _of_slug(known.prefix, rule.body["slug"], f"{at}/body/slug")


def _of_part(part: Any, at: str, known: _Known) -> Iterator[Violation]:
    yield from known.columns((name, at) for name in columns_of(part))
    codes = known.codes
    if isinstance(part, Cell) and part.codes is not None and codes is not None and part.codes not in codes:
        yield no_such("code list", part.codes, codes, f"{at}/codes")
    if isinstance(part, str):
        filters = (found[2] for found in PLACEHOLDER.finditer(part) if found[2])
        if codes is not None:
            there = (*FILTERS, *codes)
            yield from (no_such("filter", name, there, at) for name in filters if name not in there)
        if re.search(r"[{}]", PLACEHOLDER.sub("", part)):
            hint = "A column stands in braces: {column}, or {column|slug}."
            yield Violation(f"A brace in {part[:60]!r} is not closed, or not opened", pointer=at, hint=hint)


def _of_slug(prefix: str, slug: Any, at: str) -> Iterator[Violation]:
    """Whatever it is made of, a slug begins as the profile's slugs do: a file writes over nothing that is not its own."""
    if isinstance(slug, First):
        for place, way in enumerate(slug.first):
            yield from _of_slug(prefix, way, f"{at}/first/{place}")
    elif isinstance(slug, If):
        yield from _of_slug(prefix, slug.then, f"{at}/then")
        if slug.else_ is not None:
            yield from _of_slug(prefix, slug.else_, f"{at}/else")
    elif not isinstance(slug, str) or not slug.startswith(f"{prefix}-"):
        hint = f'Write it as "{prefix}-…", or name another beginning in `prefix`.'
        message = f"A slug of this profile begins with {prefix}-, so that it writes over nothing else"
        yield Violation(message, pointer=at, hint=hint)


def _of_doubts(profile: Profile, known: _Known) -> Iterator[Violation]:
    for number, doubt in enumerate(profile.doubts):
        at = pointer("doubts", number)
        yield from known.columns([(doubt.column, f"{at}/column")])
        yield from known.columns((name, at + pointer("when", name)) for name in doubt.when)


def _of_headers(profile: Profile) -> Iterator[Violation]:
    bearers: dict[str, str] = {}
    families = profile.families
    given = [*profile.columns, *families, *(one.header_as for one in families.values() if one.header_as)]
    for name in sorted({name for name in given if given.count(name) > 1}):
        yield Violation(f"{name!r} is the name of two", pointer="/families")
    headers = [("columns", name, header) for name, column in profile.columns.items() for header in column.header]
    headers += [("families", name, header) for name, family in families.items() for header in family.headers]
    headers += [("passed_over", "passed_over", header) for header in profile.passed_over]
    for kind, name, header in headers:
        if (other := bearers.setdefault(plain(header), name)) != name:
            at = pointer(kind, header if kind == "passed_over" else name)
            yield Violation(f"The header {header!r} stands at {other!r} and at {name!r}", pointer=at)


def _of_codes(profile: Profile) -> Iterator[Violation]:
    for name in profile.codes:
        if name in FILTERS:
            yield Violation(
                f"{name!r} is a filter's name", pointer=pointer("codes", name), hint="Call the list otherwise."
            )
