"""Columns, indexes and foreign-key options from which tables are declared."""

from typing import Any, ClassVar, Literal

from sqlalchemy import ARRAY, Column, ColumnElement, DateTime, Index, Text, func, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB, NUMMULTIRANGE
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator

from app.db.term import Term

# These foreign keys are deferrable, because the writer stores whole dossiers in one transaction, and records may refer
# to each other in a cycle (the outcome of a talk refers to the proposal that was tabled at that talk). Deferred
# constraints are checked at COMMIT, before the response is sent:
# tests/writing/test_revisions.py::test_a_failing_commit_leaves_nothing.
DEFERRED: dict[str, Any] = {"deferrable": True, "initially": "IMMEDIATE"}
CASCADE: dict[str, Any] = {**DEFERRED, "onupdate": "CASCADE"}


class TermText(TypeDecorator[Term]):
    """A term of a closed list, stored as text with a CHECK constraint instead of an ENUM. Text is readable in psql, and
    a list is extended by replacing the CHECK. A new ENUM value cannot be used in the transaction that adds it.
    """

    impl = Text
    cache_ok = True

    def __init__(self, term_class: type[Term]) -> None:
        super().__init__()
        self.term_class = term_class

    @property
    def python_type(self) -> type[Term]:
        return self.term_class


def term(term_class: type[Term], **options: Any) -> MappedColumn[Any]:
    """A column with one value of a closed list."""
    return mapped_column(TermText(term_class), **options)


def terms(term_class: type[Term]) -> MappedColumn[Any]:
    """A column with any number of values of a closed list."""
    return mapped_column(ARRAY(Text), server_default="{}", info={"terms": term_class})


def texts() -> MappedColumn[Any]:
    """A column with a list of strings, empty by default."""
    return mapped_column(ARRAY(Text), server_default="{}")


def json_list(*, is_indexed: bool = False) -> MappedColumn[Any]:
    """A column with a JSON list, empty by default. The Pydantic model of the items is in the schemas of the package.
    `is_indexed`: there is an index of the records whose list has entries, for reports that read the entries of all
    records."""
    return mapped_column(JSONB, server_default=text("'[]'::jsonb"), info={"index_of_filled": is_indexed})


#: Replaces an unknown instant when sorting, so that a cursor needs only one row comparison.
_NO_INSTANT = "'-infinity'::timestamptz"


def sort_instant(instant: str) -> "hybrid_property[Any]":
    """The attribute `sort_at`, by which the records of one day are sorted: the instant in this column. It is never null.
    Records whose instant is unknown come before the others of the day."""

    def sort_at(self: Any) -> ColumnElement[Any]:
        return func.coalesce(getattr(self, instant), literal_column(_NO_INSTANT), type_=DateTime(timezone=True))

    return hybrid_property(sort_at)


def by_date(model: str, *first: str) -> str:
    """The order of a relationship to records with an order within the day: by the columns `first`, then by date."""
    return ", ".join(f"{model}.{name}" for name in (*first, "sort_on", "sort_at", "order_in_day", "id"))


def newest_first(instant: str, position: str = "order_in_day") -> tuple[Any, ...]:
    """The columns of an index in the order of lists: day, instant, position within the day, id; the newest first."""
    return (
        text("sort_on DESC"),
        text(f"coalesce({instant}, {_NO_INSTANT}) DESC"),
        text(f"{position} DESC"),
        text("id DESC"),
    )


class OrderedWithinDay:
    """Adds to a table with `sort_on` and `sort_at` the position of a record among those of the same day and instant; 0 = not
    stated."""

    __within_day__: ClassVar[tuple[str, ...]] = ("sort_at", "order_in_day")

    order_in_day: Mapped[int] = mapped_column(server_default=text("0"))


class WithWrittenDates:
    """Adds to a table the dates as the source writes them."""

    dates_as_written: Mapped[list[Any]] = json_list()


class WithQuantities:
    """Adds to a table with a JSON column `quantities` the expressions that the filters derive from this column."""

    quantities: Mapped[list[Any]]

    @hybrid_property
    def quantity_units(self) -> ColumnElement[list[str]]:
        """The units of the quantities, as an SQL expression."""
        return func.parley_quantity_units(self.quantities, type_=ARRAY(Text))

    @hybrid_property
    def quantity_ranges(self) -> ColumnElement[Any]:
        """The numbers that the quantities allow, as an SQL expression."""
        return func.parley_quantity_ranges(self.quantities, type_=NUMMULTIRANGE)


#: Marks columns that the database maintains (`app.db.history`), so that no write sets them.
KEPT: dict[str, object] = {"kept": True}


def is_generated(column: Column[Any]) -> bool:
    """Whether the database sets the column: it is generated from other columns, or maintained with the history."""
    return column.computed is not None or "kept" in column.info


def boolean(default: bool) -> MappedColumn[Any]:
    return mapped_column(server_default=text("true" if default else "false"))


def list_position() -> MappedColumn[Any]:
    """A column with the position of a row in a list of its record. Positions follow the order in which the client sent
    the list, and may have gaps.

    Rows inserted without a position get 0, so they come first, ordered by key."""
    return mapped_column(server_default=text("0"))


#: Replacements for null when sorting in ascending and in descending order, so that nulls come last in both.
LAST = {
    "date": ("'infinity'::date", "'-infinity'::date"),
    "integer": ("2147483647", "'-2147483648'::integer"),
}


def indexed_both_ways(name: str, value: str, kind: Literal["date", "integer"]) -> tuple[Index, Index]:
    """Return two indexes for sorting by a nullable value, ascending and descending, with nulls last in both."""
    up, down = LAST[kind]
    return (
        Index(f"{name}_up", text(f"coalesce({value}, {up})"), "id"),
        Index(f"{name}_down", text(f"coalesce({value}, {down})"), "id"),
    )


def rank_of(column: object, term_class: type[Term]) -> Any:
    """Return an ORDER BY expression: the position of the column's value in its closed list."""
    ranked = ", ".join(f"'{value}'" for value in term_class)
    return func.array_position(literal_column(f"ARRAY[{ranked}]"), column)
