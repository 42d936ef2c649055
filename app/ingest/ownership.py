"""What a new statement of a data set changes of a stored record: only what the data set itself said before.

Three bodies of one record are compared: what the data set said last (`old`), what it says now (`new`), and what is
stored (`current`). A field or list entry that the data set says as before is left alone, whoever changed it since. One
that it says differently is changed if it is still stored as the data set said it; what somebody else made of it is
kept, and the difference is reported. Fields without a value are filled.

Bodies are JSON as the write schemas take it, with the same mentions (current slugs), without nested records.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from app.ingest.further_names import with_names
from app.writing.plan import Rows, plan_of
from app.writing.stored_bodies import defaults_of
from app.writing.write_spec import WriteSpec

Body = Mapping[str, Any]

#: Objects whose members belong to whoever said them, one by one.
_BY_MEMBER = frozenset({"coded_from"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that the file has and the record does not take, since somebody else said another."""

    field: str
    value: Any
    stored: Any
    names: str | None
    """The list of names that took the value; None = none did."""
    taken: Any
    """What the record took of the data set before; None = nothing."""


@dataclass(slots=True)
class Claims:
    """What is said of one record. `preceding` are the bodies of other data sets whose word goes before this one's;
    `others` those of all other data sets."""

    old: Body | None
    others: Sequence[Body] = ()
    preceding: Sequence[Body] = ()
    is_returning: bool = False
    """Whether a file before this one had the record no more, so that the record may have lost what was said of it."""


@dataclass(slots=True)
class Change:
    """The merge patch (RFC 7396) that a statement makes to the stored body, and what it does not take."""

    patch: dict[str, Any] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)


def normalized(kind: WriteSpec, body: Body) -> dict[str, Any]:
    """A body as it is stored: values as the schema keeps them, fields at their defaults left out.

    A body that is not valid by itself (several rows complete it) is taken as it is."""
    try:
        valid = kind.schema.model_validate(dict(body))
    except ValidationError:
        return dict(body)
    return valid.model_dump(mode="json", exclude_defaults=True, exclude_unset=True, by_alias=True)


def change(
    kind: WriteSpec,
    current: Body,
    new: Body,
    claims: Claims,
    keeps: Mapping[str, str | None],
    *,
    gone: Iterable[str] = (),
) -> Change:
    """What the new statement changes. `keeps`: fields of which another word becomes one of the record's names.
    `gone`: fields of the old statement whose absence in the new one means that the data set no longer says them."""
    plan = plan_of(kind.model, kind.schema)
    lists = {rows.name: rows for rows in plan.rows}
    made = Change()
    old = claims.old or {}
    gone = frozenset(gone)
    for name in dict.fromkeys((*new, *(one for one in old if one in gone))):
        if name == "slug":
            continue
        ours, theirs, stored = old.get(name), new.get(name), current.get(name)
        if _is_same(ours, theirs) and not claims.is_returning:
            continue
        if isinstance(theirs, list) or (theirs is None and isinstance(ours, list)):
            entries = _Entries(lists.get(name), [body.get(name) or [] for body in claims.others], claims.is_returning)
            becomes = entries.merged(stored or [], ours or [], theirs or [], removes=name in gone)
            if becomes != (stored or []):
                made.patch[name] = becomes
        elif name in _BY_MEMBER:
            members = _members(ours or {}, theirs or {}, stored or {}, removes=name in gone)
            if members:
                made.patch[name] = members
        elif theirs is None:
            is_said = any(_is_same(body.get(name), stored) for body in claims.others)
            if stored is not None and _is_same(stored, ours) and not is_said and _may_be_empty(kind.schema, name):
                made.patch[name] = None
        else:
            _scalar(kind, made, name, (ours, theirs, stored), claims, keeps)
    _add_names(made, current)
    return made


def _scalar(
    kind: WriteSpec,
    made: Change,
    name: str,
    words: tuple[Any, Any, Any],
    claims: Claims,
    keeps: Mapping[str, str | None],
) -> None:
    ours, theirs, stored = words
    default = defaults_of(kind.schema).get(name)
    if _is_same(theirs, default if stored is None else stored):
        return
    is_free = stored is None and default is None
    is_ours = ours is not None and _is_same(stored if stored is not None else default, ours)
    is_preceded = any(_is_same(body.get(name), stored) for body in claims.preceding if body.get(name) is not None)
    if is_free or (is_ours and not is_preceded):
        made.patch[name] = theirs
    else:
        now = stored if stored is not None else default
        made.differences.append(Difference(name, theirs, now, keeps.get(name), ours))


def _add_names(made: Change, current: Body) -> None:
    """Other words for a name become further names, so that nothing is lost."""
    for one in made.differences:
        if one.names is None:
            continue
        laid = {**current, **made.patch}
        names = with_names(laid, one.field, one.names, [{"text": one.value}])
        if names != (laid.get(one.names) or []):
            made.patch[one.names] = names


