"""The resources of this package: parties, people, places and delegations."""

from app.db.actors import Party, PartyName, Person, PersonName, Place, PlaceName
from app.db.delegations import Delegation
from app.delegations.filters import DEFAULT_SORT, PRESENCE, SORTS, DelegationQuery, PartyQuery, PersonQuery, PlaceQuery
from app.delegations.formats import DELEGATION_OFFERS, PLACE_OFFERS
from app.delegations.read_schemas import (
    DelegationDetail,
    DelegationSummary,
    PartyDetail,
    PartySummary,
    PersonDetail,
    PersonSummary,
    PlaceDetail,
    PlaceSummary,
)
from app.delegations.rules import DELEGATION_WRITE_SPEC, PARTY_WRITE_SPEC, PERSON_WRITE_SPEC, PLACE_WRITE_SPEC
from app.reading.long_tables import LongTableRows
from app.reading.read_spec import ReadSpec
from app.reading.search_spec import SearchSpec
from app.resources.resource import Resource
from app.schemas.record_reads import RECORD_ROWS

PARTIES = Resource(
    ReadSpec(
        "parties",
        Party,
        PartySummary,
        PartyDetail,
        PartyQuery,
        sorts=SORTS["parties"],
        default_sort=DEFAULT_SORT["parties"],
        presence=PRESENCE["parties"],
        search=SearchSpec(names=PartyName),
        rows={
            **RECORD_ROWS,
            "country": LongTableRows("countries"),
            "other_name": LongTableRows("names"),
            "membership": LongTableRows("member_of"),
            "member": LongTableRows("members"),
            "mandate": LongTableRows("speaks_for"),
            "succession": LongTableRows("succeeded_by"),
            "predecessor": LongTableRows("predecessors"),
            "successor": LongTableRows("successors"),
        },
    ),
    PARTY_WRITE_SPEC,
    noun="party",
    definition="A **party** is an actor in negotiations. The members of coalitions are recorded; `party.members=`"
    " matches them.",
    docs_position=4,
    about="Actors: states, groups, organizations, and the coalitions they form.",
    example="kind=coalition",
    record="russia",
    draft={
        "name": "Contact Group on Example",
        "kind": "coalition",
        "names": [{"text": "Example Contact Group", "kind": "alias"}],
    },
)

PEOPLE = Resource(
    ReadSpec(
        "people",
        Person,
        PersonSummary,
        PersonDetail,
        PersonQuery,
        sorts=SORTS["people"],
        default_sort=DEFAULT_SORT["people"],
        presence=PRESENCE["people"],
        search=SearchSpec(parties="party", names=PersonName),
        rows={
            **RECORD_ROWS,
            "other_name": LongTableRows("names"),
            "post": LongTableRows("posts"),
            "seat": LongTableRows("seats"),
        },
    ),
    PERSON_WRITE_SPEC,
    noun="person",
    definition="A **person**, with all spellings of the name and the posts held.",
    docs_position=5,
    about="People, with the spellings of their names and the posts they held.",
    example="party=ukraine",
    record="rustem-umerov",
    draft={
        "name": "Olena Prykladna",
        "party": "ukraine",
        "posts": [{"title": "Deputy negotiator", "party": "ukraine", "valid_from": "2026-03"}],
    },
)

PLACES = Resource(
    ReadSpec(
        "places",
        Place,
        PlaceSummary,
        PlaceDetail,
        PlaceQuery,
        sorts=SORTS["places"],
        default_sort=DEFAULT_SORT["places"],
        presence=PRESENCE["places"],
        search=SearchSpec(names=PlaceName),
        rows={
            **RECORD_ROWS,
            "country": LongTableRows("countries"),
            "other_name": LongTableRows("names"),
            "contained_place": LongTableRows("contains"),
        },
        offers=PLACE_OFFERS,
    ),
    PLACE_WRITE_SPEC,
    noun="place",
    definition="A **place**: venue, town, region, area. `place=` also matches places inside it.",
    docs_position=6,
    about="Venues, towns, regions and areas, which form a tree.",
    example="country=TR",
    record="istanbul",
    draft={
        "name": "Izmir",
        "kind": "city",
        "countries": ["TR"],
        "lon": 27.1428,
        "lat": 38.4237,
        "precision": "city",
    },
)

DELEGATIONS = Resource(
    ReadSpec(
        "delegations",
        Delegation,
        DelegationSummary,
        DelegationDetail,
        DelegationQuery,
        sorts=SORTS["delegations"],
        default_sort=DEFAULT_SORT["delegations"],
        presence=PRESENCE["delegations"],
        rows={
            **RECORD_ROWS,
            "attendance": LongTableRows("members.attendance", within=("member", ("person", "key", "function"))),
            "member": LongTableRows("members"),
            "post_held": LongTableRows("posts_held"),
            "role": LongTableRows("roles"),
        },
        offers=DELEGATION_OFFERS,
    ),
    DELEGATION_WRITE_SPEC,
    noun="delegation",
    definition="A **delegation** is a party's part in one talk. `is_seated` separates those who negotiated from those"
    " who only hosted, mediated or observed. The head is often unknown.",
    docs_position=3,
    about="The delegation of each party to a talk, whether seated or only hosting, mediating or observing, and its members.",
    example="talk=istanbul-2025-06-02&missing=head",
    record="istanbul-2025-06-02-russia",
    draft={"talk": "istanbul-2025-06-02", "party": "united-states", "is_seated": False, "roles": ["observer"]},
)
