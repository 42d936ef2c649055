"""How parties, people, places and delegations are written."""

from app.db.actors import Party, Person, Place
from app.db.talks import Delegation
from app.delegations.writes import DelegationWrite, PartyWrite, PersonWrite, PlaceWrite
from app.writing.kinds import Kind

PARTIES = Kind(Party, PartyWrite, slug=lambda draft, slug_of: draft.words("name"), is_mergeable=True)
PEOPLE = Kind(Person, PersonWrite, slug=lambda draft, slug_of: draft.words("name"), is_mergeable=True)
PLACES = Kind(Place, PlaceWrite, slug=lambda draft, slug_of: draft.words("name"), is_mergeable=True)
DELEGATIONS = Kind(
    Delegation,
    DelegationWrite,
    slug=lambda draft, slug_of: f"{slug_of('talk')} {slug_of('party')}",
    identity=("talk_id", "party_id"),
)
