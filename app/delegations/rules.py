"""Write specifications of parties, people, places and delegations."""

from uuid import UUID

from app.db.actors import Party, Person, Place
from app.db.delegations import Delegation
from app.db.vocabulary import PlaceKind
from app.delegations.attendance import check_sittings
from app.delegations.heads import check_heads
from app.delegations.merge_rules import check_merged_members
from app.delegations.succession_rules import check_merged_successions, check_successions
from app.delegations.write_schemas import DelegationWrite, PartyWrite, PersonWrite, PlaceWrite
from app.errors import quoted
from app.writing.batch import Batch, Draft, by
from app.writing.write_spec import WriteSpec

PLACE = Place.metadata.tables[Place.__tablename__]


async def _check_virtual_place(batch: Batch, collection: str, lost: UUID, kept: UUID) -> None:
    """Check a merge of places. A virtual place (such as a call) cannot take over the coordinates of another place."""
    if collection != "places":
        return
    rows = by(await batch.select(PLACE, "id", {lost, kept}), "id")
    if rows[kept]["kind"] == PlaceKind.VIRTUAL and rows[lost]["lon"] is not None:
        batch.conflict(
            f"{quoted(rows[kept]['slug'])} is virtual and cannot have coordinates; {quoted(rows[lost]['slug'])} has some",
            "/into",
            "If they are the same place, first correct the `kind` of one, or the `lon` and `lat` of the other.",
        )


async def _check_members(batch: Batch, drafts: list[Draft]) -> None:
    await check_heads(batch, drafts)
    await check_sittings(batch, drafts)


NAMED = (("name",),)
PARTY_WRITE_SPEC = WriteSpec(
    Party,
    PartyWrite,
    slug=lambda draft, slug_of: draft.words("name"),
    check=check_successions,
    is_mergeable=True,
    keep=check_merged_successions,
    same_in=NAMED,
)
PERSON_WRITE_SPEC = WriteSpec(
    Person, PersonWrite, slug=lambda draft, slug_of: draft.words("name"), is_mergeable=True, same_in=NAMED
)
PLACE_WRITE_SPEC = WriteSpec(
    Place,
    PlaceWrite,
    slug=lambda draft, slug_of: draft.words("name"),
    is_mergeable=True,
    keep=_check_virtual_place,
    same_in=NAMED,
)
DELEGATION_WRITE_SPEC = WriteSpec(
    Delegation,
    DelegationWrite,
    slug=lambda draft, slug_of: f"{slug_of('talk')} {slug_of('party')}",
    identity=("talk_id", "party_id"),
    check=_check_members,
    keep=check_merged_members,
)
