"""Markers in the annotations of write schemas, for fields whose name and type are not enough."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nested:
    """Marks a list of records that are written inside the body of another record (the owner).

    Each is stored as a record of its own, whose field `owner` refers to the outer record. For example
    `delegations: Annotated[list[DelegationInTalk], Nested("talk")]` creates delegations whose `talk` is the outer talk.
    """

    owner: str


@dataclass(frozen=True, slots=True)
class OtherSide:
    """Marks a list that shows the list `of` of other records from the other side, such as `members` of a coalition and
    `member_of` of its members.

    Only the list `of` is stored. Writing an entry adds it to the list `of` of the record that the entry mentions, or
    replaces the entry there; the list never removes anything (`app.writing.other_sides`).
    """

    of: str
