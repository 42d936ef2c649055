"""Read many records of one collection by their keys, in one statement. If several keys identify the same record, it is
read once."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from pydantic import BaseModel
from sqlalchemy import ARRAY, CTE, Text, case, cast, column, func, literal_column, null, select, true, union_all

from app.db.alias import AnySelect, Expression, aliased
from app.db.base import Entry
from app.db.history import Head
from app.db.references import ExternalId, SlugAlias
from app.errors import ApiError, ProblemType, Violation, quoted
from app.reading.binding import Context, bound_values, slug_of
from app.reading.preparation import Prepared
from app.reading.projection import columns, row_as_json
from app.reading.read_spec import ReadSpec
from app.reading.reader import Reader
from app.reading.record_addresses import as_identifier
from app.reading.selection import Selection, check_cost, selection_key
from app.reading.selection import select as selected
from app.reading.unknown_names import MAX_HINTS

_HEAD = Head.__table__


@dataclass(frozen=True)
class BatchStatementKey:
    """The statement key of a batch."""

    collection: str
    schema: type[BaseModel]
    bound: frozenset[str]
    selected: Hashable
    selection: Selection = field(compare=False)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a batch. `data`: the JSON text of a record for each key that identifies one, in the order of the
    keys. All other keys are listed in `missing` or `withdrawn` with their position, counted from 0. `moved` lists the
    former keys."""

    data: list[str]
    missing: list[dict[str, Any]]
    withdrawn: list[dict[str, Any]]
    moved: list[dict[str, Any]]
    revision: int


async def read_batch(
    reader: Reader, name: str, keys: Sequence[str], query: Any, *, is_whole: bool = False
) -> BatchResult:
    """Read the records with these keys, as rows of a list or, with `is_whole`, as single records. `query`: the options of
    a single record, such as `include` and `fields`.

    Raises ApiError with all errors in `include` and `fields`; their places are JSON pointers into a request body.
    """
    collection = reader.collections[name]
    schema = collection.detail if is_whole else collection.row_with(query.fields)
    selection = _selection(reader, schema, query, len(keys))
    options, variants = bound_values(query)
    bound = {**options, "keys": [slug_of(key, name) if ":" not in key else key for key in keys]}
    statement_key = BatchStatementKey(name, schema, frozenset(bound), selection_key(selection), selection)
    statement = await reader.statements.get(Prepared(statement_key, bound, variants), _select)
    async with reader.connection() as connection:
        with reader.timed(statement_key):
            rows = await connection.fetch(statement.sql, *statement.arguments(bound))
    return await _sort_out(reader, name, keys, rows)


def violations_of_keys(reader: Reader, schema: type[BaseModel], sent: Mapping[str, object]) -> list[Violation]:
    """The errors in the paths of `include` and `fields` in a request body. Values that are not lists of strings are
    ignored here, because the schema of the body reports them."""
    violations: list[Violation] = []
    for name in ("include", "fields"):
        paths = sent.get(name)
        for place, path in enumerate(paths if isinstance(paths, list) else ()):
            if isinstance(path, str):
                request = {"include": None, "fields": None, name: [path]}
                _, wrong = selected(schema, request["include"], request["fields"], reader.summary, reader.bounds.depth)
                violations += (Violation(one.message, f"/{name}/{place}", hint=one.hint) for one in wrong)
    return violations


def _selection(reader: Reader, schema: type[BaseModel], query: Any, number: int) -> Selection:
    violations = violations_of_keys(reader, schema, {"include": query.include, "fields": query.fields})
    selection, _ = selected(schema, query.include, query.fields, reader.summary, reader.bounds.depth)
    if not violations:
        for one in check_cost(schema, selection, reader.summary, number, reader.bounds.cost):
            violations.append(Violation(one.message, "/include", hint="Send fewer keys or request fewer branches."))
    if violations:
        raise ApiError(ProblemType.INVALID, "The body is not valid.", violations)
    return selection


