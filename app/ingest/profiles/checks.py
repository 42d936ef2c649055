"""What is wrong with a profile as a whole: names that lead nowhere, slugs that are not its own, patterns that may hang."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from app.faults import Fault
from app.ingest.profiles.forms import FILTERS, PLACEHOLDER, Cell, First, If, columns_of, parts_of
from app.ingest.profiles.schema import Profile, plain
from app.web.validation import nearest, pointer


def faults_of_profile(profile: Profile) -> list[Fault]:
    """All faults that a profile has by itself, whatever collections there are."""
    return [*_of_records(profile), *_of_doubts(profile), *_of_headers(profile), *_of_codes(profile)]


def no_such(what: str, name: str, names: Iterable[str], at: str) -> Fault:
    """A name that leads nowhere, and the nearest that does, or all."""
    known = sorted(names)
    near = nearest(name, known)
    hint = f"Did you mean {near!r}?" if near else f"There are {', '.join(known)}." if known else "There are none."
    return Fault(f"No {what} is called {name[:100]!r}", pointer=at, hint=hint)


def _of_records(profile: Profile) -> Iterator[Fault]:
    for number, rule in enumerate(profile.records):
        at = pointer("records", number)
        for key, names in (("each", rule.each), ("when", rule.when), ("needs", rule.needs)):
            for name in names:
                if name not in profile.names:
                    yield no_such("column", name, profile.names, f"{at}/{key}")
        for place, part in parts_of(rule.body, f"{at}/body"):
            yield from _of_part(profile, part, place)
        if "slug" not in rule.body:
            yield Fault("Without a `slug` rows that speak of one record cannot be joined", pointer=f"{at}/body")
        else:
            yield from _of_slug(profile, rule.body["slug"], f"{at}/body/slug")


def _of_part(profile: Profile, part: Any, at: str) -> Iterator[Fault]:
    for name in columns_of(part):
        if name not in profile.names:
            yield no_such("column", name, profile.names, at)
    if isinstance(part, Cell) and part.codes is not None and part.codes not in profile.codes:
        yield no_such("code list", part.codes, profile.codes, f"{at}/codes")
    if isinstance(part, Cell) and part.cut is not None and may_hang(part.cut):
        yield _hanging(f"{at}/cut")
    if isinstance(part, str):
        filters = (found[2] for found in PLACEHOLDER.finditer(part) if found[2])
        known = (*FILTERS, *profile.codes)
        yield from (no_such("filter", name, known, at) for name in filters if name not in known)
        if re.search(r"[{}]", PLACEHOLDER.sub("", part)):
            hint = "A column stands in braces: {column}, or {column|slug}."
            yield Fault(f"A brace in {part[:60]!r} is not closed, or not opened", pointer=at, hint=hint)


def _of_slug(profile: Profile, slug: Any, at: str) -> Iterator[Fault]:
    """Whatever it is made of, a slug begins as the profile's slugs do: a file writes over nothing that is not its own."""
    if isinstance(slug, First):
        for place, way in enumerate(slug.first):
            yield from _of_slug(profile, way, f"{at}/first/{place}")
    elif isinstance(slug, If):
        yield from _of_slug(profile, slug.then, f"{at}/then")
        if slug.else_ is not None:
            yield from _of_slug(profile, slug.else_, f"{at}/else")
    elif not isinstance(slug, str) or not slug.startswith(f"{profile.own_prefix}-"):
        hint = f'Write it as "{profile.own_prefix}-…", or name another beginning in `prefix`.'
        message = f"A slug of this profile begins with {profile.own_prefix}-, so that it writes over nothing else"
        yield Fault(message, pointer=at, hint=hint)


def _of_doubts(profile: Profile) -> Iterator[Fault]:
    for number, doubt in enumerate(profile.doubts):
        for key, names in (("column", [doubt.column]), ("when", doubt.when)):
            for name in names:
                if name not in profile.names:
                    yield no_such("column", name, profile.names, pointer("doubts", number, key))


def _of_headers(profile: Profile) -> Iterator[Fault]:
    bearers: dict[str, str] = {}
    families = profile.families
    given = [*profile.columns, *families, *(one.header_as for one in families.values() if one.header_as)]
    for name in sorted({name for name in given if given.count(name) > 1}):
        yield Fault(f"{name!r} is the name of two", pointer="/families")
    headers = [("columns", name, header) for name, column in profile.columns.items() for header in column.header]
    headers += [("families", name, header) for name, family in families.items() for header in family.headers]
    headers += [("passed_over", "passed_over", header) for header in profile.passed_over]
    for kind, name, header in headers:
        if (other := bearers.setdefault(plain(header), name)) != name:
            at = pointer(kind, header if kind == "passed_over" else name)
            yield Fault(f"The header {header!r} stands at {other!r} and at {name!r}", pointer=at)


def _of_codes(profile: Profile) -> Iterator[Fault]:
    for name, codes in profile.codes.items():
        if name in FILTERS:
            yield Fault(f"{name!r} is a filter's name", pointer=pointer("codes", name), hint="Call the list otherwise.")
        for pattern in codes.patterns:
            if may_hang(pattern):
                yield _hanging(pointer("codes", name, "patterns", pattern))


def _hanging(at: str) -> Fault:
    hint = "Write it without a repeat, or a choice, inside a repeated group: ^a+$ and not ^(a+)+$."
    return Fault("This expression may take for ever over a cell", pointer=at, hint=hint)


#: Escapes and sets, in which signs stand for themselves.
_LITERAL = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


def may_hang(pattern: str) -> bool:
    """Whether a group that repeats or chooses inside is itself repeated: what takes time without bound (`(a+)+$`)."""
    # An escape may not vanish: `\\d+` repeats as `a+` does.
    text = _LITERAL.sub("a", pattern).replace("(?", "(")
    is_loose = [False]
    for place, sign in enumerate(text):
        if sign == "(":
            is_loose.append(False)
        elif sign == ")" and len(is_loose) > 1:
            inner = is_loose.pop()
            # Once or not at all (`?`) is no repeat.
            if inner and text[place + 1 : place + 2] in ("*", "+", "{"):
                return True
            is_loose[-1] |= inner
        elif sign in "*+{|?":
            is_loose[-1] = True
    return False
