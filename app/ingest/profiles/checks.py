"""Checks across the sections of a profile: undefined names, duplicate headers, slugs without the profile's prefix."""

import re
from collections.abc import Container, Iterable, Iterator, Set
from dataclasses import dataclass

from app.errors import Violation, nearest, quoted
from app.ingest.profiles.column_schema import normalize_header
from app.ingest.profiles.schema import Profile
from app.ingest.profiles.value_forms import FILTERS, PLACEHOLDER, Cell, First, If, columns_read_by, nested_values
from app.web.validation import pointer


def violations_of_profile(profile: Profile, lost: Container[str] = ()) -> list[Violation]:
    """Find all violations that can be found without the write schemas.

    `lost` lists the sections that could not be parsed. Names that may be defined in these sections are not checked."""
    defined = _Defined(
        names=None if "columns" in lost or "families" in lost else profile.names,
        codes=None if "codes" in lost else set(profile.codes),
        prefix=None if "name" in lost or "prefix" in lost else profile.own_prefix,
    )
    return [
        *_check_columns(profile, defined),
        *_check_records(profile, defined),
        *_check_doubts(profile, defined),
        *_check_headers(profile),
        *_check_codes(profile),
    ]


@dataclass(frozen=True, slots=True)
class _Defined:
    """The names that a profile defines; None where its section could not be parsed."""

    names: Set[str] | None
    codes: Set[str] | None
    prefix: str | None

    def columns(self, names: Iterable[tuple[str, str]]) -> Iterator[Violation]:
        """Report each column that is not defined. The arguments are pairs of a column name and a JSON Pointer."""
        if self.names is not None:
            yield from (undefined_name("column", name, self.names, at) for name, at in names if name not in self.names)


def undefined_name(what: str, name: str, names: Iterable[str], at: str) -> Violation:
    """The violation for an undefined name; its hint is the most similar name, or all names."""
    known = sorted(names)
    near = nearest(name, known)
    hint = (
        f"Did you mean {quoted(near)}?" if near else f"Choose from {', '.join(known)}." if known else "None is defined."
    )
    return Violation(f"There is no {what} {quoted(name, 100)}", pointer=at, hint=hint)


def _check_columns(profile: Profile, defined: _Defined) -> Iterator[Violation]:
    """Check that `comes_with` names another column, and not a family."""
    named = [
        (column.comes_with, pointer("columns", name, "comes_with"))
        for name, column in profile.columns.items()
        if column.comes_with is not None
    ]
    if defined.names is not None:
        yield from (
            undefined_name("column", name, profile.columns, at) for name, at in named if name not in profile.columns
        )


def _check_records(profile: Profile, defined: _Defined) -> Iterator[Violation]:
    for number, rule in enumerate(profile.records):
        at = pointer("records", number)
        for key, names in (("each", rule.each), ("needs", rule.needs)):
            yield from defined.columns((name, f"{at}/{key}/{place}") for place, name in enumerate(names))
        yield from defined.columns((name, at + pointer("when", name)) for name in rule.when)
        gathered = ((name, f"{at}/gathers/{step}") for step, name in enumerate(rule.gathers))
        yield from (
            undefined_name("body field", name, rule.body, here) for name, here in gathered if name not in rule.body
        )
        for place, part in nested_values(rule.body, f"{at}/body"):
            yield from _check_part(part, place, defined)
        if "slug" not in rule.body:
            message = "`slug` is required, because rows with the same slug are merged into one record"
            yield Violation(message, pointer=f"{at}/body")
        elif defined.prefix is not None:
            yield from _check_slug(defined.prefix, rule.body["slug"], f"{at}/body/slug")


def _check_part(part: object, at: str, defined: _Defined) -> Iterator[Violation]:
    yield from defined.columns((name, at) for name in columns_read_by(part))
    codes = defined.codes
    if isinstance(part, Cell) and part.codes is not None and codes is not None and part.codes not in codes:
        yield undefined_name("code list", part.codes, codes, f"{at}/codes")
    if isinstance(part, str):
        filters = (found[2] for found in PLACEHOLDER.finditer(part) if found[2])
        if codes is not None:
            there = (*FILTERS, *codes)
            yield from (undefined_name("filter", name, there, at) for name in filters if name not in there)
        if re.search(r"[{}]", PLACEHOLDER.sub("", part)):
            hint = "Write the name of a column in braces: {column}, or {column|slug}."
            yield Violation(f"{quoted(part, 60)} has an unmatched brace", pointer=at, hint=hint)


def _check_slug(prefix: str, slug: object, at: str) -> Iterator[Violation]:
    """Check that every variant of a slug begins with the profile's prefix, because a file must not overwrite other
    records."""
    if isinstance(slug, First):
        for place, way in enumerate(slug.first):
            yield from _check_slug(prefix, way, f"{at}/first/{place}")
    elif isinstance(slug, If):
        yield from _check_slug(prefix, slug.then, f"{at}/then")
        if slug.else_ is not None:
            yield from _check_slug(prefix, slug.else_, f"{at}/else")
    elif not isinstance(slug, str) or not slug.startswith(f"{prefix}-"):
        hint = f"Begin the slug with {prefix}-, or set another `prefix`."
        message = f"A slug of this profile must begin with {prefix}-, so that its files cannot overwrite other records"
        yield Violation(message, pointer=at, hint=hint)


def _check_doubts(profile: Profile, defined: _Defined) -> Iterator[Violation]:
    for number, doubt in enumerate(profile.doubts):
        at = pointer("doubts", number)
        yield from defined.columns([(doubt.column, f"{at}/column")])
        yield from defined.columns((name, at + pointer("when", name)) for name in doubt.when)


def _check_headers(profile: Profile) -> Iterator[Violation]:
    bearers: dict[str, str] = {}
    families = profile.families
    given = [*profile.columns, *families, *(one.header_as for one in families.values() if one.header_as)]
    for name in sorted({name for name in given if given.count(name) > 1}):
        yield Violation(
            f"{quoted(name)} is defined twice among `columns`, `families` and `header_as`", pointer="/families"
        )
    headers = [("columns", name, header) for name, column in profile.columns.items() for header in column.header]
    headers += [("families", name, header) for name, family in families.items() for header in family.headers]
    headers += [("passed_over", "passed_over", header) for header in profile.passed_over]
    for kind, name, header in headers:
        if (other := bearers.setdefault(normalize_header(header), name)) != name:
            at = pointer(kind, header if kind == "passed_over" else name)
            yield Violation(
                f"The header {quoted(header)} is listed under both {quoted(other)} and {quoted(name)}", pointer=at
            )


def _check_codes(profile: Profile) -> Iterator[Violation]:
    for name in profile.codes:
        if name in FILTERS:
            hint = "Rename the code list."
            yield Violation(
                f"{quoted(name)} is the name of a built-in filter", pointer=pointer("codes", name), hint=hint
            )
