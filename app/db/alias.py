"""Table aliases for the statements that read records.

`sqlalchemy.orm.aliased` copies every column of the table, and a SELECT of such an alias is built a second time when it
is compiled. Together this takes two thirds of the time for a new statement. A read needs no entities, and only two or
three columns of most tables. The aliases in this module create a column when it is first used.
"""

from typing import Any, Protocol

from sqlalchemy import ColumnClause, ColumnElement, CompoundSelect, FromClause, Select, inspect
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapper

#: An SQL expression with a single value, whose type is not known in Python.
Expression = ColumnElement[Any]
#: A SELECT of any columns; `AnyRows` may also be a UNION of several SELECTs.
AnySelect = Select[*tuple[Any, ...]]
AnyRows = AnySelect | CompoundSelect[*tuple[Any, ...]]


class Columns(Protocol):
    """The columns of a table in a statement, as attributes of an `Alias` or of the `.c` of a table or subquery."""

    def __getattr__(self, name: str, /) -> Expression: ...

    # SQLAlchemy declares this method for columns only, but it also accepts tables with this method.
    def __clause_element__(self) -> Any: ...


class _Column(ColumnClause[Any]):
    """A column of an alias. It has its own class so that `alias.id == table.c.id` is rendered in this order. For a
    plain `ColumnClause`, Python would call the operator of the `Column` first, because `Column` is a subclass of
    `ColumnClause`.
    """

    inherit_cache = True


class Alias:
    """A model's table under an alias. `alias.slug` is a column, and the alias can be used wherever a table can.
    Relationships are not attributes of the alias: `app.reading.relationships.join_condition` builds their conditions.
    """

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
        """The model's `hybrid_property` with this name, computed from the columns of the alias."""
        attribute = self._mapper.all_orm_descriptors.get(name)
        if not isinstance(attribute, hybrid_property):
            raise AttributeError(f"{self._mapper.class_.__name__} has no column '{name}'")
        found: Expression = attribute.fget(self)
        return found


def aliased(model: type[object], name: str | None = None, rows: FromClause | None = None) -> Columns:
    """A new alias of the model's table or, if given, of `rows`, a subquery with the columns of this table."""
    return Alias(model, inspect(model).local_table.alias(name) if rows is None else rows)


def mapper_of(record: Columns | type[object]) -> Mapper[Any]:
    """The mapper of a model, or of the model that an alias was made for."""
    mapper: Mapper[Any] = record._mapper if isinstance(record, Alias) else inspect(record)
    return mapper
