"""SQL conditions for demands, responses and assessments that no filter kind covers."""

from sqlalchemy import ColumnElement, case, func, literal_column, select, true

from app.db.alias import AnySelect, Columns, Expression, aliased
from app.db.demands import AssessmentSubject, DemandParty
from app.db.proposals import Account, Proposal
from app.db.talks import ProcessParty
from app.db.vocabulary import DemandPartyRole, ProcessRole
from app.reading.binding import Context
from app.reading.record_addresses import addressed

REFERENCE, ALL = "reference", "all"


def account_variant(value: str) -> str:
    """Return the statement variant for the value of `account`: reference accounts, all accounts, or one account."""
    return value if value in (REFERENCE, ALL) else "named"


def in_account(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the demand belongs to the requested account."""
    match context.variants["account"]:
        case "reference":
            return alias.is_reference
        case "all":
            return true()
    account = aliased(Account)
    return (
        select(literal_column("1"))
        .where(account.id == alias.account_id, account.slug == value)
        .correlate(alias)
        .exists()
    )


def binds_third_party(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether an addressee neither makes the demand nor negotiates in its process."""
    addressee, claimant, negotiator = aliased(DemandParty), aliased(DemandParty), aliased(ProcessParty)
    claims = (
        select(literal_column("1"))
        .where(
            claimant.demand_id == addressee.demand_id,
            claimant.party_id == addressee.party_id,
            claimant.role == DemandPartyRole.CLAIMANT,
        )
        .correlate(addressee)
        .exists()
    )
    negotiates = (
        select(literal_column("1"))
        .where(
            negotiator.process_id == alias.process_id,
            negotiator.party_id == addressee.party_id,
            negotiator.role == ProcessRole.NEGOTIATING,
        )
        .correlate(addressee, alias)
        .exists()
    )
    stranger = (
        select(literal_column("1"))
        .where(
            addressee.demand_id == alias.id,
            addressee.role == DemandPartyRole.ADDRESSEE,
            ~claims,
            ~negotiates,
        )
        .correlate(alias)
        .exists()
    )
    return stranger == value


def has_timing_relation(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the timing of the demand has one of these relations."""
    tied: ColumnElement[bool] = alias.timing["relation"].astext == func.any(value)
    return tied


def has_target_kind(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the target of the response is of one of these kinds: the whole proposal, a part, a demand."""
    kind = case(
        (alias.demand_id.is_not(None), literal_column("'demand'")),
        (alias.part_id.is_not(None), literal_column("'part'")),
        else_=literal_column("'proposal'"),
    )
    return kind == func.any(value)


def votes_variant(value: bool) -> str:
    """Return the statement variant for the value of `has_votes`."""
    return "reported" if value else "none"


def reports_votes(alias: Columns, value: object, context: Context) -> ColumnElement[bool]:
    """Whether the response reports a vote. The condition has no bound value, so that PostgreSQL can use the partial
    index."""
    has_any: ColumnElement[bool] = alias.votes.is_not(None)
    return has_any if context.variants["has_votes"] == "reported" else ~has_any


def is_about(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the assessment is about one of the given records (`collection/key`)."""
    subject = aliased(AssessmentSubject)
    return (
        select(literal_column("1"))
        .where(subject.assessment_id == alias.id, subject.record_id.in_(addressed(value)))
        .correlate(alias)
        .exists()
    )


def is_printed_in(alias: Columns, languages: Expression) -> ColumnElement[bool]:
    """Whether the demand's account is in one of the languages. If the account has no language, the proposal's language
    is used."""
    proposal, account = aliased(Proposal), aliased(Account)
    texts: AnySelect = (
        select(literal_column("1"))
        .where(
            proposal.id == alias.proposal_id,
            account.id == alias.account_id,
            case(
                (func.cardinality(account.languages) > literal_column("0"), account.languages),
                else_=proposal.languages,
            ).bool_op("&&")(languages),
        )
        .correlate(alias)
    )
    return texts.exists()
