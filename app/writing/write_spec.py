"""A room's declaration of a record that can be written: its table, its schema, and what the schema cannot say."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel

from app.db.base import Record

if TYPE_CHECKING:
    from app.writing.batch import Batch, Draft

#: The words of a slug, from the draft and a look-up of the slug of what a field mentions (raises `UnknownYet`).
SlugRecipe = Callable[["Draft", Callable[[str], str]], str]
#: Works on all drafts of one collection at once, so that what it reads is read in one statement.
Preparation = Callable[["Batch", list["Draft"]], Awaitable[None]]

#: Adds to bodies read back what the plan cannot tell: (select, bodies by id, rows by id).
Recall = Callable[[Any, dict[UUID, dict[str, Any]], dict[UUID, dict[str, Any]]], Awaitable[None]]


#: Of a merge: (batch, collection, id of the record that goes, id of the one that stays).
Keeping = Callable[["Batch", str, UUID, UUID], Awaitable[None]]


class UnknownYet(Exception):
    """The slug of a mention is known only once the database was asked."""


@dataclass(frozen=True, slots=True)
class WriteSpec:
    """What the writer knows of a collection.

    In the order in which they run: `complete` fills columns of one draft from its body; `identity` are columns that
    tell the record as surely as its slug (a talk has one delegation of a party); `prepare` fills what follows from
    other records (defaults, owners' columns) before the rows are compared; `check` adds faults once all rows of the
    batch are known. `recall` is the way back. `also_named` are fields whose values mention the record.
    """

    model: type[Record]
    schema: type[BaseModel]
    slug: SlugRecipe
    complete: Callable[["Batch", "Draft"], None] | None = None
    prepare: Preparation | None = None
    check: Preparation | None = None
    recall: Recall | None = None
    identity: tuple[str, ...] = ()
    #: Whether a record without a slug is found by `identity` alone, because the slug made for it does not include all of it.
    is_found_by_identity: bool = False
    also_named: tuple[str, ...] = ()
    #: Fields that together tell a record from the others of its owner, where `identity` names columns that no body has.
    told_by: tuple[str, ...] = ()
    #: Sets of columns, the first of which must have a value: a record that has the same in all columns of a set is taken
    #: for the same record (`app.writing.duplicate_check`).
    same_in: tuple[tuple[str, ...], ...] = ()
    #: (collection, column) of records that have no meaning without it and are withdrawn with it.
    inside: tuple[tuple[str, str], ...] = ()
    #: (collection, column) of records that must be withdrawn or moved first.
    holds: tuple[tuple[str, str], ...] = ()
    #: Whether two of its records may turn out to be one, and be merged (`app.writing.merging`).
    is_mergeable: bool = False
    #: Adds conflicts where two records of any collection that become one would break a rule of this kind's records.
    keep: Keeping | None = None

    @property
    def collection(self) -> str:
        return self.model.__collection__

    @property
    def singular(self) -> str:
        return str(self.model.__tablename__)
