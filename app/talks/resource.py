"""The resources of this package: processes and talks."""

from app.db.talks import Process, Talk
from app.reading.long_tables import LongTableRows
from app.reading.read_spec import ReadSpec
from app.reading.search_spec import SearchSpec
from app.resources.resource import Resource
from app.schemas.record_reads import RECORD_ROWS
from app.talks.filters import DEFAULT_SORT, PRESENCE, SORTS, ProcessQuery, TalkQuery
from app.talks.formats import PROCESS_OFFERS, TALK_OFFERS
from app.talks.read_schemas import ProcessDetail, ProcessSummary, TalkDetail, TalkSummary
from app.talks.rules import PROCESS_WRITE_SPEC, TALK_WRITE_SPEC

PROCESSES = Resource(
    ReadSpec(
        "processes",
        Process,
        ProcessSummary,
        ProcessDetail,
        ProcessQuery,
        sorts=SORTS["processes"],
        default_sort=DEFAULT_SORT["processes"],
        presence=PRESENCE["processes"],
        search=SearchSpec(("started",), parties="negotiating.party"),
        rows={
            **RECORD_ROWS,
            "participant": LongTableRows("parties"),
            "conflict": LongTableRows("conflicts"),
            "outcome": LongTableRows("outcomes"),
            "date_as_written": LongTableRows("dates_as_written"),
            "deadline": LongTableRows("deadlines"),
        },
        offers=PROCESS_OFFERS,
    ),
    PROCESS_WRITE_SPEC,
    noun="process",
    definition="A **process** is a negotiation as a whole, often over several years, with its parties and their roles.",
    docs_position=1,
    about="Negotiations as a whole, often over several years, with their parties and roles, dates and status.",
    example="party.all=russia,ukraine",
    record="russia-ukraine",
    draft={
        "title": "Talks on a ceasefire in Example",
        "kind": "peace",
        "started": "2026-03",
        "parties": [{"party": "russia", "role": "negotiating"}],
    },
)

TALKS = Resource(
    ReadSpec(
        "talks",
        Talk,
        TalkSummary,
        TalkDetail,
        TalkQuery,
        sorts=SORTS["talks"],
        default_sort=DEFAULT_SORT["talks"],
        presence=PRESENCE["talks"],
        search=SearchSpec(("start",), is_large=True, parties="delegations.party", parties_if="is_seated"),
        rows={
            **RECORD_ROWS,
            "delegation": LongTableRows("delegations"),
            "member": LongTableRows("delegations.members", within=("delegation", ("slug", "party", "is_seated"))),
            "outcome": LongTableRows("outcomes"),
            "date_as_written": LongTableRows("dates_as_written"),
            "deadline": LongTableRows("deadlines"),
            "child": LongTableRows("children"),
            "proposal": LongTableRows("proposals"),
            "agreement": LongTableRows("agreements"),
            "event_code": LongTableRows("event_codes"),
        },
        offers=TALK_OFFERS,
    ),
    TALK_WRITE_SPEC,
    noun="talk",
    definition="A **talk** is a meeting or a series of meetings. Talks form a tree: a round contains the meeting of the"
    " principals and the plenary.",
    docs_position=2,
    about="Meetings and series of meetings, which form a tree, with dates, places, delegations and outcomes.",
    example="party.all=russia,ukraine&start_from=2025&include=delegations",
    record="istanbul-2025-06-02",
    draft={
        "process": "russia-ukraine",
        "title": "Istanbul talks of 9 June 2026",
        "kind": "round",
        "format": "direct",
        "start": "2026-06-09",
        "place": "istanbul",
        "delegations": [
            {"party": "russia", "roles": ["negotiating"]},
            {"party": "ukraine", "roles": ["negotiating"]},
        ],
    },
)
