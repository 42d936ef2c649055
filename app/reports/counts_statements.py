"""The statement of `/v1/reports/counts`: the facets of a list, joined record by record and counted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import (
    ARRAY,
    CTE,
    FromClause,
    Integer,
    Text,
    cast,
    distinct,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.expression import exists

from app.db.alias import AnySelect, Expression
from app.db.tables import RECORDS
from app.reading.binding import Context
from app.reading.facets import COUNTED, facet_rows, matched_records, place_in_tree
from app.reading.filter_clause import FilterClause, build_filter_clause
from app.reading.filters import Filter, To
from app.reading.keys import count_named
from app.reading.preparation import Prepared
from app.reading.projection import as_json_list
from app.reading.query import facets_of
from app.reading.read_spec import ReadSpec
from app.reading.statement_keys import ListStatementKey
from app.reading.statements import head

#: Maximum number of cells of one answer.
MAX_CELLS = 10_000


def at_level(prepared: Prepared, level: int) -> Prepared:
    """The same query, in which facets with a hierarchy have only the values of one level."""
    statement_key = prepared.statement_key
    assert isinstance(statement_key, ListStatementKey)
    key = replace(statement_key, bound=statement_key.bound | {"level"})
    return replace(prepared, statement_key=key, bound={**prepared.bound, "level": level})


def has_levels(marker: Filter) -> bool:
    """Whether the facet counts a record for each value above its own value too."""
    return isinstance(marker, To) and marker.below


@dataclass(frozen=True, slots=True)
class _Axis:
    """One facet of the table: its values with their places in the hierarchy, and the rows (record, value)."""

    values: AnySelect
    rows: FromClause


def select_counts(statement_key: ListStatementKey, collection: ReadSpec, context: Context) -> AnySelect:
    """The statement returns one row: the values of each facet, the cells, the number of records that match, and the
    number of records in the cells."""
    clause = build_filter_clause(statement_key, collection, context)
    matched, trees = matched_records(clause), dict[str, CTE]()
    known = facets_of(statement_key.query)
    axes = [
        _axis(number, name, known[name], matched, clause, trees) for number, name in enumerate(statement_key.facets)
    ]
    placed = _placed([axis.rows for axis in axes])
    values = [placed.c[f"value_{number}"] for number in range(len(axes))]
    # No record is twice in a cell, because each facet has distinct rows.
    cells = (
        select(func.json_build_array(*values, func.count()).label("cell"))
        .group_by(*values)
        .order_by(*(key.collate("C").asc().nulls_last() for key in values))
        .limit(literal_column(str(MAX_CELLS + 1)))
        .subquery("cells")
    )
    of = select(func.count()).select_from(matched).scalar_subquery()
    return select(
        *(cast(as_json_list(axis.values), Text).label(f"values_{number}") for number, axis in enumerate(axes)),
        select(cast(func.coalesce(func.json_agg(cells.c.cell), literal_column("'[]'::json")), Text))
        .scalar_subquery()
        .label("cells"),
        of.label("found"),
        (of < literal_column(str(COUNTED))).label("is_exact"),
        select(func.count(distinct(placed.c.record_id))).scalar_subquery().label("in_cells"),
        *head(),
        *count_named(clause.targets),
    )


def _placed(axes: Sequence[FromClause]) -> CTE:
    """Select a row for each record and each combination of its values on the axes.

    The values of a record are collected and then combined. A join of the axes would be a nested loop under `known_by`, because
    the planner expects one record there."""
    every = union_all(
        *(
            select(axis.c.record_id, literal_column(str(number), Integer).label("axis"), axis.c.value)
            for number, axis in enumerate(axes)
        )
    ).subquery("every_value")
    collected = [
        func.array_agg(every.c.value, type_=ARRAY(Text))
        .filter(every.c.axis == literal_column(str(number)))
        .label(f"values_{number}")
        for number in range(len(axes))
    ]
    of_record = select(every.c.record_id, *collected).group_by(every.c.record_id).subquery("of_record")
    each = [
        func.unnest(of_record.c[f"values_{number}"], type_=Text)
        .table_valued(f"value_{number}")
        .render_derived()
        .lateral(f"each_{number}")
        for number in range(len(axes))
    ]
    joined: FromClause = of_record
    for one in each:
        joined = joined.join(one, true())
    return (
        select(of_record.c.record_id, *(one.c[f"value_{number}"] for number, one in enumerate(each)))
        .select_from(joined)
        .cte("placed")
    )


def _axis(number: int, name: str, marker: Filter, matched: CTE, clause: FilterClause, trees: dict[str, CTE]) -> _Axis:
    found = facet_rows(name, marker, matched, clause, trees)
    value = cast(found.value, Text).label("value")
    all_rows = (
        found.rows.add_columns(found.record_id.label("record_id"), value, *found.of_record)
        .distinct()
        .cte(f"axis_{number}")
    )
    none: Expression = literal_column("NULL")
    label: Expression = all_rows.c.label if found.of_record else cast(none, Text)
    own_id = [all_rows.c.id] if found.of_record else []
    shown = select(all_rows.c.value, label.label("label"), *own_id).distinct().cte(f"shown_{number}")
    level: Expression = cast(none, Integer)
    parent: Expression = cast(none, Text)
    if isinstance(marker, To) and hasattr(RECORDS[marker.collection], "__below__"):
        level, parent = place_in_tree(f"{number}", shown, RECORDS[marker.collection])
    values = select(shown.c.value, shown.c.label, level.label("level"), parent.label("parent")).cte(f"values_{number}")
    rows: FromClause = all_rows
    if has_levels(marker) and "level" in clause.context.bound:
        requested = clause.context.parameter("level", Integer())
        there = exists().where(values.c.value == all_rows.c.value, values.c.level == requested)
        rows = select(all_rows.c.record_id, all_rows.c.value).where(or_(all_rows.c.value.is_(None), there)).subquery()
    return _Axis(select(values), rows)
