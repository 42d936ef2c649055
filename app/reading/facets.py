"""`facets=`: the number of matching records for each value of a filter, computed in the statement of the page.

The facets of a collection follow from its filters. Null has its own bucket. A record with two issues is counted
for both. If filtering by a value also finds the records of its descendants (places, issues, processes), the count
includes these records.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    FromClause,
    Integer,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    literal_column,
    or_,
    select,
    true,
)

from app.db.alias import AnySelect, Columns, Expression, aliased
from app.db.base import Record
from app.db.tables import RECORDS
from app.reading.conditions import has_value, listed_values
from app.reading.date_bounds import stored_day
from app.reading.filter_clause import FilterClause
from app.reading.filters import Built, Filter, Listed, Overlaps, Ranged, To
from app.reading.projection import as_json_list
from app.reading.query import facets_of
from app.reading.relationships import is_relationship, join_parts, only_in_use, relationship_of

#: At most this many records are counted; if more match, the counts are marked `at_least`.
COUNTED = 50_000
#: Maximum number of values of a facet; the most frequent are shown.
VALUES = 200
#: Columns that may contain the label of a record; the first that the model defines is used.
_LABELS = ("name", "title", "label", "text")


def facets_json(clause: FilterClause) -> Expression:
    """A JSON object with the values and counts of each facet, and the number of records counted."""
    statement_key = clause.statement_key
    if not statement_key.facets:
        return literal_column("NULL::json")
    matched = matched_records(clause)
    of = select(func.count()).select_from(matched).scalar_subquery()
    is_ = case((of < literal_column(str(COUNTED)), literal_column("'exact'")), else_=literal_column("'at_least'"))
    known = facets_of(statement_key.query)
    parts: list[Expression] = []
    trees: dict[str, CTE] = {}
    for name in statement_key.facets:
        marker = known[name]
        counted = _count_values(name, marker, matched, clause, trees)
        facet = facet_json(name, counted, marker.collection if isinstance(marker, To) else None, of, is_)
        parts += [literal_column(f"'{name}'"), facet]
    return func.json_build_object(*parts)


def matched_records(clause: FilterClause) -> CTE:
    """The ids of the records that match the query, at most `COUNTED`."""
    alias = aliased(clause.collection.model, name="f")
    return (
        select(alias.id)
        .where(*clause.conditions(alias, reads_all=True))
        .limit(literal_column(str(COUNTED)))
        .cte("matched")
        .prefix_with("MATERIALIZED")
    )


def facet_json(name: str, counted: AnySelect, collection: str | None, of: Expression, is_: Expression) -> Expression:
    """One facet as a JSON object. `counted`: a SELECT of the values and their counts, and of `id` and `label` if the
    values are records of a `collection`. In a hierarchical collection, the level and the parent of each value are
    added."""
    values = counted.cte(f"facet_{name}")
    shown = (
        select(values)
        .order_by(values.c.count.desc(), values.c.value.asc().nulls_last())
        .limit(literal_column(str(VALUES)))
        .cte(f"shown_{name}")
    )
    none: Expression = literal_column("NULL")
    model = RECORDS[collection] if collection is not None else None
    label = shown.c.label if "label" in shown.c else cast(none, Text)
    if model is not None and hasattr(model, "__below__"):
        level, parent = place_in_tree(name, shown, model)
    else:
        level, parent = cast(none, Integer), cast(none, Text)
    rows = select(
        shown.c.value, label.label("label"), level.label("level"), parent.label("parent"), shown.c.count
    ).order_by(shown.c.count.desc(), shown.c.value.asc().nulls_last())
    more = select(func.count()).select_from(values).scalar_subquery() > literal_column(str(VALUES))
    fields: tuple[Expression, ...] = (literal_column("'values'"), as_json_list(rows), literal_column("'more'"), more)
    return func.json_build_object(*fields, literal_column("'of'"), of, literal_column("'is'"), is_)


def place_in_tree(name: str, shown: CTE, model: type[Record]) -> tuple[Expression, Expression]:
    """The level of a shown value (0 = no parent), and the value that identifies the parent."""
    tree = ancestors(model, f"up_{name}", shown)
    depth = select(func.count()).select_from(tree).where(tree.c.id == shown.c.id).correlate(shown).scalar_subquery() - 1
    own, parent = aliased(model), aliased(model)
    value = (
        select(value_of(parent))
        .select_from(parent)
        .join(own, getattr(own, model.__below__) == parent.id)
        .where(own.id == shown.c.id)
        .correlate(shown)
        .scalar_subquery()
    )
    return case((shown.c.id.is_not(None), depth)), value


def value_of(record: Columns) -> Expression:
    """The value that identifies a record in a filter: the slug, or for an issue the code."""
    return record.code if hasattr(record, "code") else record.slug


def label_of(record: Columns) -> Expression:
    """The label of a record."""
    return next(
        (getattr(record, name) for name in _LABELS if hasattr(record, name)), cast(literal_column("NULL"), Text)
    )


@dataclass(frozen=True, slots=True)
class FacetRows:
    """The values of a facet, one row for each matched record and value."""

    #: A SELECT without columns. The record, the value and the named record are joined.
    rows: AnySelect
    record_id: Expression
    value: Expression
    #: If the values are records: the label and the id of the record, labelled `label` and `id`.
    of_record: tuple[Expression, ...] = ()


def facet_rows(name: str, marker: Filter, matched: CTE, clause: FilterClause, trees: dict[str, CTE]) -> FacetRows:
    """The values of a facet that the matched records have. A record without a value has one row with null. A record
    has a row for each value with which the filter would find it, and possibly several rows for the same value."""
    record = aliased(clause.collection.model)
    rows: AnySelect = select().select_from(matched).join(record, record.id == matched.c.id)
    of_record: tuple[Expression, ...] = ()
    path: Any = marker.path if isinstance(marker, To) else getattr(marker, "column", None)
    match marker:
        case To():
            rows, at, column = join_path(rows, record, path, marker.where)
            named = aliased(RECORDS[marker.collection])
            referenced = getattr(at, column)
            if marker.below:
                # One tree per collection is enough, even if two facets use it (`issue` and `primary`).
                tree = trees.setdefault(marker.collection, ancestors(RECORDS[marker.collection]))
                ancestor = tree.alias()
                rows, referenced = rows.outerjoin(ancestor, ancestor.c.id == referenced), ancestor.c.above
            rows = rows.outerjoin(named, named.id == referenced)
            value = value_of(named)
            of_record = label_of(named).label("label"), named.id.label("id")
        case Listed():
            each = listed_values(marker, record).lateral("each")
            rows = rows.outerjoin(each, true())
            value = each.c.value
        case Overlaps():
            rows, at, column = join_path(rows, record, path)
            each = func.unnest(getattr(at, column), type_=ARRAY(Text)).table_valued("value").render_derived().lateral()
            rows = rows.outerjoin(each, true())
            value = each.c.value
            if marker.labels:
                of_record = (_constant_label(value, marker.labels).label("label"),)
        case Ranged():
            rows, at, column = join_path(rows, record, path)
            year = cast(extract("year", stored_day(at, column, "min")), Integer)
            # PostgreSQL has no year 0: its year -1 is 0000.
            value = case((year < literal_column("0"), year + literal_column("1")), else_=year)
        case Built():
            assert marker.facet
            value = marker.facet(record, clause.context)
        case _:
            rows, at, column = join_path(rows, record, path)
            value = getattr(at, column)
    if isinstance(path, str) and "." in path:
        # Count a record as null only if none of its rows has a value. For example, a talk with one delegation without
        # members and another with members does not lack persons.
        rows = rows.where(or_(value.is_not(None), ~has_value(name, marker, record, clause.context)))
    return FacetRows(rows, record.id, value, of_record)


def _count_values(name: str, marker: Filter, matched: CTE, clause: FilterClause, trees: dict[str, CTE]) -> AnySelect:
    """Select each value with its label and the number of matched records that the filter would find for the value."""
    found = facet_rows(name, marker, matched, clause, trees)
    shown = [found.value.label("value"), *found.of_record]
    counted: AnySelect = found.rows.add_columns(*shown, func.count(found.record_id.distinct()).label("count"))
    return counted.group_by(*shown)


def _constant_label(value: Expression, labels: tuple[tuple[str, str], ...]) -> Expression:
    """The label of a value, from the constant labels of a filter."""
    quoted = ((code, label.replace("'", "''")) for code, label in labels)
    of_value: dict[Any, Expression] = {
        literal_column(f"'{code}'"): literal_column(f"'{label}'", Text()) for code, label in quoted
    }
    return case(of_value, value=value, else_=cast(literal_column("NULL"), Text))


def ancestors(model: type[Record], name: str | None = None, among: FromClause | None = None) -> CTE:
    """Select pairs of a record and one of its ancestors; each record is treated as its own ancestor. `among`: limits
    the records to those with these ids."""
    start, lower = aliased(model), aliased(model)
    own = select(start.id, start.id.label("above"))
    if among is not None:
        own = own.join(among, among.c.id == start.id)
    tree = own.cte(name or f"above_{model.__tablename__}", recursive=True)
    parent = getattr(lower, model.__below__)
    return tree.union(
        select(tree.c.id, parent).select_from(tree).join(lower, lower.id == tree.c.above).where(parent.is_not(None))
    )


def join_path(
    rows: AnySelect, alias: Columns, path: str, where: tuple[tuple[str, object], ...] = ()
) -> tuple[AnySelect, Columns, str]:
    """Outer joins along the path, so that a record without a value at the end is counted as null."""
    *steps, column = path.split(".")
    for n, step in enumerate(steps):
        assert is_relationship(alias, step)
        model = relationship_of(alias, step).entity.class_
        target = aliased(model)
        holds = [getattr(target, name) == value for name, value in where] if n == len(steps) - 1 else []
        holds += only_in_use(relationship_of(alias, step), target)
        link, join, *to_target = join_parts(alias, step, target)
        rows = rows.outerjoin(target if link is None else link.join(target, and_(*to_target)), and_(join, *holds))
        alias = target
    return rows, alias, column
