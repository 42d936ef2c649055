"""The collections of this room: parties, people, places, delegations. What they do stands in reads, writes, filters, commands."""

from app.collection import Collection
from app.db.actors import Party, Person, Place
from app.db.talks import Delegation
from app.delegations.commands import DELEGATIONS, PARTIES, PEOPLE, PLACES
from app.delegations.filters import DEFAULT_SORT, PRESENCE, SORTS, DelegationQuery, PartyQuery, PersonQuery, PlaceQuery
from app.delegations.forms import DELEGATION_FORMS, PLACE_FORMS
from app.delegations.reads import (
    DelegationDetail,
    DelegationSummary,
    PartyDetail,
    PartySummary,
    PersonDetail,
    PersonSummary,
    PlaceDetail,
    PlaceSummary,
)
from app.reading.collections import Readable
from app.reading.long_tables import Rows
from app.record import RECORD_ROWS

COLLECTIONS = (
    Collection(
        Readable(
            "parties",
            Party,
            PartySummary,
            PartyDetail,
            PartyQuery,
            sorts=SORTS["parties"],
            default_sort=DEFAULT_SORT["parties"],
            presence=PRESENCE["parties"],
            rows={
                **RECORD_ROWS,
                "country": Rows("countries"),
                "other_name": Rows("names"),
                "membership": Rows("member_of"),
                "member": Rows("members"),
                "mandate": Rows("speaks_for"),
            },
        ),
        PARTIES,
        noun="party",
        about="Actors beyond any one talk: states, groups, organisations, and the coalitions they form.",
        example="kind=coalition",
    ),
    Collection(
        Readable(
            "people",
            Person,
            PersonSummary,
            PersonDetail,
            PersonQuery,
            sorts=SORTS["people"],
            default_sort=DEFAULT_SORT["people"],
            presence=PRESENCE["people"],
            rows={
                **RECORD_ROWS,
                "other_name": Rows("names"),
                "post": Rows("posts"),
                "seat": Rows("seats"),
            },
        ),
        PEOPLE,
        noun="person",
        about="People, with the spellings of their names and the posts they held.",
        example="party=ukraine",
    ),
    Collection(
        Readable(
            "places",
            Place,
            PlaceSummary,
            PlaceDetail,
            PlaceQuery,
            sorts=SORTS["places"],
            default_sort=DEFAULT_SORT["places"],
            presence=PRESENCE["places"],
            rows={
                **RECORD_ROWS,
                "country": Rows("countries"),
                "other_name": Rows("names"),
                "contained_place": Rows("contains"),
            },
            forms=PLACE_FORMS,
        ),
        PLACES,
        noun="place",
        about="Venues, towns, regions and areas, each in the one around it.",
        example="country=TR",
    ),
    Collection(
        Readable(
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
                "member": Rows("members"),
                "role": Rows("roles"),
            },
            forms=DELEGATION_FORMS,
        ),
        DELEGATIONS,
        noun="delegation",
        about="Each party's part in one talk: seated or only hosting, mediating, observing; with its members.",
        example="talk=istanbul-2025-06-02&missing=head",
    ),
)
