"""The heart: a schema and a table become one SELECT in which PostgreSQL makes the JSON.

A scalar field is the column of its name, a nested model a row of the to-one relationship of its name, a list of
models the rows of the to-many relationship. Every nested list is ordered, and every order ends in the primary key:
ties alone made nine answers in ten differ from one plan to the next (tests/reading/test_projection.py).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import eq
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sqlalchemy import Alias as TableAlias
from sqlalchemy import Column, ColumnElement, Select, Text, and_, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import RelationshipDirection, RelationshipProperty
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from app.db.alias import Alias, aliased, mapper_of
from app.db.tables import models_by_table
from app.domain.types import Ref, RefAny
from app.reading.binding import Context
from app.reading.date_bounds import possible_day, stored_day, with_days
from app.reading.markers import Computed, DayOf, From, Included, OnRequest, Urls
from app.reading.selection import ALL, Selection, is_list, marker_of, model_in, summary_of_mention


def as_json(rows: Select[*tuple[Any, ...]]) -> ColumnElement[Any]:
    """One row as a JSON object, NULL where there is none."""
    one = rows.subquery("t")
    return select(func.row_to_json(one.table_valued())).scalar_subquery()


def as_json_list(rows: Select[*tuple[Any, ...]]) -> ColumnElement[Any]:
    """All rows as a JSON array in their order, empty where there are none."""
    many = rows.subquery("t")
    return func.array_to_json(func.array(select(func.row_to_json(many.table_valued())).scalar_subquery()))


def columns(
    schema: type[BaseModel], alias: Any, context: Context, selection: Selection = ALL
) -> list[ColumnElement[Any]]:
    """The labelled columns of a schema's fields, taken from one alias of its table."""
    chosen: list[ColumnElement[Any]] = []
    for name, info in schema.model_fields.items():
        if selection.fields is not None and name not in selection.fields:
            continue
        below = (selection.fields or {}).get(name) or selection.include.get(name) or ALL
        picked = selection.fields is not None
        column = _column(schema, name, info, alias, context, below, name in selection.include, picked)
        if column is not None:
            chosen.append(column.label(info.serialization_alias or info.alias or name))
    return chosen


def _column(
    schema: type[BaseModel],
    name: str,
    info: FieldInfo,
    alias: Any,
    context: Context,
    below: Selection,
    asked: bool,
    picked: bool,
) -> ColumnElement[Any] | None:
    """The column of a field. `asked`: named by `include=`; `picked`: named by `fields=`."""
    if marker_of(info, OnRequest) and not (asked or picked):
        return None
    if marker_of(info, Urls):
        return urls(schema, alias, context)
    if computed := marker_of(info, Computed):
        return narrowed(computed.build(alias, context), info, below)
    if day := marker_of(info, DayOf):
        *steps, last = _path(schema, day.date)
        return _through(alias, steps, lambda at: stored_day(at, last, day.end))
    included = marker_of(info, Included)
    if included and asked:
        return related(alias, name, context.summaries(included.collection), context, below)
    if included and model_in(info.annotation) is None:
        return None
    path = _path(schema, name)
    if reference := marker_of(info, Ref) or marker_of(info, RefAny):
        return _mention(alias, path[0], reference)
    *steps, last = path
    is_open = asked or below.fields is not None
    return _through(alias, steps, lambda at: _column_or_branch(at, last, info, context, below, is_open))


def _path(schema: type[BaseModel], name: str) -> list[str]:
    """Where the value of a field is found: to-one relationships, and at the end a column or a relationship."""
    source = marker_of(schema.model_fields[name], From)
    return source.path.split(".") if source else [name]


def _through(alias: Any, steps: Sequence[str], end: Callable[[Any], ColumnElement[Any]]) -> ColumnElement[Any]:
    """Follow to-one relationships to the record at which `end` makes the column."""
    if not steps:
        return end(alias)
    step, *rest = steps
    target = aliased(relationship_of(alias, step).entity.class_)
    inner = _through(target, rest, end)
    return select(inner).where(join_condition(alias, step, target)).correlate(alias).scalar_subquery()


def _column_or_branch(
    alias: Any, name: str, info: FieldInfo, context: Context, below: Selection, is_open: bool
) -> ColumnElement[Any]:
    """The column of this name, or the branch. `is_open`: a mention is asked for by `include=`, or fields of it by
    `fields=`, and becomes the record's summary."""
    if not is_relationship(alias, name):
        return narrowed_value(getattr(alias, name), info, below)
    nested = model_in(info.annotation)
    if nested is None:
        raise TypeError(f"'{name}' leads to a record, but the schema gives no model for it")
    return related(
        alias, name, (summary_of_mention(nested, context.summaries) or nested) if is_open else nested, context, below
    )


def narrowed(value: Any, info: FieldInfo, below: Selection) -> ColumnElement[Any]:
    """Of a value that is JSON already, an object or a list of objects, the fields that were picked."""
    if below.fields is None:
        whole: ColumnElement[Any] = value
        return whole
    return _picked(cast(value, JSONB), info.annotation, below.fields, is_stored=False)


