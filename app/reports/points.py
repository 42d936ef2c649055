"""Which points and answers a report reads: the parameters `account`, `min_review` and `inherited` of all reports about them."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from app.db.vocabulary import Review
from app.domain.texts import Line

#: Values of `account` that are not the slug of one account.
REFERENCE, ALL = "reference", "all"


def at_account(statement: str, account: str, number: int) -> str:
    """The statement for another account than the reference account. `number`: the number of the statement's parameter with
    the slug of the account (`Chosen.named`)."""
    if account == REFERENCE:
        return statement
    named = f"d.account_id = (SELECT id FROM account WHERE slug = ${number}::text)"  # noqa: S608 - a constant
    return statement.replace("d.is_reference", "true" if account == ALL else named)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The points and answers that a report reads."""

    account: str = REFERENCE
    #: The review statuses of the records that are read; None = all.
    reviews: list[str] | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """The slug of the account, if it is one: the last parameter of statements made by `at_account`."""
        return () if self.account in (REFERENCE, ALL) else (self.account,)

    def has(self, review: str | None) -> bool:
        """Whether a record with this status is read."""
        return self.reviews is None or review in self.reviews

    async def fetch(self, connection: Any, statement: str, process: str, day: Any) -> Any:
        """Run a statement about the points of a process (`app.reports.stances_statements`)."""
        return await connection.fetch(at_account(statement, self.account, 4), process, day, self.reviews, *self.named)


class ReviewOptions(BaseModel):
    """The parameter of reports that read coded records."""

    min_review: Review | None = Field(
        None,
        description="Read only records with this review status or a higher one: `draft`, `reviewed`, `adjudicated`. By default all"
        " are read.",
        examples=["draft"],
    )

    @property
    def reviews(self) -> list[str] | None:
        """The review statuses of the records that are read; None = all."""
        order = list(Review)
        return None if self.min_review is None else [str(word) for word in order[order.index(self.min_review) :]]


class PointOptions(ReviewOptions):
    """Parameters of reports that read points and answers."""

    account: Line = Field(
        REFERENCE,
        description="The account to read: `reference` for the reference account of each proposal, `all` for all accounts, or the"
        " slug of one account.",
        examples=["russian-memorandum-2025-06-02-article"],
    )

    @property
    def chosen(self) -> Chosen:
        return Chosen(self.account, self.reviews)

    @property
    def named_account(self) -> list[tuple[str, str, str]]:
        """The account as an argument of `find_records`."""
        return [("accounts", slug, "account") for slug in self.chosen.named]


class InheritedOptions(BaseModel):
    """The parameter of reports that read answers to whole proposals."""

    inherited: bool = Field(
        True,
        description="Whether an answer to a whole part or proposal counts for each demand in it.",
        examples=[False],
    )
