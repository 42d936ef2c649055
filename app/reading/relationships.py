"""Relationships in SQL: join conditions on aliases, sort orders, and the omission of withdrawn records."""

from collections.abc import Callable
from functools import cache
from operator import eq
from typing import Any

from sqlalchemy import Alias as TableAlias
from sqlalchemy import Column, ColumnElement, FromClause, and_, literal_column, select
from sqlalchemy.orm import RelationshipDirection, RelationshipProperty
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.visitors import iterate, replacement_traverse

from app.db.alias import Alias, AnySelect, Columns, Expression, aliased, mapper_of
from app.db.base import Base
from app.db.tables import models_by_table


def join_condition(alias: Columns, name: str, target: Columns) -> ColumnElement[bool]:
    """The condition that joins two aliases by a relationship."""
    _, *conditions = join_parts(alias, name, target)
    return and_(*conditions)


def join_parts(
    alias: Columns, name: str, target: Columns
) -> tuple[FromClause | None, ColumnElement[bool], *tuple[ColumnElement[bool], ...]]:
    """The alias of a relationship's link table, and the two conditions that join it to `alias` and to `target`. Without a
    link table: None, and the condition that joins the two aliases."""
    relationship = relationship_of(alias, name)
    first, second, table = relationship.primaryjoin, relationship.secondaryjoin, relationship.secondary
    here, there = mapper_of(alias).local_table, relationship.entity.local_table
    if second is None or table is None:
        remote = {far.key for _, far in relationship.local_remote_pairs or ()}

        def side(column: Column[Any]) -> Columns:
            return target if column.table is there and (there is not here or column.key in remote) else alias

        return None, _adapted(first, side)
    link = Alias(_model_of(table), table.alias())
    return (
        link.__clause_element__(),
        _adapted(first, lambda column: link if column.table is table else alias),
        _adapted(second, lambda column: link if column.table is table else target),
    )


@cache
def _model_of(table: FromClause) -> type[Base]:
    """The model class of a table."""
    return models_by_table()[str(table.description)]


def _adapted(condition: Any, side: Callable[[Column[Any]], Columns | None]) -> Expression:
    """An expression of a relationship, rewritten for aliases. `side`: returns the alias for a column."""
    if isinstance(condition, BooleanClauseList):
        return and_(*(_adapted(clause, side) for clause in condition.clauses))

    def column_of(column: Column[Any]) -> Expression:
        found: Expression = getattr(side(column), column.key)
        return found

    def onto_alias(element: object, **_: object) -> Expression | None:
        return column_of(element) if isinstance(element, Column) else None

    left, right = getattr(condition, "left", None), getattr(condition, "right", None)
    if isinstance(left, Column) and isinstance(right, Column) and condition.operator is eq:
        return column_of(left) == column_of(right)
    adapted: Expression = replacement_traverse(condition, {}, onto_alias)
    return adapted


def order_of(relationship: RelationshipProperty[Any], target: Columns, join: ColumnElement[bool]) -> list[Expression]:
    """The order of a to-many relationship on this alias; the last key is the primary key. `join`: the join condition, from which
    the alias of a link table is taken."""
    entity, link_table = relationship.entity, relationship.secondary
    link: Columns | None = None
    if link_table is not None and relationship.order_by:
        tables = (getattr(element, "table", None) for element in iterate(join))
        join_parts = (table for table in tables if isinstance(table, TableAlias) and table.element is link_table)
        link = Alias(_model_of(link_table), next(join_parts))
    order = [
        _adapted(part, lambda column: target if column.table is entity.local_table else link)
        for part in relationship.order_by or ()
    ]
    return [*order, *(getattr(target, str(column.key)) for column in entity.local_table.primary_key)]


def only_in_use(relationship: RelationshipProperty[Any], target: Columns) -> list[ColumnElement[bool]]:
    """The conditions that omit withdrawn records at the end of a relationship.

    Withdrawn children, such as delegations of a talk, are omitted from their parent. A record that the given record
    itself mentions is never omitted, because the withdrawal of one record would then silently change other records
    (tests/reading/test_withdrawn.py). If the relationship has `said_by` in its `info`, the rows at its end are part of
    another record, and are omitted when that record is withdrawn."""
    if says := relationship.info.get("said_by"):
        record = aliased(relationship_of(relationship.entity.class_, says).entity.class_)
        there: AnySelect = select(literal_column("1")).where(
            join_condition(target, says, record), record.withdrawn_at.is_(None)
        )
        return [there.correlate(target).exists()]
    is_left_out = is_stated_by_target(relationship) or leads_to_container(relationship)
    if not is_left_out or "withdrawn_at" not in relationship.entity.columns:
        return []
    return [target.withdrawn_at.is_(None)]


def role_conditions(relationship: RelationshipProperty[Any], target: Columns) -> list[ColumnElement[bool]]:
    """The conditions of a relationship on its target besides the foreign key, such as the role `negotiating`."""
    joined: Any = relationship.primaryjoin
    conditions = joined.clauses if isinstance(joined, BooleanClauseList) else [joined]
    tables = ({getattr(element, "table", None) for element in iterate(condition)} for condition in conditions)
    return [
        _adapted(condition, lambda _: target)
        for condition, of in zip(conditions, tables, strict=True)
        if of <= {relationship.entity.local_table, None}
    ]


def is_stated_by_target(relationship: RelationshipProperty[Any]) -> bool:
    """Whether the connection is stored with the record at the end of the relationship, that is, in a column of that
    record or in a link table row that is part of it. For example, the record of a member contains its memberships."""
    if relationship.secondary is None:
        return relationship.direction is RelationshipDirection.ONETOMANY
    inside = _model_of(relationship.secondary).__inside__
    return inside in {link.name for _, link in relationship.secondary_synchronize_pairs or ()}


def leads_to_container(relationship: RelationshipProperty[Any]) -> bool:
    """Whether the relationship leads from a row to the record that contains the row. A path through the relationship
    (from a person through a seat) reads the containing record, which must not be withdrawn."""
    inside = relationship.parent.class_.__inside__
    return relationship.direction is RelationshipDirection.MANYTOONE and inside in {
        column.name for column in relationship.local_columns
    }


def relationship_of(alias: Columns | type[object], name: str) -> RelationshipProperty[Any]:
    found: RelationshipProperty[Any] = mapper_of(alias).relationships[name]
    return found


def is_relationship(alias: Columns | type[object], name: str) -> bool:
    return name in mapper_of(alias).relationships
