"""Turn stored records back into request bodies, by the same plan that writes them. Used for patches and exports."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table

from app.db.base import Entry
from app.db.references import Issue
from app.db.tables import table_of
from app.writing.mentions import ANY
from app.writing.plan import NestedRecords, RecordPlan, Rows, Scalar, plan_of
from app.writing.write_spec import WriteSpec

Values = dict[str, Any]
#: Reads the rows of a table in which a column has one of the given values (`Batch.select`).
Select = Callable[[Table, str, Iterable[Any]], Awaitable[list[Values]]]


async def bodies_of(
    select: Select,
    kinds: Mapping[str, WriteSpec],
    kind: WriteSpec,
    ids: Sequence[UUID],
    *,
    with_citations: bool = False,
) -> list[Values]:
    """The bodies of stored records, in the order of `ids`. Sending such a body with PUT would change nothing.

    References are slugs (for issues: codes). Fields with their default values and nested records are omitted; citations
    are included only if `with_citations` is true.
    """
    plan = plan_of(kind.model, kind.schema)
    reading = _StoredRows(select)
    stored = {row["id"]: row for row in await select(plan.table, "id", ids)}
    await reading.read(plan.rows, stored)
    await reading.name([(plan, stored.values())])
    bodies: dict[UUID, Values] = {}
    for key in ids:
        row = stored[key]
        body = {"slug": row["slug"], **reading.body(kind.schema, plan.scalars, plan.rows, row)}
        bodies[key] = body
    if kind.recall is not None:
        await kind.recall(select, bodies, stored)
    if with_citations:
        await _add_citations(select, kinds, reading, plan, bodies)
    return [bodies[key] for key in ids]


async def _add_citations(
    select: Select,
    kinds: Mapping[str, WriteSpec],
    reading: "_StoredRows",
    plan: RecordPlan,
    bodies: dict[UUID, Values],
) -> None:
    nested: NestedRecords = next(item for item in plan.nested if item.name == "citations")
    inner = plan_of(kinds[nested.collection].model, nested.schema)
    rows = await select(inner.table, nested.owner_column, bodies)
    rows = sorted((row for row in rows if row["withdrawn_at"] is None), key=lambda row: row["key"])
    await reading.read(inner.rows, [row["id"] for row in rows])
    await reading.name([(inner, rows)])
    for row in rows:
        body = reading.body(nested.schema, inner.scalars, inner.rows, row)
        bodies[row[nested.owner_column]].setdefault("citations", []).append(body)


class _StoredRows:
    """The stored rows from which bodies are built, and the slugs of the records that these rows mention."""

    def __init__(self, select: Select) -> None:
        self.select = select
        self.inside: dict[tuple[str, str], dict[UUID, list[Values]]] = {}
        self.names: dict[UUID, tuple[str, str]] = {}

    async def read(self, plans: Iterable[Rows], owners: Iterable[UUID]) -> None:
        """Read the rows of these lists, and of the lists inside them."""
        for plan in plans:
            place = (plan.table.name, plan.owner_column)
            if place in self.inside:
                continue
            by_owner: dict[UUID, list[Values]] = {owner: [] for owner in owners}
            rows = await self.select(plan.table, plan.owner_column, by_owner)
            for row in rows:
                by_owner[row[plan.owner_column]].append(row)
            for owner, several in by_owner.items():
                if len(several) > 1:
                    by_owner[owner] = plan.in_order(several)
            self.inside[place] = by_owner
            if plan.rows:
                await self.read(plan.rows, [row["id"] for row in rows])

    async def name(self, groups: Iterable[tuple[RecordPlan, Iterable[Values]]]) -> None:
        """Look up the slugs of all records that the rows mention, with at most two statements."""
        wanted: set[UUID] = set()
        for plan, rows in groups:
            wanted |= {row[s.column] for s in plan.scalars if s.collection for row in rows}
            for inner in _all_rows(plan.rows):
                columns = [s.column for s in (*inner.scalars, *filter(None, [inner.link])) if s.collection]
                for found in self.inside.get((inner.table.name, inner.owner_column), {}).values():
                    wanted |= {row[column] for row in found for column in columns}
        wanted -= {None, *self.names}
        if not wanted:
            return
        issues = []
        for entry in await self.select(table_of(Entry), "id", wanted):
            self.names[entry["id"]] = (entry["collection"], entry["slug"])
            if entry["collection"] == "issues":
                issues.append(entry["id"])
        if issues:
            for issue in await self.select(table_of(Issue), "id", issues):
                self.names[issue["id"]] = ("issues", issue["code"])

    def body(self, schema: type[BaseModel], scalars: Iterable[Scalar], rows: Iterable[Rows], row: Values) -> Values:
        """One body, without the fields that have their default values."""
        body = {field.name: self._value(field, row) for field in scalars}
        for plan in rows:
            found = self.inside[(plan.table.name, plan.owner_column)].get(row["id"], [])
            body[plan.name] = self._list(plan, found)
        return _without_defaults(schema, body)

    def _list(self, plan: Rows, found: list[Values]) -> list[Any]:
        rows_of_list = [row for row in found if all(row[name] == value for name, value in plan.constants.items())]
        if plan.link is not None:
            return [str(name) for row in rows_of_list if (name := self._value(plan.link, row)) is not None]
        item = plan.item
        assert item is not None
        if not plan.has_position:
            rows_of_list = sorted(
                rows_of_list, key=lambda row: [str(self._value(s, row)) for s in plan.scalars if s.column in plan.key]
            )
        bodies = [self.body(item, plan.scalars, plan.rows, row) for row in rows_of_list]
        if plan.sibling is not None:
            keys = {row["id"]: row["key"] for row in rows_of_list}
            for body, row in zip(bodies, rows_of_list, strict=True):
                if (above := row[f"{plan.sibling}_id"]) is not None:
                    body[plan.sibling] = keys[above]
        return bodies

    def _value(self, field: Scalar, row: Values) -> Any:
        value = row[field.column]
        if field.collection is not None and value is not None:
            # Under `known_by`, a record that was not public yet has no name here, and the mention is omitted.
            if (named := self.names.get(value)) is None:
                return None
            collection, slug = named
            return f"{collection}/{slug}" if field.collection == ANY else slug
        if isinstance(value, Decimal):
            return float(value)
        return value


@lru_cache(maxsize=512)
def defaults_of(schema: type[BaseModel]) -> dict[str, object]:
    """The default values of a schema's optional fields.

    They are cached because Pydantic inspects the signature of each default factory on every call, which took three quarters
    of the time of `bodies_of`.
    """
    return {
        name: info.get_default(call_default_factory=True)
        for name, info in schema.model_fields.items()
        if not info.is_required()
    }


def _without_defaults(schema: type[BaseModel], body: Mapping[str, object]) -> Values:
    """The fields that do not have their default values."""
    defaults = defaults_of(schema)
    return {name: value for name, value in body.items() if name not in defaults or value != defaults[name]}


def normalized_body(plan: RecordPlan, body: Mapping[str, object]) -> Values:
    """A body normalized as `bodies_of` would return it: without default values, lists in the order of a response.

    Bodies with equal results have the same content. The reverse is not true, because a record may be mentioned by
    several keys.
    """
    lists = {rows.name: rows for rows in plan.rows}
    shaped = {
        name: _normalized_list(lists[name], value) if name in lists and isinstance(value, list) else value
        for name, value in body.items()
    }
    return _without_defaults(plan.schema, shaped)


def _normalized_list(plan: Rows, items: list[Any]) -> list[object]:
    if plan.link is not None:
        return list(dict.fromkeys(map(str, items)))
    if plan.item is None or not all(isinstance(item, dict) for item in items):
        return items
    if not plan.has_position:
        keys = [scalar.name for scalar in plan.scalars if scalar.column in plan.key]
        items = sorted(items, key=lambda item: [str(item.get(name)) for name in keys])
    if plan.ranks is not None:
        column, words = plan.ranks
        items = sorted(items, key=lambda item: words.index(item[column]) if item.get(column) in words else len(words))
    inner = {rows.name: rows for rows in plan.rows}
    return [
        _without_defaults(
            plan.item,
            {
                name: _normalized_list(inner[name], value) if name in inner and isinstance(value, list) else value
                for name, value in item.items()
            },
        )
        for item in items
    ]


def _all_rows(plans: Iterable[Rows]) -> Iterable[Rows]:
    for plan in plans:
        yield plan
        yield from _all_rows(plan.rows)


def patched(schema: type[BaseModel], body: Values, patch: Mapping[str, object]) -> Values:
    """Apply a merge patch to the body of a stored record. Unknown fields are kept even if they are null, so that they are
    reported."""
    unknown = {name: value for name, value in patch.items() if name not in schema.model_fields}
    result: Values = {**merged(body, patch), **unknown}
    return result


def merged(body: object, patch: object) -> Any:
    """Apply a merge patch (RFC 7396): objects are merged, null removes a member, any other value replaces it."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(body) if isinstance(body, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
