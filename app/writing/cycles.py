"""Reject cycles of references between records, before the records are stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ARRAY, Table, Uuid, bindparam, text

from app.db.base import Record
from app.writing.batch import Batch, Draft, Row
from app.writing.plan import RecordPlan, Rows, plan_of

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Chain:
    """A reference between records of one collection, from column `lower` to column `upper` of `table`."""

    field: str
    table: Table
    lower: str
    upper: str
    kind: str | None = None
    """If given, only the rows of this kind are part of the chain."""


def chains_of(draft: Draft) -> list[Chain]:
    """The fields of a record that refer to records of the same collection and must not form cycles."""
    return _chains(draft.plan.model, draft.plan.schema)


@lru_cache(maxsize=256)
def _chains(model: type[Record], schema: type[BaseModel]) -> list[Chain]:
    plan = plan_of(model, schema)
    table = plan.table
    found = []
    for scalar in plan.scalars:
        if scalar.collection == plan.collection:
            found.append(Chain(scalar.name, table, "id", scalar.column))
    for rows in plan.rows:
        if rows.name in plan.model.__chains__ and rows.table is not table:
            upper = rows.link.column if rows.link is not None else rows.key[0]
            found.append(Chain(rows.name, rows.table, rows.owner_column, upper))
        elif kind := plan.model.__kind_chains__.get(rows.name):
            found.append(Chain(rows.name, rows.table, rows.owner_column, _reference(plan, rows) or "", kind))
    return found


def _reference(plan: RecordPlan, rows: Rows) -> str | None:
    """The column of a list of relations that refers to a record of the collection that has the list."""
    return next((scalar.column for scalar in rows.scalars if scalar.collection == plan.collection), None)


def report_self_references(batch: Batch, drafts: Iterable[Draft]) -> None:
    """Add an error for each relation of a record to itself, except in lists that `report_cycles` checks."""
    for draft in drafts:
        for plan in draft.plan.rows:
            column = _reference(draft.plan, plan)
            if column is None or plan.name in draft.plan.model.__chains__:
                continue
            for row in draft.rows.get(plan.name, ()):
                if row.values.get(column) == draft.id:
                    batch.violation(
                        f"`{plan.name}` of the {draft.name} names the {draft.kind.singular} itself",
                        row.pointer,
                        f"Name another {draft.kind.singular}, or remove this entry.",
                    )


async def report_cycles(batch: Batch, drafts: Iterable[Draft]) -> None:
    """Add an error for each cycle that the drafts of one collection would create. The message lists the records of the
    cycle.
    """
    by_chain: dict[Chain, list[Draft]] = {}
    for draft in drafts:
        for chain in chains_of(draft):
            by_chain.setdefault(chain, []).append(draft)
    for chain, among in by_chain.items():
        edges = _edges(chain, among)
        if edges:
            await _report_cycle(batch, chain, among, edges)


def _edges(chain: Chain, drafts: list[Draft]) -> dict[UUID, list[UUID]]:
    """The edges after this write. A record without edges has an empty list, which overrides its stored edges."""
    edges: dict[UUID, list[UUID]] = {}
    for draft in drafts:
        if chain.lower == "id":
            upper = draft.values.get(chain.upper)
            edges[draft.id] = [upper] if upper is not None else []
        elif chain.field in draft.rows:
            edges[draft.id] = [
                row.values[chain.upper] for row in draft.rows[chain.field] if _is_edge(chain, draft, row)
            ]
    return edges if any(edges.values()) else {}


def _is_edge(chain: Chain, draft: Draft, row: Row) -> bool:
    """Whether a row is part of a chain. A relation to the record itself is reported by `report_self_references`."""
    if chain.kind is None:
        return True
    return row.values["kind"] == chain.kind and row.values[chain.upper] not in (None, draft.id)


async def _report_cycle(batch: Batch, chain: Chain, drafts: list[Draft], edges: dict[UUID, list[UUID]]) -> None:
    stored = await _stored(batch, chain, drafts, edges)
    above = {**stored, **edges}
    names = {draft.id: draft.slug or "" for draft in drafts}
    reported: set[frozenset[UUID]] = set()
    for draft in drafts:
        cycle = _find_cycle(draft.id, above)
        if cycle is None or frozenset(cycle) in reported:
            continue
        reported.add(frozenset(cycle))
        missing = [member for member in cycle if member not in names]
        if missing:
            for row in await batch.select(draft.plan.table, "id", missing):
                names[row["id"]] = row["slug"]
        path = " → ".join(names[member] for member in [*cycle, cycle[0]])
        batch.violation(
            f"`{chain.field}` would create a cycle: {path}",
            _pointer(chain, draft, [*cycle, draft.id][1]),
            "Remove one of these references.",
        )


def _pointer(chain: Chain, draft: Draft, upper: UUID) -> str:
    """The place in the request of the reference to `upper`: the field, or the entry of another body that adds it."""
    field = f"{draft.pointer}/{chain.field}"
    rows = [row.pointer for row in draft.rows.get(chain.field, ()) if row.values.get(chain.upper) == upper]
    return next((pointer for pointer in rows if chain.kind or not pointer.startswith(field)), field)


async def _stored(
    batch: Batch, chain: Chain, drafts: list[Draft], edges: dict[UUID, list[UUID]]
) -> dict[UUID, list[UUID]]:
    """The stored edges that are reachable from the edges of the batch. If all drafts are new, no stored edge can refer
    to them.
    """
    if all(draft.is_new for draft in drafts if edges.get(draft.id) is not None):
        return {}
    starts = {upper for uppers in edges.values() for upper in uppers} - edges.keys()
    if not starts:
        return {}
    quoted = f'"{chain.table.name}"'
    of_kind = "AND kind = :kind" if chain.kind else ""
    # Table and column names come from the models, never from a request.
    query = f"""
        WITH RECURSIVE above AS (
            SELECT {chain.lower} AS lower, {chain.upper} AS upper FROM {quoted}
            WHERE {chain.lower} = ANY(:starts) AND {chain.upper} IS NOT NULL {of_kind}
            UNION
            SELECT t.{chain.lower}, t.{chain.upper} FROM {quoted} t JOIN above ON t.{chain.lower} = above.upper
            WHERE t.{chain.upper} IS NOT NULL {of_kind}
        ) SELECT lower, upper FROM above LIMIT {_MOST}
    """  # noqa: S608
    statement = text(query).bindparams(bindparam("starts", type_=ARRAY(Uuid)))
    found: dict[UUID, list[UUID]] = {}
    values = {"starts": list(starts), **({"kind": chain.kind} if chain.kind else {})}
    for lower, upper in await batch.connection.execute(statement, values):
        found.setdefault(lower, []).append(upper)
    return found


def _find_cycle(start: UUID, above: dict[UUID, list[UUID]]) -> list[UUID] | None:
    """A path from `start` back to `start`, or None if there is no such path."""
    seen: set[UUID] = set()
    path: list[tuple[UUID, Any]] = [(start, iter(above.get(start, ())))]
    while path:
        _, uppers = path[-1]
        upper = next(uppers, None)
        if upper is None:
            path.pop()
        elif upper == start:
            return [member for member, _ in path]
        elif upper not in seen:
            seen.add(upper)
            path.append((upper, iter(above.get(upper, ()))))
    return None