def union(old: Body | None, new: Body, kind: WriteSpec) -> dict[str, Any]:
    """What a data set has said so far, while its file is still being read: nothing of the old statement is lost yet."""
    if old is None:
        return dict(new)
    lists = {rows.name: rows for rows in plan_of(kind.model, kind.schema).rows}
    joined = {**old, **new}
    for name, value in new.items():
        if isinstance(value, list) and isinstance(old.get(name), list):
            said = _by_key(lists.get(name), value)
            joined[name] = [
                *value,
                *(one for key, one in _by_key(lists.get(name), old[name]).items() if key not in said),
            ]
        elif name in _BY_MEMBER and isinstance(value, Mapping):
            joined[name] = {**(old.get(name) or {}), **value}
    return joined


class _Entries:
    """Lists of one field, compared entry by entry; entries are matched by their natural keys."""

    def __init__(self, rows: Rows | None, others: Sequence[Sequence[Any]], is_returning: bool) -> None:
        self.rows = rows
        self.others = others
        self.is_returning = is_returning

    def merged(self, current: Sequence[Any], old: Sequence[Any], new: Sequence[Any], *, removes: bool) -> list[Any]:
        """The list as it is to be: in the stored order, new entries last; in the file's order if all of it is the file's."""
        stored = _by_key(self.rows, current)
        ours, theirs = (_by_key(self.rows, several, stored) for several in (old, new))
        others = {key for several in self.others for key in _by_key(self.rows, several, stored)}
        is_only_ours = list(stored) == list(ours) and all(_is_within(stored[key], ours[key]) for key in stored)
        if removes and is_only_ours and not any(key in others and key not in theirs for key in stored):
            return [self._entry(stored.get(key), ours.get(key), theirs[key]) for key in theirs]
        result = []
        for key, entry in stored.items():
            if key in theirs:
                result.append(self._entry(entry, ours.get(key), theirs[key]))
            elif not (removes and key in ours and key not in others and _is_within(entry, ours[key])):
                result.append(entry)
        # What the data set said before and somebody took out since stays out.
        result += [
            entry
            for key, entry in theirs.items()
            if key not in stored and (self.is_returning or not _is_same(ours.get(key), entry))
        ]
        return result

    def _entry(self, stored: Any, ours: Any, theirs: Any) -> Any:
        if stored is None or not isinstance(stored, dict) or not isinstance(theirs, dict):
            return theirs if stored is None else stored
        taken = dict(stored)
        for name, value in theirs.items():
            before = ours.get(name) if isinstance(ours, dict) else None
            is_ours = ours is not None and _is_same(stored.get(name), before)
            if not _is_same(before, value) and (stored.get(name) is None or is_ours):
                taken[name] = value
        return taken


def _by_key(rows: Rows | None, entries: Sequence[Any], stored: Mapping[Any, Any] | None = None) -> dict[Any, Any]:
    """The entries of a list by what tells them apart: the fields of their natural key, else all that they say. An entry whose
    key is made when it is stored has the key of the `stored` entry that says the same."""
    fields = [one.name for one in rows.scalars if one.column in rows.key] if rows is not None else []
    is_keyed = rows is not None and rows.item is not None and len(fields) == len(rows.key)
    found: dict[Any, Any] = {}
    for entry in entries:
        shaped = {fields[0]: entry} if is_keyed and isinstance(entry, str) and len(fields) == 1 else entry
        key: Any = _frozen(shaped)
        if is_keyed and isinstance(shaped, dict):
            named = tuple(_frozen(shaped.get(name)) for name in fields)
            if any(one is not None for one in named):
                key = named
            else:
                same = (one for one, other in (stored or {}).items() if one not in found and _is_within(shaped, other))
                key = next(same, key)
        found.setdefault(key, shaped)
    return found


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((name, _frozen(one)) for name, one in value.items() if one is not None))
    if isinstance(value, list | tuple):
        return tuple(_frozen(one) for one in value)
    return round(value, 6) if isinstance(value, float) else value


def _members(ours: Body, theirs: Body, stored: Body, *, removes: bool) -> dict[str, Any]:
    changed = {
        name: value
        for name, value in theirs.items()
        if not _is_same(stored.get(name), value)
        and not _is_same(ours.get(name), value)
        and (name not in stored or _is_same(stored[name], ours.get(name)))
    }
    if removes:
        changed |= {
            name: None
            for name, value in ours.items()
            if name not in theirs and name in stored and _is_same(stored[name], value)
        }
    return changed


def _is_within(entry: Any, said: Any) -> bool:
    """Whether an entry holds nothing but what was said: nobody has added to it since."""
    if isinstance(entry, dict) and isinstance(said, dict):
        return all(_is_same(value, said.get(name)) for name, value in entry.items())
    return _is_same(entry, said)


def _is_same(one: Any, other: Any) -> bool:
    return bool(_frozen(one) == _frozen(other)) and isinstance(one, bool) is isinstance(other, bool)


def _may_be_empty(schema: type[BaseModel], name: str) -> bool:
    info = schema.model_fields.get(name)
    return info is not None and not info.is_required()
