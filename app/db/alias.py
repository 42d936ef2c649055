"""Aliases of tables for the statements of reads.

`sqlalchemy.orm.aliased` copies every column of the table, and its SELECTs are built once more when they are compiled: two
thirds of the time that a new statement takes. A read needs two or three of the columns of most tables that it names, and
no entities. Here a column is made when it is first used.
"""

from typing import Any

from sqlalchemy import ColumnClause, FromClause, inspect
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapper


class _Column(ColumnClause[Any]):
    """A column of an alias. Of its own class, so that `alias.id == table.c.id` is written in this order: Python would ask
    a `Column` first, which is a kind of `ColumnClause`."""

    inherit_cache = True


class Alias:
    """A table of a model under a name of its own: `alias.slug` is a column, and the alias stands where a table may.

    A relationship is no attribute of it: `app.reading.projection.tied` makes its condition."""

    def __init__(self, model: Any, table: FromClause) -> None:
        self._mapper: Mapper[Any] = inspect(model)
        self._table = table

    def __clause_element__(self) -> FromClause:
        return self._table

    def __getattr__(self, name: str) -> Any:
        column = None if name.startswith("_") else self._mapper.columns.get(name)
        if column is None:
            return self._expression(name)
        column_copy = _Column(column.name, column.type)
        column_copy.table = self._table
        self.__dict__[name] = column_copy
        return column_copy

    def _expression(self, name: str) -> Any:
        """What the model makes of its columns (`hybrid_property`), of those of the alias."""
        attribute = self._mapper.all_orm_descriptors.get(name)
        if not isinstance(attribute, hybrid_property):
            raise AttributeError(f"{self._mapper.class_.__name__} has no column '{name}'")
        return attribute.fget(self)


def aliased(model: Any, name: str | None = None, rows: FromClause | None = None) -> Any:
    """A new alias of the model's table, or an alias's columns of `rows`, a subquery that has them."""
    return Alias(model, inspect(model).local_table.alias(name) if rows is None else rows)


def mapper_of(record: Any) -> Mapper[Any]:
    """The mapper of a model, or of an alias of its table."""
    mapper: Mapper[Any] = record._mapper if isinstance(record, Alias) else inspect(record)
    return mapper
