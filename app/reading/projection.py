"""Build one SELECT from a read schema and a table. PostgreSQL produces the JSON of the records with it.

A scalar field is read from the column of the same name, a nested model from the to-one relationship, and a list of
models from the to-many relationship. Every nested list is sorted, with the primary key as the last sort key. Without
it, the order of rows with equal sort values depended on the query plan in nine of ten answers
(tests/reading/test_projection.py).
"""

from collections.abc import Callable, Mapping, Sequence

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sqlalchemy import Text, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

from app.db.alias import AnySelect, Columns, Expression, aliased, mapper_of
from app.domain.keys import Ref, RefAny
from app.reading.binding import Context
from app.reading.date_bounds import json_day, possible_day, stored_day, with_days
from app.reading.markers import Computed, DayOf, From, Included, OnRequest, Urls
from app.reading.relationships import is_relationship, join_condition, only_in_use, order_of, relationship_of
from app.reading.selection import ALL, Selection, is_list, marker_of, model_in, summary_of_mention


def row_as_json(rows: AnySelect) -> Expression:
    """One row as a JSON object; NULL if there is none."""
    one = rows.subquery("t")
    return select(func.row_to_json(one.table_valued())).scalar_subquery()


def as_json_list(rows: AnySelect) -> Expression:
    """All rows as a JSON array, in order; empty if there are none."""
    many = rows.subquery("t")
    return func.array_to_json(func.array(select(func.row_to_json(many.table_valued())).scalar_subquery()))


def columns(schema: type[BaseModel], alias: Columns, context: Context, selection: Selection = ALL) -> list[Expression]:
    """The labeled columns for the fields of a schema, from one alias of its table."""
    chosen: list[Expression] = []
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
    alias: Columns,
    context: Context,
    below: Selection,
    included: bool,
    picked: bool,
) -> Expression | None:
    """The column of a field; None if the field is not returned. `included`: `include=` names it; `picked`: `fields=` names
    it."""
    if marker_of(info, OnRequest) and not (included or picked):
        return None
    if marker_of(info, Urls):
        return urls(schema, alias, context)
    if computed := marker_of(info, Computed):
        return narrowed(computed.build(alias, context), info, below)
    if day := marker_of(info, DayOf):
        *steps, last = _path(schema, day.date)
        return _through(alias, steps, lambda at: json_day(stored_day(at, last, day.end)))
    branch = marker_of(info, Included)
    if branch and included:
        return related(alias, name, context.summaries(branch.collection), context, below)
    if branch and model_in(info.annotation) is None:
        return None
    path = _path(schema, name)
    if reference := marker_of(info, Ref) or marker_of(info, RefAny):
        return _mention(alias, path[0], reference)
    *steps, last = path
    is_open = included or below.fields is not None
    return _through(alias, steps, lambda at: _column_or_branch(at, last, info, context, below, is_open))


def _path(schema: type[BaseModel], name: str) -> list[str]:
    """The path of a field's value: to-one relationships, and at the end a column or a relationship."""
    source = marker_of(schema.model_fields[name], From)
    return source.path.split(".") if source else [name]


def _through(alias: Columns, steps: Sequence[str], end: Callable[[Columns], Expression]) -> Expression:
    """Follow to-one relationships; `end` builds the column from the record at the end."""
    if not steps:
        return end(alias)
    step, *rest = steps
    target = aliased(relationship_of(alias, step).entity.class_)
    inner = _through(target, rest, end)
    return select(inner).where(join_condition(alias, step, target)).correlate(alias).scalar_subquery()


def _column_or_branch(
    alias: Columns, name: str, info: FieldInfo, context: Context, below: Selection, is_open: bool
) -> Expression:
    """The column or the branch of this name. `is_open`: whether `include=` names the mention or `fields=` names fields
    inside it. If the mention is open, the summary of the record replaces the mention."""
    if not is_relationship(alias, name):
        return narrowed_value(getattr(alias, name), info, below)
    nested = model_in(info.annotation)
    if nested is None:
        raise TypeError(f"'{name}' is a relationship, but the schema has no model for it")
    return related(
        alias, name, (summary_of_mention(nested, context.summaries) or nested) if is_open else nested, context, below
    )


