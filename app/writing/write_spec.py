"""The declaration by which a package makes a collection writable: its model, its schema, and the rules beyond the schema."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel

from app.db.base import Record

# `WriteSpec` refers to `Batch` and `Draft`, and these refer to `WriteSpec`. Only the annotations need this import.
if TYPE_CHECKING:
    from app.writing.batch import Batch, Draft

#: Returns the words of a generated slug. The arguments are the draft, and a function that returns the slug of the
#: record that a field mentions, or raises `UnknownYet`.
SlugRecipe = Callable[["Draft", Callable[[str], str]], str]
#: Processes all drafts of one collection at once, so that one statement can read what all drafts need.
Preparation = Callable[["Batch", list["Draft"]], Awaitable[None]]

#: Adds fields that the plan cannot derive to bodies that are read back: (select, bodies by id, rows by id).
Recall = Callable[[Any, dict[UUID, dict[str, Any]], dict[UUID, dict[str, Any]]], Awaitable[None]]


#: Checks a merge: (batch, collection, id of the duplicate, id of the remaining record).
MergeCheck = Callable[["Batch", str, UUID, UUID], Awaitable[None]]


class UnknownYet(Exception):
    """Raised if the slug of a mention is not known until the database is queried."""


@dataclass(frozen=True, slots=True)
class WriteSpec:
    """How the records of a collection are written. In the order in which the writer uses them:

    - `complete` fills columns of one draft from its body;
    - `identity` are columns that identify a record, just as its slug does (a talk has one delegation per party);
    - `prepare` fills columns that depend on other records (defaults, owners' columns), before the rows are compared;
    - `check` adds errors after the rows of the whole batch are known.

    `recall` completes bodies that are read back. `also_named` are fields whose values may be used to mention the record.
    """

    model: type[Record]
    schema: type[BaseModel]
    slug: SlugRecipe
    complete: Callable[["Batch", "Draft"], None] | None = None
    prepare: Preparation | None = None
    check: Preparation | None = None
    recall: Recall | None = None
    identity: tuple[str, ...] = ()
    #: Whether a record without a slug is matched by `identity` alone, because the generated slug does not include all
    #: of these columns.
    is_found_by_identity: bool = False
    also_named: tuple[str, ...] = ()
    #: Fields that together identify a record among the records of its owner, if `identity` has columns that are not in
    #: the body.
    distinguished_by: tuple[str, ...] = ()
    #: Groups of columns. A new record that equals a stored one in all columns of a group is rejected as a probable
    #: duplicate (`app.writing.duplicate_check`). The first column of a group must have a value.
    same_in: tuple[tuple[str, ...], ...] = ()
    #: (collection, column) of records that belong to a record of this collection and are withdrawn with it.
    inside: tuple[tuple[str, str], ...] = ()
    #: (collection, column) of records that must be withdrawn or moved before a record of this collection can be withdrawn.
    holds: tuple[tuple[str, str], ...] = ()
    #: Whether a record may be merged into another one of the collection (`app.writing.merging`).
    is_mergeable: bool = False
    #: Adds conflicts if merging two records, of any collection, would break a rule for the records of this collection.
    keep: MergeCheck | None = None

    @property
    def collection(self) -> str:
        """The name of the collection, as in the URL."""
        return self.model.__collection__

    @property
    def singular(self) -> str:
        """The name of one record in messages, such as "party"."""
        return str(self.model.__tablename__)