def _select(statement_key: BatchStatementKey, collection: ReadSpec, context: Context) -> AnySelect:
    """Select one row for each key and each record that it identifies. Only the first row of a record includes its
    JSON."""
    record = aliased(collection.model, name="r")
    named = _named(collection.name, context)
    body = (
        select(*columns(statement_key.schema, record, context, statement_key.selection))
        .where(record.id == named.c.id)
        .correlate(named)
    )
    of = aliased(collection.model, name="n")
    # If several keys identify a record, its JSON is built once, because CASE does not evaluate the expression for other
    # rows.
    is_first = func.row_number().over(partition_by=named.c.id, order_by=named.c.place) == literal_column("1")
    body_json = case((is_first & of.withdrawn_at.is_(None), cast(row_as_json(body), Text)), else_=null())
    rows = (
        select(
            named.c.place,
            named.c.is_former,
            of.slug,
            cast(of.id, Text).label("id"),
            of.withdrawn_at,
            of.withdrawn_reason,
            body_json.label("body"),
        )
        .select_from(named)
        .join(of, of.id == named.c.id)
        .subquery("gathered")
    )
    return (
        select(_HEAD.c.revision, *rows.c).select_from(_HEAD).outerjoin(rows, true()).order_by(rows.c.place, rows.c.slug)
    )


def _named(collection: str, context: Context) -> CTE:
    """Select the place of each key, the id of the record that it identifies, and whether it is a former key. A former
    key belonged to this record or to a record merged into it."""
    keys = (
        func.unnest(context.parameter("keys", ARRAY(Text)))
        .table_valued(column("key", Text), with_ordinality="place", name="requested")
        .render_derived()
    )
    entry, alias, external = aliased(Entry), aliased(SlugAlias), aliased(ExternalId)
    place, key = keys.c.place, keys.c.key
    here = entry.collection == collection
    now: Expression = literal_column("false").label("is_former")
    before: Expression = literal_column("true")
    return union_all(
        select(place, entry.id, now).select_from(keys).join(entry, here & (entry.slug == key)),
        select(place, alias.record_id, before)
        .select_from(keys)
        .join(alias, (alias.collection == collection) & (alias.slug == func.lower(key))),
        select(place, entry.id, now).select_from(keys).join(entry, here & (entry.id == as_identifier(key))),
        select(place, entry.id, now)
        .select_from(keys)
        .join(
            external,
            (external.scheme == func.split_part(key, ":", 1))
            & (external.value == func.substr(key, func.strpos(key, ":") + 1)),
        )
        .join(entry, here & (entry.id == external.record_id)),
    ).cte("named")


async def _sort_out(reader: Reader, name: str, keys: Sequence[str], rows: list[asyncpg.Record]) -> BatchResult:
    """Assign each key to the part of the result that it belongs to."""
    found: dict[int, list[asyncpg.Record]] = {}
    bodies: dict[str, str] = {}
    for row in rows:
        if row["place"] is not None:
            found.setdefault(row["place"] - 1, []).append(row)
            if row["body"] is not None:
                bodies[row["id"]] = row["body"]
    result = BatchResult([], [], [], [], rows[0]["revision"])
    unknown: list[dict[str, object]] = []
    for position, key in enumerate(keys):
        matches = found.get(position, [])
        # Current slugs take precedence over former slugs, and records in use over withdrawn records.
        matches = [row for row in matches if not row["is_former"]] or matches
        live = [row for row in matches if row["withdrawn_at"] is None]
        where: dict[str, object] = {"key": key, "position": position}
        if not matches:
            unknown.append({**where, "hint": None})
            result.missing.append(unknown[-1])
        elif len(live) > 1:
            alike = ", ".join(quoted(row["slug"]) for row in live)
            result.missing.append(
                {**where, "hint": f"It identifies {len(live)} records. Use the slug of one: {alike}."}
            )
        elif not live:
            withdrawn = matches[0]
            withdrawal = {
                "slug": withdrawn["slug"],
                "at": withdrawn["withdrawn_at"],
                "reason": withdrawn["withdrawn_reason"],
            }
            result.withdrawn.append({**where, **withdrawal})
        else:
            result.data.append(bodies[live[0]["id"]])
        if matches and matches[0]["is_former"]:
            result.moved.append({**where, "slug": matches[0]["slug"]})
    if unknown:
        await _add_hints(reader, name, unknown[:MAX_HINTS])
    return result


async def _add_hints(reader: Reader, name: str, unknown: list[dict[str, Any]]) -> None:
    """Add the most similar slug to each of these keys, with one statement."""
    async with reader.connection() as connection:
        near = await connection.fetch(_NEAREST, name, [one["key"][:100] for one in unknown])
    for one, row in zip(unknown, near, strict=True):
        one["hint"] = f"Did you mean {quoted(row['slug'])}?" if row["slug"] else None


_NEAREST = """
SELECT (SELECT slug FROM entry WHERE collection = $1 AND slug % requested.key
        ORDER BY similarity(slug, requested.key) DESC, slug LIMIT 1) AS slug
FROM unnest($2::text[]) WITH ORDINALITY AS requested(key, place) ORDER BY place
"""
