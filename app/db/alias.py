"""Aliases of tables for the statements of reads.

`sqlalchemy.orm.aliased` copies every column of the table, and its SELECTs are built once more when they are compiled: two
thirds of the time that a new statement takes. A read needs two or three of the columns of most tables that it names, and
no entities. Here a column is made when it is first used.
"""

from typing import Any, Protocol

from sqlalchemy import ColumnClause, ColumnElement, CompoundSelect, FromClause, Select, inspect
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapper

#: A part of a statement that has one value, of a type that only the database knows here.
Expression = ColumnElement[Any]
#: A SELECT of any columns, and one that may also be a UNION.
AnySelect = Select[*tuple[Any, ...]]
AnyRows = AnySelect | CompoundSelect[*tuple[Any, ...]]


class Columns(Protocol):
    """The columns of a table in a statement, as attributes: an `Alias`, or `.c` of a table or subquery."""

    def __getattr__(self, name: str, /) -> Expression: ...

    # SQLAlchemy declares this method for columns only, although it takes tables that have it.
    def __clause_element__(self) -> Any: ...


class _Column(ColumnClause[Any]):
    """A column of an alias. Of its own class, so that `alias.id == table.c.id` is written in this order: Python would ask
    a `Column` first, which is a kind of `ColumnClause`."""

    inherit_cache = True


class Alias:
    """A table of a model under a name of its own: `alias.slug` is a column, and the alias stands where a table may.

    A relationship is no attribute of it: `app.reading.relationships.join_condition` makes its condition."""

    def __init__(self, model: type[object], table: FromClause) -> None:
        self._mapper: Mapper[Any] = inspect(model)
        self._table = table

    def __clause_element__(self) -> FromClause:
        return self._table

    def __getattr__(self, name: str, /) -> Expression:
        column = None if name.startswith("_") else self._mapper.columns.get(name)
        if column is None:
            return self._expression(name)
        column_copy = _Column(column.name, column.type)
        column_copy.table = self._table
        self.__dict__[name] = column_copy
        return column_copy

    def _expression(self, name: str) -> Expression:
        """What the model makes of its columns (`hybrid_property`), of those of the alias."""
        attribute = self._mapper.all_orm_descriptors.get(name)
        if not isinstance(attribute, hybrid_property):
            raise AttributeError(f"{self._mapper.class_.__name__} has no column '{name}'")
        found: Expression = attribute.fget(self)
        return found


def aliased(model: type[object], name: str | None = None, rows: FromClause | None = None) -> Columns:
    """A new alias of the model's table, or an alias's columns of `rows`, a subquery that has them."""
    return Alias(model, inspect(model).local_table.alias(name) if rows is None else rows)


def mapper_of(record: Columns | type[object]) -> Mapper[Any]:
    """The mapper of a model, or of an alias of its table."""
    mapper: Mapper[Any] = record._mapper if isinstance(record, Alias) else inspect(record)
    return mapper
