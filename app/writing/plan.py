"""How a write schema maps to rows. A plan is derived once from the schema and the ORM mapper, then cached for every write.

A field of the schema is mapped to the first of these that applies: records of their own (`Nested`, citations), rows of
another table (a to-many relationship with the name of the field), the id of a mentioned record (`Ref`), a column with
the name of the field.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from sqlalchemy import ForeignKeyConstraint, Numeric, Table, UniqueConstraint, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapper, RelationshipProperty

from app.db.base import Record
from app.writing.markers import Nested, OtherSide
from app.writing.mentions import Mentioned, mentioned_collection, node_of


@dataclass(frozen=True, slots=True)
class Scalar:
    """A field that is stored in one column: as it is, as JSON, or as the id of the record that it mentions."""

    name: str
    column: str
    collection: str | None = None
    is_json: bool = False
    is_decimal: bool = False
    mentioned: Mentioned | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A field whose items are rows of a separate table. `key` identifies a row among the rows of its owner."""

    name: str
    table: Table
    owner: tuple[tuple[str, str], ...]
    """Pairs (column of this table, column of the owner's table) with equal values. The owner's id comes first."""
    key: tuple[str, ...]
    constants: Mapping[str, Any]
    scalars: tuple[Scalar, ...]
    rows: tuple["Rows", ...]
    has_id: bool
    has_position: bool
    dated: tuple[str, ...]
    item: type[BaseModel] | None = None
    """The schema of one item; None for a plain list of keys."""
    link: Scalar | None = None
    """For a plain list of keys: the column for the id of each mentioned record."""
    sibling: str | None = None
    """The field that refers to another row of the same list by its key (a part's parent)."""
    ranks: tuple[str, tuple[str, ...]] | None = None
    """A column and its closed list of terms. Rows are ordered by the rank of their term in this list, then by position.
    """

    def in_order(self, rows: Iterable[Mapping[str, object]]) -> list[Any]:
        """Sort rows as responses list them: by rank, then position, then id or key."""
        column, words = self.ranks or ("", ())

        def place(row: Mapping[str, object]) -> tuple[Any, ...]:
            rank = words.index(row[column]) if words else 0
            last = (row.get("id", ""),) if self.has_id else [row[name] for name in self.key]
            return (rank, row.get("position", 0), *map(str, last))

        return sorted(rows, key=place)

    @property
    def owner_column(self) -> str:
        """The column with the owner's id."""
        return self.owner[0][0]


@dataclass(frozen=True, slots=True)
class NestedRecords:
    """A field whose items are records of their own."""

    name: str
    collection: str
    owner: str
    owner_column: str
    schema: type[BaseModel]


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """How one schema is written to the tables of one model, and read back."""

    model: type[Record]
    schema: type[BaseModel]
    table: Table
    scalars: tuple[Scalar, ...]
    rows: tuple[Rows, ...]
    nested: tuple[NestedRecords, ...]
    extra: tuple[str, ...]
    """Fields without a column. The `prepare` function of the write spec reads them."""
    copies: tuple[tuple[str, Table, tuple[tuple[str, str], ...]], ...]
    """Composite foreign keys whose columns are copied from the referenced row: (own id column, referenced table, pairs of
    (own column, referenced column))."""

    @property
    def collection(self) -> str:
        """The name of the collection, as in the URL."""
        return self.model.__collection__

    def scalar(self, name: str) -> Scalar | None:
        """The scalar field with this name, if there is one."""
        return next((scalar for scalar in self.scalars if scalar.name == name), None)


@lru_cache(maxsize=256)
def plan_of(model: type[Record], schema: type[BaseModel]) -> RecordPlan:
    """The plan of a schema for a model. Raises TypeError if a field cannot be mapped."""
    mapper: Mapper[Any] = inspect(model)
    table = _table(mapper)
    scalars: list[Scalar] = []
    rows: list[Rows] = []
    nested: list[NestedRecords] = []
    extra: list[str] = []
    for name, info in schema.model_fields.items():
        relation = mapper.relationships.get(name)
        marker = next((item for item in info.metadata if isinstance(item, Nested)), None)
        if name == "slug" or any(isinstance(item, OtherSide) for item in info.metadata):
            continue
        if marker is not None or name == "citations":
            nested.append(_nested(name, marker, relation, item_of(info.annotation)))
        elif (
            relation is not None
            and relation.uselist
            and relation.secondary is not None
            and not _are_keys(info.annotation)
        ):
            extra.append(name)
        elif relation is not None and relation.uselist:
            if not _is_record(relation) or relation.secondary is not None or relation.info.get("constants"):
                rows.append(_rows(name, relation, item_of(info.annotation), table))
            else:
                raise TypeError(f"{schema.__name__}.{name}: a list of nested records needs the marker `Nested`")
        elif scalar := _scalar(mapper, name, info.annotation, tuple(info.metadata)):
            scalars.append(scalar)
        else:
            extra.append(name)
    return RecordPlan(
        model, schema, table, tuple(scalars), tuple(rows), tuple(nested), tuple(extra),
        tuple(_copies(table)),
    )  # fmt: skip