def narrowed_value(value: Any, info: FieldInfo, below: Selection) -> ColumnElement[Any]:
    """The same of a value as it is stored: the days of its dates are added."""
    if below.fields is None:
        return with_days(value, info.annotation)
    return _picked(cast(value, JSONB), info.annotation, below.fields, is_stored=True)


def _picked(value: Any, annotation: Any, fields: Mapping[str, Selection], *, is_stored: bool) -> ColumnElement[Any]:
    nested = model_in(annotation)
    assert nested is not None

    def part(whole: Any, name: str, below: Selection) -> Any:
        info = nested.model_fields[name]
        if is_stored and (day := marker_of(info, DayOf)):
            return possible_day(whole.op("->>", return_type=Text())(literal_column(f"'{day.date}'")), day.end)
        # A name is one of the schema's own: it was looked up there.
        found = whole.op("->", return_type=JSONB())(literal_column(f"'{name}'"))
        if below.fields is not None:
            return _picked(found, info.annotation, below.fields, is_stored=is_stored)
        return with_days(found, info.annotation) if is_stored else found

    def made(whole: Any) -> Any:
        parts: list[Any] = []
        for name, below in fields.items():
            parts += [literal_column(f"'{name}'"), part(whole, name, below)]
        return case((func.jsonb_typeof(whole) == literal_column("'object'"), func.jsonb_build_object(*parts)))

    if not is_list(annotation):
        return made(value)  # type: ignore[no-any-return]
    each = func.jsonb_array_elements(value, type_=JSONB).table_valued("value", name=f"of_{'_'.join(fields)}"[:60])
    rows = select(func.jsonb_agg(made(each.c.value)))
    return func.coalesce(rows.select_from(each).scalar_subquery(), literal_column("'[]'::jsonb"))


def related(
    alias: Any, name: str, schema: type[BaseModel], context: Context, selection: Selection = ALL
) -> ColumnElement[Any]:
    """The branch of a relationship: an object for a to-one, an array for a to-many."""
    relationship = relationship_of(alias, name)
    target = aliased(relationship.entity.class_)
    join = join_condition(alias, name, target)
    rows = select(*columns(schema, target, context, selection)).where(join).correlate(alias)
    if not relationship.uselist:
        return as_json(rows)
    return as_json_list(rows.where(*only_in_use(relationship, target)).order_by(*order_of(relationship, target, join)))


def _mention(alias: Any, name: str, reference: Ref | RefAny) -> ColumnElement[Any]:
    """The key of the record that a relationship leads to, as a writer would write it."""
    relationship = relationship_of(alias, name)
    target = aliased(relationship.entity.class_)
    if isinstance(reference, RefAny):
        key = target.collection.concat("/").concat(target.slug)
    else:
        key = target.code if reference.collection == "issues" else target.slug
    join = join_condition(alias, name, target)
    rows = select(key).where(join).correlate(alias)
    if not relationship.uselist:
        return rows.scalar_subquery()
    return func.array_to_json(func.array(rows.order_by(*order_of(relationship, target, join)).scalar_subquery()))


def urls(schema: type[BaseModel], alias: Any, context: Context) -> ColumnElement[Any]:
    """Addresses, relative to the service: the record's own, those of the records it mentions, and of the lists of
    those that it includes."""
    here = mapper_of(alias).class_.__collection__
    own = alias.code if here == "issues" else alias.slug
    parts: list[Any] = [literal_column("'self'"), _address(here, own)]
    for name, info in context.summaries(here).model_fields.items():
        if marker_of(info, OnRequest):
            continue
        included, nested = marker_of(info, Included), model_in(info.annotation)
        collection = getattr(nested, "opens", None)
        if included and included.by:
            address: Any = func.parley_address(
                literal_column(f"'/v1/{included.collection}?{included.by}='").concat(own)
            )
        elif collection and is_relationship(alias, name) and not relationship_of(alias, name).uselist:
            target = aliased(relationship_of(alias, name).entity.class_)
            key = target.code if collection == "issues" else target.slug
            join = join_condition(alias, name, target)
            address = select(_address(collection, key)).where(join).correlate(alias).scalar_subquery()
        else:
            continue
        parts += [literal_column(f"'{name}'"), address]
    return func.json_build_object(*parts)


def _address(collection: str, key: Any) -> ColumnElement[Any]:
    address: ColumnElement[Any] = func.parley_address(literal_column(f"'/v1/{collection}/'").concat(key))
    return address


def join_condition(alias: Any, name: str, target: Any) -> ColumnElement[bool]:
    """The condition that a relationship leads from this alias to that one."""
    _, *conditions = join_parts(alias, name, target)
    return and_(*conditions)


