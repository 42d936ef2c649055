"""The resources of this package: proposals and agreements."""

from app.db.agreements import Agreement
from app.db.proposals import Proposal
from app.proposals.agreement_read_schemas import AgreementDetail, AgreementSummary
from app.proposals.filters import DEFAULT_SORT, PRESENCE, SORTS, AgreementDetailQuery, AgreementQuery, ProposalQuery
from app.proposals.formats import AGREEMENT_OFFERS, PROPOSAL_OFFERS
from app.proposals.read_schemas import ProposalDetail, ProposalSummary
from app.proposals.rules import AGREEMENT_WRITE_SPEC, PROPOSAL_WRITE_SPEC
from app.reading.long_tables import LongTableRows
from app.reading.read_spec import ReadSpec
from app.reading.search_spec import SearchSpec
from app.resources.resource import Resource
from app.schemas.record_reads import RECORD_ROWS

PROPOSALS = Resource(
    ReadSpec(
        "proposals",
        Proposal,
        ProposalSummary,
        ProposalDetail,
        ProposalQuery,
        sorts=SORTS["proposals"],
        default_sort=DEFAULT_SORT["proposals"],
        presence=PRESENCE["proposals"],
        search=SearchSpec(("tabled_on", "document_date"), is_large=True, parties="authors", languages="languages"),
        rows={
            **RECORD_ROWS,
            "author": LongTableRows("authors"),
            "addressee": LongTableRows("addressees"),
            "language": LongTableRows("languages"),
            "disclosure": LongTableRows("disclosed"),
            "date_as_written": LongTableRows("dates_as_written"),
            "relation": LongTableRows("relations"),
            "incoming_relation": LongTableRows("related_from"),
            "account": LongTableRows("accounts"),
            "part": LongTableRows("parts"),
            "deadline": LongTableRows("deadlines"),
            "agreement": LongTableRows("agreements"),
        },
        offers=PROPOSAL_OFFERS,
    ),
    PROPOSAL_WRITE_SPEC,
    noun="proposal",
    definition="A **proposal** is the act of putting something forward. Its **accounts** are its versions, such as"
    " the text or a press report. Lists and counts use only one of them, the reference account.",
    docs_position=7,
    about="Proposals, with authors, addressees, dates and accounts.",
    example="process=russia-ukraine&kind=memorandum",
    record="russian-memorandum-2025-06-02",
    draft={
        "process": "russia-ukraine",
        "title": "Proposal of a truce at Easter 2026",
        "kind": "other",
        "authors": ["ukraine"],
        "addressees": ["russia"],
        "tabled_on": "2026-04",
        "demands": [{"number": "1", "text": "Fighting stops for three days", "issues": ["CEAS"]}],
    },
)

AGREEMENTS = Resource(
    ReadSpec(
        "agreements",
        Agreement,
        AgreementSummary,
        AgreementDetail,
        AgreementQuery,
        sorts=SORTS["agreements"],
        default_sort=DEFAULT_SORT["agreements"],
        presence=PRESENCE["agreements"],
        search=SearchSpec(("agreed_on", "announced_on"), parties="parties"),
        rows={
            **RECORD_ROWS,
            "party": LongTableRows("parties"),
            "proposal": LongTableRows("proposals"),
            "issue": LongTableRows("issues"),
            "quantity": LongTableRows("quantities"),
            "date_as_written": LongTableRows("dates_as_written"),
            "signature": LongTableRows("signatures"),
            "disclosure": LongTableRows("disclosed"),
            "deadline": LongTableRows("deadlines"),
            "bound_party": LongTableRows("standing.bound_by"),
            "incoming_relation": LongTableRows("related_from"),
            "outcome": LongTableRows("outcomes"),
            "process_outcome": LongTableRows("process_outcomes"),
        },
        offers=AGREEMENT_OFFERS,
        detail_query=AgreementDetailQuery,
        echo=("state_on",),
    ),
    AGREEMENT_WRITE_SPEC,
    noun="agreement",
    definition="An **agreement** adopts proposals. Its provisions are the demands of the proposals that it adopted.",
    docs_position=10,
    about="Agreements, written or oral, with their parties and the proposals they adopted.",
    example="kind=prisoner_exchange",
    record="prisoner-exchange-2025-06-02",
    draft={
        "process": "russia-ukraine",
        "title": "Exchange of prisoners of 9 June 2026",
        "kind": "prisoner_exchange",
        "agreed_on": "2026-06-09",
        "parties": ["russia", "ukraine"],
        "issues": [{"issue": "DETN.EXCHANGE"}],
    },
)