def item_of(annotation: object) -> object:
    """The annotation `X` of `list[X]`, `list[X] | None` or `Annotated[list[X], …]`; None if it is not a list."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return item_of(args[0])
    if origin is list:
        return args[0]
    for arm in args:
        if (found := item_of(arm)) is not None:
            return found
    return None


def _are_keys(annotation: object) -> bool:
    return mentioned_collection(item_of(annotation)) is not None


def _table(mapper: Mapper[Any]) -> Table:
    table = mapper.local_table
    assert isinstance(table, Table)
    return table


def _is_record(relation: RelationshipProperty[Any]) -> bool:
    return issubclass(relation.mapper.class_, Record)


def _nested(name: str, marker: Nested | None, relation: RelationshipProperty[Any] | None, schema: Any) -> NestedRecords:
    assert relation is not None, f"{name}: nested records need a relationship with this name"
    target = relation.mapper
    owner = marker.owner if marker is not None else "target"
    column = _column_of(target, owner)
    assert column is not None, f"{name}: {target.class_.__name__} has no column for {owner!r}"
    return NestedRecords(name, target.class_.__collection__, owner, column, schema)


def _column_of(mapper: Mapper[Any], name: str) -> str | None:
    """The column with the id of the record that the field `name` mentions."""
    relation = mapper.relationships.get(name)
    if relation is not None and not relation.uselist:
        (column,) = (column.name for column in relation.local_columns)
        return str(column)
    return f"{name}_id" if f"{name}_id" in mapper.local_table.columns else None


def _scalar(mapper: Mapper[Any], name: str, annotation: object, metadata: tuple[object, ...]) -> Scalar | None:
    if collection := mentioned_collection(annotation, metadata):
        column = _column_of(mapper, name)
        return Scalar(name, column, collection) if column is not None else None
    if name not in mapper.local_table.columns:
        return None
    kind = mapper.local_table.columns[name].type
    below = node_of(annotation, metadata)
    return Scalar(
        name,
        name,
        is_json=isinstance(kind, JSONB),
        is_decimal=isinstance(kind, Numeric),
        mentioned=None if below.is_empty() else below,
    )


def _rows(name: str, relation: RelationshipProperty[Any], item: Any, owner_table: Table) -> Rows:
    table = relation.secondary if relation.secondary is not None else _table(relation.mapper)
    assert isinstance(table, Table)
    pairs = relation.synchronize_pairs
    owner_column = next(str(here.name) for _, here in pairs if here.table is table)
    owner = _owner_pairs(table, owner_column, owner_table)
    constants = dict(relation.info.get("constants", {}))
    link: Scalar | None = None
    scalars: list[Scalar] = []
    below: list[Rows] = []
    sibling: str | None = None
    model: Any = None
    if relation.secondary is not None:
        ((_, target),) = relation.secondary_synchronize_pairs or ()
        link = Scalar(name, str(target.name), mentioned_collection(item))
        assert link.collection, f"{name}: the items are not keys of records"
        assert "position" in table.columns, f"{name}: {table.name} needs a column `position` for the order of the keys"
    else:
        model = relation.mapper.class_
        for field, info in item.model_fields.items():
            inner = relation.mapper.relationships.get(field)
            if inner is not None and inner.uselist:
                below.append(_rows(field, inner, item_of(info.annotation), table))
            elif scalar := _scalar(relation.mapper, field, info.annotation, tuple(info.metadata)):
                scalars.append(scalar)
            elif inner is not None and inner.mapper is relation.mapper:
                sibling = field
            else:
                raise TypeError(f"{item.__name__}.{field}: {table.name} has no column for it")
    return Rows(
        name, table, owner, _natural_key(table, owner_column), constants, tuple(scalars), tuple(below),
        has_id="id" in table.primary_key.columns, has_position="position" in table.columns,
        dated=getattr(model, "__dated__", ()),
        item=None if link is not None else item, link=link, sibling=sibling, ranks=_ranks(table, model),
    )  # fmt: skip


def _ranks(table: Table, model: object) -> tuple[str, tuple[str, ...]] | None:
    column = getattr(model, "__ranked_by__", None)
    return (column, tuple(map(str, table.columns[column].type.term_class))) if column else None


def _owner_pairs(table: Table, owner_column: str, owner_table: Table) -> tuple[tuple[str, str], ...]:
    """Pairs (column, owner's column) from the foreign key that includes `owner_column`. The pair with `owner_column` is
    first.
    """
    for key in table.foreign_key_constraints:
        names = [element.parent.name for element in key.elements]
        if owner_column in names and key.referred_table is owner_table:
            pairs = [(element.parent.name, element.column.name) for element in key.elements]
            return tuple(sorted(pairs, key=lambda pair: pair[0] != owner_column))
    return ((owner_column, "id"),)


def _natural_key(table: Table, owner_column: str) -> tuple[str, ...]:
    """The columns that identify a row among the rows of its owner, from the primary key or else from a unique
    constraint.
    """
    primary = [column.name for column in table.primary_key.columns]
    if primary != ["id"]:
        return tuple(name for name in primary if name != owner_column)
    uniques = [
        [column.name for column in rule.columns]
        for rule in table.constraints
        if isinstance(rule, UniqueConstraint) and "id" not in rule.columns
    ]
    for names in sorted(uniques):
        if owner_column in names:
            return tuple(name for name in names if name != owner_column)
    return tuple(uniques[0])


def _copies(table: Table) -> list[tuple[str, Table, tuple[tuple[str, str], ...]]]:
    found = []
    for key in table.constraints:
        if not isinstance(key, ForeignKeyConstraint) or len(key.elements) < 2 or key.referred_table.name == "entry":
            continue
        pairs = [(element.parent.name, element.column.name) for element in key.elements]
        own_id = next(here for here, there in pairs if there == "id")
        found.append((str(own_id), key.referred_table, tuple((h, t) for h, t in pairs if t != "id")))
    return sorted(found, key=lambda copy: (-len(copy[2]), copy[0]))


def as_decimal(value: object) -> Decimal | None:
    """A number as the column stores it: with six decimal places."""
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.000001"))