def join_parts(alias: Any, name: str, target: Any) -> tuple[Any, ...]:
    """The alias of a relationship's link table, and the conditions that tie it to the alias and the target to it; without
    such a table None, and the condition that ties the two."""
    relationship = relationship_of(alias, name)
    first, second, table = relationship.primaryjoin, relationship.secondaryjoin, relationship.secondary
    here, there = mapper_of(alias).local_table, relationship.entity.local_table
    if second is None or table is None:
        remote = {far.key for _, far in relationship.local_remote_pairs or ()}

        def side(column: Any) -> Any:
            return target if column.table is there and (there is not here or column.key in remote) else alias

        return None, _adapted(first, side)
    link = Alias(_model_of(table), table.alias())
    return (
        link.__clause_element__(),
        _adapted(first, lambda column: link if column.table is table else alias),
        _adapted(second, lambda column: link if column.table is table else target),
    )


@cache
def _model_of(table: Any) -> Any:
    """The class of a table."""
    return models_by_table()[str(table.description)]


def _adapted(condition: Any, side: Callable[[Any], Any]) -> ColumnElement[Any]:
    """An expression of a relationship on aliases: `side` says on which of them a column is looked up."""
    if isinstance(condition, BooleanClauseList):
        return and_(*(_adapted(clause, side) for clause in condition.clauses))

    def onto_alias(element: Any, **_: Any) -> Any:
        return getattr(side(element), element.key) if isinstance(element, Column) else None

    left, right = getattr(condition, "left", None), getattr(condition, "right", None)
    if isinstance(left, Column) and isinstance(right, Column) and condition.operator is eq:
        return onto_alias(left) == onto_alias(right)  # type: ignore[no-any-return]
    adapted: ColumnElement[Any] = replacement_traverse(condition, {}, onto_alias)
    return adapted


def order_of(relationship: RelationshipProperty[Any], target: Any, join: ColumnElement[bool]) -> list[Any]:
    """The order of a to-many relationship on this alias, with the primary key at its end. `tie`: the condition by which
    it is joined; a link table has its alias there."""
    entity, link_table = relationship.entity, relationship.secondary
    link: Any = None
    if link_table is not None and relationship.order_by:
        tables = (getattr(element, "table", None) for element in iterate(join))
        join_parts = (table for table in tables if isinstance(table, TableAlias) and table.element is link_table)
        link = Alias(_model_of(link_table), next(join_parts))
    order = [
        _adapted(part, lambda column: target if column.table is entity.local_table else link)
        for part in relationship.order_by or ()
    ]
    return [*order, *(getattr(target, str(column.key)) for column in entity.local_table.primary_key)]


def only_in_use(relationship: RelationshipProperty[Any], target: Any) -> list[ColumnElement[bool]]:
    """What a relationship asks of the records at its end: those that hang on this one (delegations of a talk) are left
    out once they are withdrawn. What this one mentions itself it goes on mentioning, or the withdrawal of one record
    would silently change others (tests/reading/test_withdrawn.py). A row that stands in another record, to which the
    relationship says the way (`said_by`), goes with that record."""
    if says := relationship.info.get("said_by"):
        record = aliased(relationship_of(relationship.entity.class_, says).entity.class_)
        there: Any = select(literal_column("1")).where(
            join_condition(target, says, record), record.withdrawn_at.is_(None)
        )
        return [there.correlate(target).exists()]
    is_left_out = is_stated_by_target(relationship) or leads_to_container(relationship)
    if not is_left_out or "withdrawn_at" not in relationship.entity.columns:
        return []
    return [target.withdrawn_at.is_(None)]


def role_conditions(relationship: RelationshipProperty[Any], target: Any) -> list[ColumnElement[bool]]:
    """What a relationship asks of the rows at its end, besides the key that ties them: a role, such as `negotiating`."""
    joined: Any = relationship.primaryjoin
    conditions = joined.clauses if isinstance(joined, BooleanClauseList) else [joined]
    tables = ({getattr(element, "table", None) for element in iterate(condition)} for condition in conditions)
    return [
        _adapted(condition, lambda _: target)
        for condition, of in zip(conditions, tables, strict=True)
        if of <= {relationship.entity.local_table, None}
    ]


def is_stated_by_target(relationship: RelationshipProperty[Any]) -> bool:
    """Whether what ties two records is said by the one at the relationship's end: by its own column, or by a row of a
    link table that stands inside it (the members of a party say so themselves)."""
    if relationship.secondary is None:
        return relationship.direction is RelationshipDirection.ONETOMANY
    inside = _model_of(relationship.secondary).__inside__
    return inside in {link.name for _, link in relationship.secondary_synchronize_pairs or ()}


def leads_to_container(relationship: RelationshipProperty[Any]) -> bool:
    """Whether it leads from a row to the record in which the row stands. Who comes to it from elsewhere (from a person
    over a seat) reads what that record says, which is nothing once it is withdrawn."""
    inside = relationship.parent.class_.__inside__
    return relationship.direction is RelationshipDirection.MANYTOONE and inside in {
        column.name for column in relationship.local_columns
    }


def relationship_of(alias: Any, name: str) -> RelationshipProperty[Any]:
    found: RelationshipProperty[Any] = mapper_of(alias).relationships[name]
    return found


def is_relationship(alias: Any, name: str) -> bool:
    return name in mapper_of(alias).relationships
