"""The resources of this package: demands, responses and assessments."""

from app.db.demands import Assessment, Demand
from app.db.responses import Response
from app.demands.assessment_filters import AssessmentQuery
from app.demands.filters import (
    DEFAULT_SORT,
    ECHO,
    PRESENCE,
    SORT_WHERE,
    SORTS,
    DemandDetailQuery,
    DemandQuery,
)
from app.demands.formats import ASSESSMENT_OFFERS, DEMAND_OFFERS, RESPONSE_OFFERS
from app.demands.predicates import is_printed_in
from app.demands.read_schemas import AssessmentDetail, AssessmentSummary, DemandDetail, DemandSummary
from app.demands.response_filters import ResponseQuery
from app.demands.response_read_schemas import ResponseDetail, ResponseSummary
from app.demands.response_rules import RESPONSE_WRITE_SPEC
from app.demands.rules import ASSESSMENT_WRITE_SPEC, DEMAND_WRITE_SPEC
from app.reading.long_tables import LongTableRows
from app.reading.read_spec import ReadSpec
from app.reading.search_spec import SearchSpec
from app.resources.resource import Resource
from app.schemas.record_reads import RECORD_ROWS

DEMANDS = Resource(
    ReadSpec(
        "demands",
        Demand,
        DemandSummary,
        DemandDetail,
        DemandQuery,
        sorts=SORTS["demands"],
        default_sort=DEFAULT_SORT["demands"],
        presence=PRESENCE["demands"],
        search=SearchSpec(
            ("sort_on",), is_large=True, parties="claimants", reference="is_reference", languages=is_printed_in
        ),
        rows={
            **RECORD_ROWS,
            "issue": LongTableRows("issues"),
            "claimant": LongTableRows("claimants"),
            "addressee": LongTableRows("addressees"),
            "beneficiary": LongTableRows("beneficiaries"),
            "backer": LongTableRows("backers"),
            "answer": LongTableRows("state.answers"),
            "other_answer": LongTableRows("state.others"),
            "owing_party": LongTableRows("state.owing"),
            "response": LongTableRows("responses"),
            "quantity": LongTableRows("quantities"),
            "place": LongTableRows("places"),
            "dependency": LongTableRows("depends_on"),
            "link": LongTableRows("links"),
            "incoming_link": LongTableRows("linked_from"),
            "event_code": LongTableRows("event_codes"),
            "unmapped_code": LongTableRows("unmapped"),
        },
        offers=DEMAND_OFFERS,
        detail_query=DemandDetailQuery,
        echo=ECHO["demands"],
        sort_where=SORT_WHERE["demands"],
        everything={"account": "all"},
    ),
    DEMAND_WRITE_SPEC,
    noun="demand",
    definition="A **demand** is one point of an account: claimants ask addressees to act. Its **state** on any day is"
    " derived from the responses, with or without responses to the whole proposal.",
    docs_position=8,
    about="Individual points of proposals, with claimants, addressees, issues, timing, responses and state.",
    example="issue=TERR&claimant=russia&include=state",
    record="article-2025-06-02-1-1",
    draft={
        "proposal": "ukrainian-memorandum-2025-05-28",
        "text": "Both sides publish the lists of those they hold",
        "act": "demand",
        "claimants": ["ukraine"],
        "addressees": ["russia"],
        "issues": ["DETN"],
    },
)

RESPONSES = Resource(
    ReadSpec(
        "responses",
        Response,
        ResponseSummary,
        ResponseDetail,
        ResponseQuery,
        sorts=SORTS["responses"],
        default_sort=DEFAULT_SORT["responses"],
        presence=PRESENCE["responses"],
        search=SearchSpec(("said_on",), is_large=True, parties="responder"),
        rows={
            **RECORD_ROWS,
            "counter": LongTableRows("counters"),
            "scope_demand": LongTableRows("scope_demands"),
            "date_as_written": LongTableRows("dates_as_written"),
            "voter": LongTableRows("votes.roll"),
            "event_code": LongTableRows("event_codes"),
        },
        offers=RESPONSE_OFFERS,
    ),
    RESPONSE_WRITE_SPEC,
    noun="response",
    definition="A **response** answers one demand, one part or a whole proposal. Later responses never replace"
    " earlier ones, and silence (`no_comment`) is not a rejection.",
    docs_position=9,
    about="Responses to demands, parts and proposals, with responder, stance, date and sources.",
    example="responder=ukraine&stance=rejected",
    record="article-on-russian-memorandum-2025-06-02-ukraine-2025-06-02",
    draft={
        "demand": "russian-memorandum-2025-06-02-ii-2-8",
        "responder": "ukraine",
        "stance": "rejected",
        "said_on": "2026-03-02",
        "text": "Martial law stays until the war is over.",
    },
)

ASSESSMENTS = Resource(
    ReadSpec(
        "assessments",
        Assessment,
        AssessmentSummary,
        AssessmentDetail,
        AssessmentQuery,
        sorts=SORTS["assessments"],
        default_sort=DEFAULT_SORT["assessments"],
        presence=PRESENCE["assessments"],
        search=SearchSpec(("said_on",), parties="by"),
        rows={**RECORD_ROWS, "subject": LongTableRows("about")},
        offers=ASSESSMENT_OFFERS,
    ),
    ASSESSMENT_WRITE_SPEC,
    noun="assessment",
    definition="An **assessment** is a forecast or characterization. It is never a response.",
    docs_position=11,
    about="Forecasts and characterizations by publishers and parties, which never count as responses.",
    example="kind=prediction",
    record="interfax-source-important-step",
    draft={
        "kind": "prediction",
        "text": "A second round before the summer is unlikely.",
        "about": ["processes/russia-ukraine"],
        "by": "the-moscow-times",
        "said_on": "2026-03-02",
    },
)
