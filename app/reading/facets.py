"""`facets=`: how many of the records that match fall under each value of a filter, in the page's own statement.

Whatever a list can be filtered by can be counted: the facets of a collection are read off its filters. Null is a
bucket of its own. A record with two issues counts under both, and where the filter covers what lies below a value (places,
issues, processes), so does the count.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    Integer,
    Select,
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
from sqlalchemy.orm import aliased

from app.db.tables import RECORDS
from app.reading.conditions import listed_values, valued
from app.reading.filtered import Filtered
from app.reading.filters import Built, Listed, Overlaps, Ranged, To
from app.reading.projection import as_json_list, in_use, is_relationship, relationship_of
from app.reading.query import facets_of

#: Records that are counted; where more match, the answer says `at_least`.
COUNTED = 50_000
#: Values of one facet, the most frequent first.
VALUES = 200
#: Columns that tell what a record is called, the first that it has.
_LABELS = ("name", "title", "label", "text")


def facets_json(filtered: Filtered) -> Any:
    """One JSON object: each facet's values with their counts, and of how many records."""
    shape = filtered.shape
    if not shape.facets:
        return literal_column("NULL::json")
    alias = aliased(filtered.collection.model, name="f")
    matched: Any = (
        select(alias.id)
        .where(*filtered.conditions(alias, reads_all=True))
        .limit(literal_column(str(COUNTED)))
        .cte("matched")
        .prefix_with("MATERIALIZED")
    )
    of = select(func.count()).select_from(matched).scalar_subquery()
    is_ = case((of < literal_column(str(COUNTED)), literal_column("'exact'")), else_=literal_column("'at_least'"))
    known = facets_of(shape.query)
    parts: list[Any] = []
    trees: dict[str, Any] = {}
    for name in shape.facets:
        counted = _counted(known[name], matched, filtered, trees).cte(f"facet_{name}")
        shown = (
            select(counted)
            .order_by(counted.c.count.desc(), counted.c.value.asc().nulls_last())
            .limit(literal_column(str(VALUES)))
        )
        more = select(func.count()).select_from(counted).scalar_subquery() > literal_column(str(VALUES))
        told: Any = (literal_column("'values'"), as_json_list(shown), literal_column("'more'"), more)
        told += (literal_column("'of'"), of, literal_column("'is'"), is_)
        parts += [literal_column(f"'{name}'"), func.json_build_object(*told)]
    return func.json_build_object(*parts)


def _counted(marker: Any, matched: Any, filtered: Filtered, trees: dict[str, Any]) -> Select[Any]:
    """Value (and what it is called), and how many of the matched records have it: as many as the filter would find."""
    record = aliased(filtered.collection.model)
    rows: Any = select().select_from(matched).join(record, record.id == matched.c.id)
    label: Any = None
    path: Any = marker.path if isinstance(marker, To) else getattr(marker, "column", None)
    match marker:
        case To():
            rows, at, column = _follow(rows, record, path, marker.where)
            named: Any = aliased(RECORDS[marker.collection])
            tied = getattr(at, column)
            if marker.below:
                # Two facets may look into one tree (`issue` and `primary`).
                tree = trees.setdefault(marker.collection, _above(RECORDS[marker.collection]))
                above = tree.alias()
                rows, tied = rows.outerjoin(above, above.c.id == tied), above.c.above
            rows = rows.outerjoin(named, named.id == tied)
            value = named.code if marker.collection == "issues" else named.slug
            label = next((getattr(named, name) for name in _LABELS if hasattr(named, name)), None)
        case Listed():
            each = listed_values(marker, record).lateral("each")
            rows = rows.outerjoin(each, true())
            value = each.c.value
        case Overlaps():
            rows, at, column = _follow(rows, record, path)
            each = func.unnest(getattr(at, column), type_=ARRAY(Text)).table_valued("value").render_derived().lateral()
            rows = rows.outerjoin(each, true())
            value = each.c.value
        case Ranged():
            rows, at, column = _follow(rows, record, path)
            value = cast(extract("year", getattr(at, f"{column}_min")), Integer)
        case Built():
            assert marker.facet
            value = marker.facet(record, filtered.context)
        case _:
            rows, at, column = _follow(rows, record, path)
            value = getattr(at, column)
    if isinstance(path, str) and "." in path:
        # A talk of two delegations, one without members, has persons all the same.
        rows = rows.where(or_(value.is_not(None), ~valued("", marker, record, filtered.context)))
    shown = [value.label("value"), *([label.label("label")] if label is not None else [])]
    counted: Select[Any] = rows.add_columns(*shown, func.count(record.id.distinct()).label("count")).group_by(*shown)
    return counted


def _above(model: Any) -> Any:
    """Each record of a tree with itself and all that it lies in."""
    start, lower = aliased(model), aliased(model)
    tree = select(start.id, start.id.label("above")).cte(f"above_{model.__tablename__}", recursive=True)
    parent = getattr(lower, model.__below__)
    return tree.union(select(tree.c.id, parent).join(lower, lower.id == tree.c.above).where(parent.is_not(None)))


def _follow(rows: Any, alias: Any, path: str, where: tuple[tuple[str, Any], ...] = ()) -> tuple[Any, Any, str]:
    """Outer joins along the path, so that a record with nothing at its end counts as null."""
    *steps, column = path.split(".")
    for n, step in enumerate(steps):
        assert is_relationship(alias, step)
        model = relationship_of(alias, step).entity.class_
        target = aliased(model)
        holds = [getattr(target, name) == value for name, value in where] if n == len(steps) - 1 else []
        holds += in_use(relationship_of(alias, step), target)
        tie = getattr(alias, step).of_type(target)
        rows = rows.outerjoin(tie.and_(and_(*holds)) if holds else tie)
        alias = target
    return rows, alias, column
