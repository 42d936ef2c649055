"""Computes the changes that a new statement of a data set makes to a stored record. The statement changes only values
that the data set itself stated before.

Three versions of the record are compared: what the data set stated last (`old`), what it states now (`new`), and what
is stored (`current`). If the data set states the same value as before for a field or list entry, the stored value is
not touched, whoever has changed it meanwhile. If the data set states a new value, it replaces the stored value, unless
somebody else has changed the stored value; then the stored value is kept and the difference is reported. Fields without
a value are filled.

Bodies are JSON as the write schemas accept it, without nested records. Bodies refer to other records by current slugs.
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

#: Fields with an object whose members are compared one by one.
_BY_MEMBER = frozenset({"coded_from"})


@dataclass(frozen=True, slots=True)
class UnappliedValue:
    """A value in the file that is not applied, because somebody else has set another value."""

    field: str
    value: Any
    stored: Any
    names: str | None
    """The list of names to which the value is added; None = it is added to no list."""
    previous: Any
    """The value of the data set that was applied before; None = no value was applied."""


@dataclass(slots=True)
class Claims:
    """What data sets state about one record. `old` is what this data set stated before; `others` is what all other data
    sets state; `preceding` is what the data sets state that have precedence over this data set."""

    old: Body | None
    others: Sequence[Body] = ()
    preceding: Sequence[Body] = ()
    is_returning: bool = False
    """Whether the record was missing from an earlier file, so that values from the data set may have been removed."""


@dataclass(slots=True)
class StatementPatch:
    """The merge patch (RFC 7396) with which a statement changes the stored body, and the values that are not
    applied."""

    patch: dict[str, Any] = field(default_factory=dict)
    differences: list[UnappliedValue] = field(default_factory=list)


def normalized(kind: WriteSpec, body: Body) -> dict[str, object]:
    """Return the body as it would be stored: with values normalized by the schema, and without fields that have their
    default value.

    A body that is not valid by itself, because several rows complete it, is returned unchanged.
    """
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
    dropped: Iterable[str] = (),
) -> StatementPatch:
    """Compute what the new statement changes.

    `keeps` maps fields that keep a different stored value to the list of names to which the new value is added.
    `dropped` lists the fields that the data set no longer states if the new statement omits them.
    """
    plan = plan_of(kind.model, kind.schema)
    lists = {rows.name: rows for rows in plan.rows}
    result = StatementPatch()
    old = claims.old or {}
    dropped = frozenset(dropped)
    for name in dict.fromkeys((*new, *(one for one in old if one in dropped))):
        if name == "slug":
            continue
        old_value, new_value, stored = old.get(name), new.get(name), current.get(name)
        if _is_same(old_value, new_value) and not claims.is_returning:
            continue
        if isinstance(new_value, list) or (new_value is None and isinstance(old_value, list)):
            entries = _Entries(lists.get(name), [body.get(name) or [] for body in claims.others], claims.is_returning)
            becomes = entries.merged(stored or [], old_value or [], new_value or [], removes=name in dropped)
            if becomes != (stored or []):
                result.patch[name] = becomes
        elif name in _BY_MEMBER:
            members = _changed_members(old_value or {}, new_value or {}, stored or {}, removes=name in dropped)
            if members:
                result.patch[name] = members
        elif new_value is None:
            is_stated = any(_is_same(body.get(name), stored) for body in claims.others)
            if (
                stored is not None
                and _is_same(stored, old_value)
                and not is_stated
                and _may_be_empty(kind.schema, name)
            ):
                result.patch[name] = None
        else:
            _change_scalar(kind, result, name, (old_value, new_value, stored), claims, keeps)
    _add_names(result, current)
    return result


def _change_scalar(
    kind: WriteSpec,
    result: StatementPatch,
    name: str,
    values: tuple[object, object, object],
    claims: Claims,
    keeps: Mapping[str, str | None],
) -> None:
    old_value, new_value, stored = values
    default = defaults_of(kind.schema).get(name)
    if _is_same(new_value, default if stored is None else stored):
        return
    is_free = stored is None and default is None
    is_own = old_value is not None and _is_same(stored if stored is not None else default, old_value)
    is_preceded = any(_is_same(body.get(name), stored) for body in claims.preceding if body.get(name) is not None)
    if is_free or (is_own and not is_preceded):
        result.patch[name] = new_value
    else:
        current = stored if stored is not None else default
        result.differences.append(UnappliedValue(name, new_value, current, keeps.get(name), old_value))


def _add_names(result: StatementPatch, current: Body) -> None:
    """If the value of a name field was not applied, add it to the further names of the record."""
    for difference in result.differences:
        if difference.names is None:
            continue
        body = {**current, **result.patch}
        names = with_names(body, difference.field, difference.names, [{"text": difference.value}])
        if names != (body.get(difference.names) or []):
            result.patch[difference.names] = names


def union(old: Body | None, new: Body, kind: WriteSpec) -> dict[str, Any]:
    """Return what a data set has stated so far while its file is being read. Nothing is removed from the old statement
    before the end of the file."""
    if old is None:
        return dict(new)
    lists = {rows.name: rows for rows in plan_of(kind.model, kind.schema).rows}
    joined = {**old, **new}
    for name, value in new.items():
        if isinstance(value, list) and isinstance(old.get(name), list):
            new_keys = _by_key(lists.get(name), value)
            joined[name] = [
                *value,
                *(one for key, one in _by_key(lists.get(name), old[name]).items() if key not in new_keys),
            ]
        elif name in _BY_MEMBER and isinstance(value, Mapping):
            joined[name] = {**(old.get(name) or {}), **value}
    return joined


class _Entries:
    """Merges the lists of one field entry by entry. Entries are matched by their natural keys."""

    def __init__(self, rows: Rows | None, others: Sequence[Sequence[object]], is_returning: bool) -> None:
        self.rows = rows
        self.others = others
        self.is_returning = is_returning

    def merged(
        self, current: Sequence[object], old: Sequence[object], new: Sequence[object], *, removes: bool
    ) -> list[Any]:
        """Return the new list. If all stored entries come from the data set, the list has the order of the file;
        otherwise it has the stored order, with new entries last."""
        stored = _by_key(self.rows, current)
        old_entries, new_entries = (_by_key(self.rows, entries, stored) for entries in (old, new))
        others = {key for entries in self.others for key in _by_key(self.rows, entries, stored)}
        is_all_own = list(stored) == list(old_entries) and all(
            _is_within(stored[key], old_entries[key]) for key in stored
        )
        if removes and is_all_own and not any(key in others and key not in new_entries for key in stored):
            return [self._entry(stored.get(key), old_entries.get(key), new_entries[key]) for key in new_entries]
        result = []
        for key, entry in stored.items():
            if key in new_entries:
                result.append(self._entry(entry, old_entries.get(key), new_entries[key]))
            elif not (removes and key in old_entries and key not in others and _is_within(entry, old_entries[key])):
                result.append(entry)
        # An entry that the data set stated before, and that somebody removed, is not added again.
        result += [
            entry
            for key, entry in new_entries.items()
            if key not in stored and (self.is_returning or not _is_same(old_entries.get(key), entry))
        ]
        return result

    def _entry(self, stored: object, old: object, new: object) -> object:
        if stored is None or not isinstance(stored, dict) or not isinstance(new, dict):
            return new if stored is None else stored
        result = dict(stored)
        for name, value in new.items():
            before = old.get(name) if isinstance(old, dict) else None
            is_own = old is not None and _is_same(stored.get(name), before)
            if not _is_same(before, value) and (stored.get(name) is None or is_own):
                result[name] = value
        return result


def _by_key(rows: Rows | None, entries: Sequence[object], stored: Mapping[Any, object] | None = None) -> dict[Any, Any]:
    """Return the entries of a list by their natural keys. An entry without a natural key is listed by all its values.

    An entry whose key is generated when it is stored gets the key of the `stored` entry with the same values.
    """
    fields = [one.name for one in rows.scalars if one.column in rows.key] if rows is not None else []
    is_keyed = rows is not None and rows.item is not None and len(fields) == len(rows.key)
    found: dict[Any, Any] = {}
    for entry in entries:
        normalized_entry = {fields[0]: entry} if is_keyed and isinstance(entry, str) and len(fields) == 1 else entry
        key: Any = _hashable(normalized_entry)
        if is_keyed and isinstance(normalized_entry, dict):
            natural_key = tuple(_hashable(normalized_entry.get(name)) for name in fields)
            if any(one is not None for one in natural_key):
                key = natural_key
            else:
                matches = (
                    one
                    for one, other in (stored or {}).items()
                    if one not in found and _is_within(normalized_entry, other)
                )
                key = next(matches, key)
        found.setdefault(key, normalized_entry)
    return found


def _hashable(value: object) -> object:
    if isinstance(value, Mapping):
        return tuple(sorted((name, _hashable(one)) for name, one in value.items() if one is not None))
    if isinstance(value, list | tuple):
        return tuple(_hashable(one) for one in value)
    return round(value, 6) if isinstance(value, float) else value


def _changed_members(old: Body, new: Body, stored: Body, *, removes: bool) -> dict[str, object]:
    changed = {
        name: value
        for name, value in new.items()
        if not _is_same(stored.get(name), value)
        and not _is_same(old.get(name), value)
        and (name not in stored or _is_same(stored[name], old.get(name)))
    }
    if removes:
        changed |= {
            name: None
            for name, value in old.items()
            if name not in new and name in stored and _is_same(stored[name], value)
        }
    return changed


def _is_within(entry: object, stated: object) -> bool:
    """Return whether an entry contains nothing beyond `stated`, that is, whether nobody has added to it meanwhile."""
    if isinstance(entry, dict) and isinstance(stated, dict):
        return all(_is_same(value, stated.get(name)) for name, value in entry.items())
    return _is_same(entry, stated)


def _is_same(one: object, other: object) -> bool:
    return bool(_hashable(one) == _hashable(other)) and isinstance(one, bool) is isinstance(other, bool)


def _may_be_empty(schema: type[BaseModel], name: str) -> bool:
    info = schema.model_fields.get(name)
    return info is not None and not info.is_required()
