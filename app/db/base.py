"""Base classes of all tables: naming conventions, and the columns common to all records.

A model declares its contents with `app.db.columns`, `__dated__` and `__search__`. The hooks in `Base.__init_subclass__` turn these
declarations into columns, CHECK constraints and indexes.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column, relationship
from sqlalchemy.types import TypeEngine

from app.db.columns import CASCADE, KEPT, TermText
from app.db.dates import DatePrecision
from app.db.instants import Timed
from app.db.vocabulary import Confidence, Review


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        UUID: Uuid,
        datetime: DateTime(timezone=True),
        date: Date,
        list[str]: ARRAY(Text),
        list[Any]: JSONB,
        # Store None as SQL NULL; a JSON null would not match `IS NULL`.
        dict[str, Any]: JSONB(none_as_null=True),
    }

    #: EDTF columns. Each gets the columns `<name>_min` and `<name>_max` (days, both inclusive) and `<name>_precision`.
    __dated__: ClassVar[tuple[str, ...]] = ()
    #: For records with `sort_on`: the EDTF columns, in order of precedence. `sort_on` is the first day of the first
    #: known date.
    __sorted_by__: ClassVar[tuple[str, ...]] = ()
    #: The dates of `__dated__` whose time of day may be known. Each gets columns for the time, its zone and the instant;
    #: several dates may share a zone.
    __timed__: ClassVar[tuple[Timed, ...]] = ()
    #: For records with `sort_on`: the attributes that order the records of one day, before the id. They have no nulls.
    __within_day__: ClassVar[tuple[str, ...]] = ()
    #: To-many relationships to records of the same collection that must not form a cycle.
    __chains__: ClassVar[tuple[str, ...]] = ()
    #: Lists of relations to records of the same collection, with the kind of relation that must not form cycles.
    __kind_chains__: ClassVar[Mapping[str, str]] = {}
    #: Columns for full-text search, with their weights. A match of weight A (a name, a title) is ranked ten times as
    #: high as a match of weight D. At most one column has each weight. The table gets a generated column `words`, in
    #: the text search configuration of `lang`.
    __search__: ClassVar[Mapping[str, Literal["A", "B", "C", "D"]]] = {}
    #: A JSON column (language → text) that is also searched, each text in its own language, with the weight A.
    __labelled__: ClassVar[str | None] = None
    #: The column for fuzzy search. The generated column `folded` stores its text in lowercase without accents.
    __spelt__: ClassVar[str | None] = None
    #: Whether the table is versioned, so that `as_of` can read all its past states (`app.db.versioned`).
    __is_versioned__: ClassVar[bool] = True
    #: Whether triggers derive the rows from other tables, so that undoing a write need not restore them.
    __is_derived__: ClassVar[bool] = False
    #: Groups of columns that together express one statement. A merge copies a group as a whole, so that it never mixes
    #: the values of two records.
    __together__: ClassVar[tuple[tuple[str, ...], ...]] = ()
    #: For rows with a key: the columns that must be equal, or all empty in one of the rows, for a merge to combine two rows.
    #: Without such columns, all contents must agree.
    __same_if__: ClassVar[tuple[str, ...]] = ()
    #: For rows inside a record: the foreign key column that refers to the record. A change to the row is treated as a
    #: change to the record.
    __inside__: ClassVar[str | None] = None
    #: For rows with a position: a column with a closed list. Rows are ordered by the order of this list first, then by
    #: position.
    __ranked_by__: ClassVar[str | None] = None

    def __init_subclass__(cls, **kwargs: object) -> None:
        for name in cls.__dict__.get("__dated__", ()):
            setattr(cls, f"{name}_min", mapped_column(Date, nullable=True))
            setattr(cls, f"{name}_max", mapped_column(Date, nullable=True))
            setattr(cls, f"{name}_precision", mapped_column(TermText(DatePrecision), nullable=True))
        for timed in cls.__dict__.get("__timed__", ()):
            setattr(cls, timed.time, mapped_column(Text, nullable=True))
            setattr(cls, timed.zone, mapped_column(Text, nullable=True))
            setattr(cls, timed.instant, mapped_column(DateTime(timezone=True), nullable=True))
        if cls.__search__ and "__tablename__" in cls.__dict__:
            columns: dict[str, str] = {weight: name for name, weight in cls.__search__.items()}
            parts = ", ".join(columns.get(weight, "NULL::text") for weight in "ABCD")
            labels = f" || parley_label_words({cls.__labelled__})" if cls.__labelled__ else ""
            cls.words = _generated(f"parley_words(lang, {parts}){labels}", TSVECTOR)
        if cls.__spelt__ and "__tablename__" in cls.__dict__:
            cls.folded = _generated(f"parley_folded({cls.__spelt__})", Text)
        if cls.__is_versioned__ and "__tablename__" in cls.__dict__:
            cls.rev_from = mapped_column(
                BigInteger, nullable=False, server_default=text("parley_revision()"), sort_order=96, info=KEPT
            )
        super().__init_subclass__(**kwargs)
        if "__table__" in cls.__dict__:
            _enforce_vocabulary(cls)
            _index_words(cls)
            _index_lists(cls)


def _generated(expression: str, kind: type[TypeEngine[Any]]) -> MappedColumn[Any]:
    """A generated column. No request body sets it, and no response includes it."""
    return mapped_column(kind, Computed(expression, persisted=True), nullable=True, sort_order=95)


def _index_words(cls: type[Base]) -> None:
    table: Any = cls.__table__
    if "words" in table.c:
        table.append_constraint(Index(f"ix_{table.name}_words", table.c.words, postgresql_using="gin"))
    if "folded" in table.c:
        trigrams = {"folded": "gin_trgm_ops"}
        spelt = Index(f"ix_{table.name}_folded", table.c.folded, postgresql_using="gin", postgresql_ops=trigrams)
        table.append_constraint(spelt)


def _index_lists(cls: type[Base]) -> None:
    table: Any = cls.__table__
    for column in [one for one in table.columns if one.info.get("index_of_filled")]:
        is_filled = text(f"{column.name} <> '[]'::jsonb")
        table.append_constraint(Index(f"ix_{table.name}_{column.name}", table.c.id, postgresql_where=is_filled))


def _enforce_vocabulary(cls: type[Base]) -> None:
    table: Any = cls.__table__
    for column in list(table.columns):
        if isinstance(column.type, TermText):
            allowed = ", ".join(f"'{value}'" for value in column.type.term_class)
            table.append_constraint(CheckConstraint(f'"{column.name}" IN ({allowed})', name=column.name))
        if term_class := column.info.get("terms"):
            allowed = ", ".join(f"'{value}'" for value in term_class)
            table.append_constraint(CheckConstraint(f'"{column.name}" <@ ARRAY[{allowed}]::text[]', name=column.name))
            table.append_constraint(Index(f"ix_{table.name}_{column.name}", column, postgresql_using="gin"))
    for name in cls.__dated__:
        table.append_constraint(
            CheckConstraint(
                f'num_nonnulls("{name}", {name}_min, {name}_max, {name}_precision) IN (0, 4)'
                f" AND ({name}_min IS NULL OR {name}_min <= {name}_max)",
                name=f"{name}_range",
            )
        )
    for timed in cls.__timed__:
        table.append_constraint(
            CheckConstraint(
                f"num_nonnulls({timed.time}, {timed.instant}) IN (0, 2)"
                f" AND ({timed.time} IS NULL OR {timed.zone} IS NOT NULL AND {timed.date}_precision = 'day')",
                name=f"{timed.time}_of_a_day",
            )
        )


class Entry(Base):
    """The identity of every record. Foreign keys of citations, external ids and slug aliases refer to this table."""

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("collection", "slug"),
        UniqueConstraint("id", "slug"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 200", name="slug"),
        CheckConstraint("slug !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'", name="slug_is_no_id"),
        # For "did you mean" hints: finds the slugs that are most similar to an unknown slug.
        Index("ix_entry_slug_trgm", "slug", postgresql_using="gin", postgresql_ops={"slug": "gin_trgm_ops"}),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    collection: Mapped[str]
    slug: Mapped[str]


#: The models of records by collection: `RECORDS["talks"] is Talk`. Models are added as they are declared. The dict is
#: complete once `app.registry` is imported, because every package in the registry imports its tables.
RECORDS: "dict[str, type[Record]]" = {}


class Record(Base):
    """The columns common to all records. A foreign key guarantees that `id` and `slug` equal those of the entry."""

    __abstract__ = True
    #: The plural name, which is used in URLs, in `entry.collection` and in `Ref`.
    __collection__: ClassVar[str]
    #: The column that refers to the parent record, if records of this type form a tree.
    __below__: ClassVar[str]
    #: The column that refers to the record through which this record belongs to a process: a delegation belongs to the
    #: process of its talk. Tables with a column `process_id` do not need this.
    __belongs_through__: ClassVar[str | None] = None
    #: Whether the records are claims. `known_by` hides a claim until the day on which a dated source made it public.
    #: Other records are names and are always known. The database computes the day (`known.found` in the migrations).
    __is_claim__: ClassVar[bool] = False

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)
    slug: Mapped[str] = mapped_column(sort_order=-9)
    #: The language of the record's texts (BCP 47); for a source, the language of the document.
    lang: Mapped[str | None] = mapped_column(sort_order=79)
    notes: Mapped[list[str]] = mapped_column(server_default="{}", sort_order=80)
    confidence: Mapped[Confidence | None] = mapped_column(TermText(Confidence), sort_order=81)
    caveats: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"), sort_order=82)
    coded_from: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"), sort_order=83)
    review: Mapped[Review] = mapped_column(TermText(Review), server_default="draft", sort_order=84)
    created_at: Mapped[datetime] = mapped_column(server_default=func.parley_instant(), sort_order=90, info=KEPT)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.parley_instant(), sort_order=91, info=KEPT)
    row_version: Mapped[int] = mapped_column(server_default=text("1"), sort_order=92, info=KEPT)
    withdrawn_at: Mapped[datetime | None] = mapped_column(sort_order=93)
    withdrawn_reason: Mapped[str | None] = mapped_column(sort_order=94)

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "__table__" not in cls.__dict__:
            return
        RECORDS[cls.__collection__] = cls
        table: Any = cls.__table__
        table.append_constraint(ForeignKeyConstraint(["id", "slug"], ["entry.id", "entry.slug"], **CASCADE))
        table.append_constraint(UniqueConstraint(table.c.slug))
        table.append_constraint(
            CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn_with_reason")
        )
        Index(f"ix_{table.name}_updated_at", table.c.updated_at, table.c.id)

    @declared_attr
    def external_ids(cls) -> Mapped[list[Any]]:
        return relationship(
            "ExternalId",
            primaryjoin=f"remote(foreign(ExternalId.record_id)) == {cls.__name__}.id",
            order_by="ExternalId.scheme, ExternalId.value",
            viewonly=True,
            uselist=True,
        )

    @declared_attr
    def codings(cls) -> Mapped[list[Any]]:
        return relationship(
            "Coding",
            primaryjoin=f"remote(foreign(Coding.record_id)) == {cls.__name__}.id",
            order_by="Coding.field, Coding.coder",
            viewonly=True,
            uselist=True,
        )

    @declared_attr
    def citations(cls) -> Mapped[list[Any]]:
        return relationship(
            "Citation",
            primaryjoin=f"remote(foreign(Citation.target_id)) == {cls.__name__}.id",
            order_by="Citation.field, Citation.id",
            viewonly=True,
            uselist=True,
        )
