"""The collections of this room: proposals, agreements. What they do stands in reads, writes, filters, commands."""

from app.collection import Collection
from app.db.proposals import Agreement, Proposal
from app.proposals.commands import AGREEMENTS, PROPOSALS
from app.proposals.filters import DEFAULT_SORT, PRESENCE, SORTS, AgreementQuery, ProposalQuery
from app.proposals.forms import AGREEMENT_FORMS, PROPOSAL_FORMS
from app.proposals.reads import AgreementDetail, AgreementSummary, ProposalDetail, ProposalSummary
from app.reading.collections import Readable

COLLECTIONS = (
    Collection(
        Readable(
            "proposals",
            Proposal,
            ProposalSummary,
            ProposalDetail,
            ProposalQuery,
            sorts=SORTS["proposals"],
            default_sort=DEFAULT_SORT["proposals"],
            presence=PRESENCE["proposals"],
            forms=PROPOSAL_FORMS,
        ),
        PROPOSALS,
        noun="proposal",
        about="What was put forward: by whom, to whom, when, and in how many tellings.",
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
    ),
    Collection(
        Readable(
            "agreements",
            Agreement,
            AgreementSummary,
            AgreementDetail,
            AgreementQuery,
            sorts=SORTS["agreements"],
            default_sort=DEFAULT_SORT["agreements"],
            presence=PRESENCE["agreements"],
            forms=AGREEMENT_FORMS,
        ),
        AGREEMENTS,
        noun="agreement",
        about="What was agreed, written or oral, by whom, and which texts it adopted.",
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
    ),
)
