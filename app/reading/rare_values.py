"""Choose the strategy for a filter through other tables, such as responses by their citations.

A sorted list can be read from an index in the sort order until the page is full ("scan"), or the records can be looked
up from the values and then sorted ("lookup"). For a publisher that a tenth of all responses cite, the scan takes 4 ms
and the lookup 150 ms. For a publisher that no response cites, the scan reads every response with its citations (430 ms
for 150,000 responses), while the lookup reads nothing. PostgreSQL uses one plan for all values, so the statement
contains both strategies and counts rows to choose one of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    FromClause,
    Subquery,
    Text,
    Uuid,
    and_,
    func,
    literal_column,
    not_,
    select,
    true,
    union_all,
)

from app.db.alias import AnySelect, Columns, Expression, aliased
from app.db.base import Record
from app.reading.conditions import filter_condition
from app.reading.filter_clause import FilterClause
from app.reading.filters import Built, Equal, FilterCondition, Overlaps, To
from app.reading.relationships import is_relationship, only_in_use, relationship_of, role_conditions
from app.reading.statement_keys import ListStatementKey, sort_directions

#: Up to this number of rows per step, the lookup is faster than the scan.
FEW = 2_000

#: Whether a column has one of the requested values.
Test = Callable[[Expression], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """The lookup of records from the values of a filter. `steps`: the ids found in each step of the filter's paths, at
    most `FEW` + 1 per step. `records`: the ids of the records, possibly with duplicates."""

    steps: list[CTE] = field(default_factory=list)
    records: list[CTE] = field(default_factory=list)


def lookup_of(statement_key: ListStatementKey, clause: FilterClause) -> Lookup | None:
    """The lookup for the first requested filter with `looked_up`; None if there is no such filter."""
    if statement_key.size == 0:
        return None
    for name, marker in clause.filters:
        if (
            (marker.lookup if isinstance(marker, Built) else getattr(marker, "looked_up", False))
            and (name in clause.targets or name in statement_key.bound)
            and f"{name}_null" not in statement_key.bound
        ):
            lookup = Lookup()
            record = aliased(clause.collection.model)
            if isinstance(marker, Built) and marker.looked_up_rows is not None:
                lookup.records.append(_add_step(lookup, _owners_of_rows(name, marker.looked_up_rows, clause)))
                return lookup
            if isinstance(marker, Built) or (isinstance(marker, Overlaps) and _is_own(record, marker.column or name)):
                matches = filter_condition(name, marker, record, clause.context, clause.targets, reads_all=True)
                lookup.records.append(_add_step(lookup, select(record.id).where(matches)))
                return lookup
            assert isinstance(marker, Equal | Overlaps | To)
            paths = marker.path if isinstance(marker, To) else marker.column or name
            for path in (paths,) if isinstance(paths, str) else paths:
                first, *steps = path.split(".")
                lookup.records.append(_record_ids(lookup, clause, first, steps, _has_value(name, marker, clause)))
            return lookup
    return None


def _is_own(record: Columns, path: str) -> bool:
    """Whether the path is a column of the record itself."""
    return not is_relationship(record, path.partition(".")[0])


def _has_value(name: str, marker: Equal | Overlaps | To, clause: FilterClause) -> Test:
    """Return a test for whether a column at the end of a path has one of the requested values."""
    if isinstance(marker, Overlaps):
        values = clause.context.parameter(name, ARRAY(Text))
        return lambda column: column.bool_op("@>" if marker.every else "&&")(values)
    value = clause.context.parameter(name) if isinstance(marker, Equal) else clause.targets[name].array
    return lambda column: column == func.any(value)


def choose_lookup_or_scan(
    statement_key: ListStatementKey, lookup: Lookup, every: Callable[[Expression], AnySelect], scanned: FromClause
) -> Subquery:
    """The keys of the page, by lookup or by scan. `every`: returns a SELECT of the keys of all matches among some ids;
    `scanned`: the keys in the order of the list."""
    counts = [select(func.count()).select_from(step).scalar_subquery() for step in lookup.steps]
    are_few = and_(*(count <= literal_column(str(FEW)) for count in counts))
    probe = select(are_few.label("are_few")).cte("rare_probe").prefix_with("MATERIALIZED")
    few = select(probe.c.are_few).scalar_subquery()
    ids = union_all(*(select(found.c.id) for found in lookup.records)).subquery("ids")
    # OFFSET prevents the planner from using the index in the sort order for the outer LIMIT.
    listed = every(_array(select(ids.c.id))).offset(literal_column("0")).subquery("every")
    rare = (
        select(*listed.c)
        .where(few)
        .order_by(*sort_directions(list(listed.c), statement_key.order))
        .limit(literal_column(str(statement_key.size)))
        .subquery("listed")
    )
    return union_all(select(*rare.c), select(*scanned.c).where(not_(few))).subquery("found")


def _record_ids(lookup: Lookup, clause: FilterClause, first: str, rest: list[str], has_value: Test) -> CTE:
    """The ids of the records whose path ends in a requested value."""
    model = clause.collection.model
    found = _step_ids(lookup, model, first, rest, has_value)
    ((here, _),) = relationship_of(model, first).local_remote_pairs or ()
    if here.primary_key:
        return found
    # The foreign key is a column of the record. For example, a talk stores the id of its place.
    record = aliased(model)
    return _add_step(lookup, _look_up_each(select(record.id), getattr(record, str(here.key)), found))


def _step_ids(lookup: Lookup, model: Columns | type[Record], step: str, rest: list[str], has_value: Test) -> CTE:
    """Find the rows at the end of a step whose remaining path ends in a requested value. The result lists the keys that
    join these rows to the rows at the beginning of the step."""
    relation = relationship_of(model, step)
    target = aliased(relation.entity.class_)
    ((_, there),) = relation.local_remote_pairs or ()
    rows = select(getattr(target, str(there.key)).label("id")).where(
        *only_in_use(relation, target), *role_conditions(relation, target)
    )
    if len(rest) == 1:
        return _add_step(lookup, rows.where(has_value(getattr(target, rest[0]))))
    inner = _step_ids(lookup, target, rest[0], rest[1:], has_value)
    ((here, _),) = relationship_of(target, rest[0]).local_remote_pairs or ()
    return _add_step(lookup, _look_up_each(rows, getattr(target, str(here.key)), inner))


def _owners_of_rows(name: str, rows: tuple[str, FilterCondition], clause: FilterClause) -> AnySelect:
    """The ids of the records with a row that meets the condition."""
    relationship, matches = rows
    relation = relationship_of(clause.collection.model, relationship)
    row = aliased(relation.entity.class_)
    ((_, there),) = relation.local_remote_pairs or ()
    owners: AnySelect = select(getattr(row, str(there.key)).label("id"))
    is_match = matches(row, clause.context.parameter(name), clause.context)
    return owners.where(*only_in_use(relation, row), *role_conditions(relation, row), is_match)


def _look_up_each(rows: AnySelect, key: Expression, found: CTE) -> AnySelect:
    """The rows with a key that a step has found. The keys are looked up one at a time, so that the limit of the step
    can end the lookup early. In one join, PostgreSQL would read every row of a frequent value first (100 ms for 500,000
    talks)."""
    each = rows.where(key == found.c.id).limit(literal_column(str(FEW + 1))).lateral("each")
    return select(each.c.id).select_from(found.join(each, true()))


def _add_step(lookup: Lookup, rows: AnySelect) -> CTE:
    """Add a step to the lookup, limited to one row more than `FEW`."""
    name = f"step_{len(lookup.steps)}"
    found = rows.limit(literal_column(str(FEW + 1))).cte(name).prefix_with("MATERIALIZED")
    lookup.steps.append(found)
    return found


def _array(rows: AnySelect) -> Expression:
    """The ids as an array, which PostgreSQL looks up by index; for a join the planner might read a whole table."""
    return func.array(rows.scalar_subquery(), type_=ARRAY(Uuid))