def narrowed(value: Expression, info: FieldInfo, below: Selection) -> Expression:
    """The picked fields of a JSON value, which is an object or a list of objects."""
    if below.fields is None:
        return value
    return _picked(cast(value, JSONB), info.annotation, below.fields, is_stored=False)


def narrowed_value(value: Expression, info: FieldInfo, below: Selection) -> Expression:
    """The picked fields of a stored JSON value, with the possible days of its dates."""
    if below.fields is None:
        return with_days(value, info.annotation)
    return _picked(cast(value, JSONB), info.annotation, below.fields, is_stored=True)


def _picked(value: Expression, annotation: object, fields: Mapping[str, Selection], *, is_stored: bool) -> Expression:
    nested = model_in(annotation)
    assert nested is not None

    def part(whole: Expression, name: str, below: Selection) -> Expression:
        info = nested.model_fields[name]
        if is_stored and (day := marker_of(info, DayOf)):
            return possible_day(whole.op("->>", return_type=Text())(literal_column(f"'{day.date}'")), day.end)
        # The name comes from the schema, so it is safe in SQL.
        found = whole.op("->", return_type=JSONB())(literal_column(f"'{name}'"))
        if below.fields is not None:
            return _picked(found, info.annotation, below.fields, is_stored=is_stored)
        return with_days(found, info.annotation) if is_stored else found

    def picked_object(whole: Expression) -> Expression:
        parts: list[Expression] = []
        for name, below in fields.items():
            parts += [literal_column(f"'{name}'"), part(whole, name, below)]
        return case((func.jsonb_typeof(whole) == literal_column("'object'"), func.jsonb_build_object(*parts)))

    if not is_list(annotation):
        return picked_object(value)
    each = func.jsonb_array_elements(value, type_=JSONB).table_valued("value", name=f"of_{'_'.join(fields)}"[:60])
    rows = select(func.jsonb_agg(picked_object(each.c.value)))
    return func.coalesce(rows.select_from(each).scalar_subquery(), literal_column("'[]'::jsonb"))


def related(
    alias: Columns, name: str, schema: type[BaseModel], context: Context, selection: Selection = ALL
) -> Expression:
    """The JSON of a relationship: an object for to-one, an array for to-many."""
    relationship = relationship_of(alias, name)
    target = aliased(relationship.entity.class_)
    join = join_condition(alias, name, target)
    rows = select(*columns(schema, target, context, selection)).where(join).correlate(alias)
    if not relationship.uselist:
        return row_as_json(rows)
    return as_json_list(rows.where(*only_in_use(relationship, target)).order_by(*order_of(relationship, target, join)))


def _mention(alias: Columns, name: str, reference: Ref | RefAny) -> Expression:
    """The key of the record that a relationship leads to, as in a request body."""
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


def urls(schema: type[BaseModel], alias: Columns, context: Context) -> Expression:
    """The URLs of the record, of the records that it mentions, and of the lists of records that it can include."""
    here = mapper_of(alias).class_.__collection__
    own = alias.code if here == "issues" else alias.slug
    parts: list[Expression] = [literal_column("'self'"), _address(here, own)]
    for name, info in context.summaries(here).model_fields.items():
        if marker_of(info, OnRequest):
            continue
        included, nested = marker_of(info, Included), model_in(info.annotation)
        collection = getattr(nested, "opens", None)
        if included and included.by:
            address: Expression = func.parley_address(
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


def _address(collection: str, key: Expression) -> Expression:
    address: Expression = func.parley_address(literal_column(f"'/v1/{collection}/'").concat(key))
    return address
