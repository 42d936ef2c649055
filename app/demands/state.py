"""The state of a demand on a day: derived from the answers, never typed.

Who must answer: the addressees, less a sole claimant (it will not answer itself), less unspecified groups where
anyone else is left; where nobody is left (an offer, an undertaking) the process's other negotiating parties. One of
several claimants counts only when it speaks.

What counts as a party's answer, best first: any answer before a deed (`implemented`) before silence (`no_comment`);
its own before its coalition's; one to this demand before one to the part or the whole proposal; spoken before
implied; the latest. An answer counts from the last day on which it may have been given, one without a date only
today. Before the first day on which its proposal may have been put forward a demand is `not_yet`.

One expression of the reader, so that it stands in the same statement as the rest and can be filtered by. Guarded by
tests/demands/test_state.py, which tries each rule on a case that can be read.
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.orm import aliased

from app.db.actors import Party, PartyMembership
from app.db.demands import DemandParty, Response, ResponseScopeDemand
from app.db.proposals import Part
from app.db.talks import ProcessParty
from app.db.term import Term
from app.db.vocabulary import DemandPartyRole, PartyKind, ProcessRole, Stance
from app.reading.binding import Context
from app.reading.projection import as_json


class DemandState(Term):
    """How a demand stands. Derived, never stored."""

    NOT_YET = "not_yet", "its proposal was not yet put forward on that day; nobody owes an answer"
    OPEN = "open", "nobody who must answer has answered"
    NO_COMMENT = "no_comment", "those who must answer are reported as silent"
    ACCEPTED = "accepted", "all who must answer accepted"
    PARTLY_ACCEPTED = "partly_accepted", "some of those who must answer accepted, the others have not answered"
    ACCEPTED_IN_PART = "accepted_in_part", "those who answered accepted part of it"
    CONDITIONAL = "conditional", "those who answered set conditions"
    COUNTERED = "countered", "those who answered put something else against it"
    REJECTED = "rejected", "those who answered rejected it"
    DEFERRED = "deferred", "those who answered put the answer off"
    UNDER_STUDY = "under_study", "those who answered are examining it"
    DECLARED_MOOT = "declared_moot", "those who answered call it without object"
    MIXED = "mixed", "answers differ"


class Fulfilment(Term):
    """How far a demand was carried out by one who would have to act."""

    NONE = "none", "no deed is reported"
    IN_PART = "in_part", "part of it is reported as done"
    DONE = "done", "it is reported as done"


UNCOUNTED = (Stance.SUPPORTED, Stance.OPPOSED)
DEEDS = (Stance.IMPLEMENTED, Stance.IMPLEMENTED_IN_PART)
INHERITABLE = (Stance.ACCEPTED, Stance.REJECTED, Stance.DEFERRED, Stance.UNDER_STUDY, Stance.NO_COMMENT)
_BEGINNING = literal(date(1, 1, 1), Date)


def day(context: Context) -> ColumnElement[Any]:
    """The day of which the state is asked; today where none is given."""
    return func.coalesce(context.option("state_on", Date()), func.parley_today())


def inherits(context: Context) -> ColumnElement[Any]:
    return context.option("inherited", Boolean(), True)


def _claims(demand: Any, role: DemandPartyRole) -> Any:
    link = aliased(DemandParty)
    return link, and_(link.demand_id == demand.id, link.role == role)


def _array(ids: Any) -> Any:
    """The ids as an array.

    On the surface `IN` and `EXISTS` might seem the same. However, PostgreSQL (15 and 18) makes them tables of hashes, and
    where a view of the past reads two tables as one it asks the one of another demand
    (tests/history/test_as_of.py::test_who_owes_an_answer_is_told_as_it_was_then)."""
    return func.array(ids.scalar_subquery())


def _answerable(demand: Any) -> Any:
    """Party and whether it may stay silent (one of several claimants): those who must answer."""
    addressed, is_addressee = _claims(demand, DemandPartyRole.ADDRESSEE)
    claim, is_claimant = _claims(demand, DemandPartyRole.CLAIMANT)
    party = aliased(Party)
    claims = select(func.count()).select_from(claim).where(is_claimant).correlate(demand).scalar_subquery()
    claim_of, is_claim_of = _claims(demand, DemandPartyRole.CLAIMANT)
    claims_it = party.id == func.any(_array(select(claim_of.party_id).where(is_claim_of).correlate(demand)))
    vague = party.kind == PartyKind.UNSPECIFIED_GROUP
    addressees = (
        select(
            party.id.label("party_id"),
            vague.label("is_vague"),
            and_(claims_it, claims > 1).label("may_be_silent"),
            func.bool_or(not_(vague)).over().label("some_are_clear"),
        )
        .select_from(addressed)
        .join(party, party.id == addressed.party_id)
        .where(is_addressee, not_(and_(claims_it, claims == 1)))
        .correlate(demand)
        .subquery("addressees")
    )
    asked = select(addressees.c.party_id, addressees.c.may_be_silent).where(
        or_(not_(addressees.c.is_vague), not_(addressees.c.some_are_clear))
    )
    other, role = aliased(ProcessParty), ProcessRole.NEGOTIATING
    someone, is_addressed = _claims(demand, DemandPartyRole.ADDRESSEE)
    maker, is_maker = _claims(demand, DemandPartyRole.CLAIMANT)
    own, is_own = _claims(demand, DemandPartyRole.CLAIMANT)
    made_by = select(own.party_id).where(is_own).correlate(demand)
    makers = select(func.count()).select_from(maker).where(is_maker).correlate(demand).scalar_subquery()
    # Nobody else is addressed: the only addressee is the sole claimant itself, or there is none.
    addressed_other = (
        select(literal_column("1"))
        .select_from(someone)
        .where(is_addressed, or_(makers != 1, someone.party_id != func.all(_array(made_by))))
        .correlate(demand)
        .exists()
    )
    others: Any = (
        select(other.party_id, literal_column("false").label("may_be_silent"))
        .where(
            other.process_id == demand.process_id,
            other.role == role,
            other.party_id != func.all(_array(made_by)),
            not_(addressed_other),
        )
        .correlate(demand)
    )
    return union_all(asked, others).subquery("must")


def _answers(demand: Any, must: Any, context: Context) -> Any:
    """The one answer that counts of each who must answer, as a lateral row; nulls where there is none."""
    answer: Any = aliased(Response)
    member: Any = aliased(PartyMembership)
    scoped = exists().where(ResponseScopeDemand.response_id == answer.id).correlate(answer)
    is_own = answer.demand_id == demand.id
    is_inherited = and_(
        inherits(context),
        answer.demand_id.is_(None),
        answer.scope.is_(None),
        not_(scoped),
        answer.stance.in_(INHERITABLE),
        or_(answer.part_id.is_(None), answer.part_id.in_(_parts_around(demand))),
    )
    when = day(context)
    belongs = and_(
        member.coalition_id == answer.responder_id,
        member.member_id == must.c.party_id,
        or_(member.valid_from_min.is_(None), member.valid_from_min <= when),
        or_(member.valid_to_max.is_(None), member.valid_to_max >= when),
    )
    worth = case(
        (answer.stance == Stance.NO_COMMENT, literal_column("3")),
        (answer.stance.in_(DEEDS), literal_column("2")),
        else_=literal_column("1"),
    )
    speaks_itself = answer.responder_id == must.c.party_id
    return (
        select(
            answer.slug,
            # A deed stands for acceptance where nothing else was said.
            case(
                (answer.stance == Stance.IMPLEMENTED, Stance.ACCEPTED.value),
                (answer.stance == Stance.IMPLEMENTED_IN_PART, Stance.ACCEPTED_IN_PART.value),
                else_=answer.stance,
            ).label("stance"),
            answer.said_on,
            answer.is_implied,
            answer.demand_id.is_(None).label("is_inherited"),
            answer.responder_id,
        )
        .select_from(answer)
        .outerjoin(member, belongs)
        .where(
            answer.proposal_id == demand.proposal_id,
            answer.withdrawn_at.is_(None),
            answer.reply_to_id.is_(None),
            func.coalesce(answer.said_on_max, func.parley_today()) <= when,
            or_(speaks_itself, member.member_id.is_not(None)),
            or_(and_(is_own, answer.stance.not_in(UNCOUNTED)), is_inherited),
        )
        .order_by(
            worth,
            speaks_itself.desc(),
            func.coalesce(is_own, literal_column("false")).desc(),
            answer.part_id.is_(None),
            answer.is_implied,
            answer.sort_on.desc(),
            answer.position.desc(),
            answer.id.desc(),
        )
        .limit(literal_column("1"))
        .correlate(demand, must)
        .lateral("answer")
    )


def _parts_around(demand: Any) -> Select[Any]:
    """The demand's part and those that hold it; three levels, as deep as any known document goes."""
    part, above, top = aliased(Part), aliased(Part), aliased(Part)
    around = (
        select(array([part.id, part.parent_id, above.parent_id, top.parent_id]))
        .select_from(part)
        .outerjoin(above, above.id == part.parent_id)
        .outerjoin(top, top.id == above.parent_id)
        .where(part.id == demand.part_id)
        .correlate(demand)
        .scalar_subquery()
    )
    ids = func.unnest(around)
    return select(ids)


def select_state(demand: Any, context: Context) -> Select[Any]:
    """One row: word, who owes, the answers, fulfilment."""
    must = _answerable(demand)
    answer = _answers(demand, must, context)
    party, speaker = aliased(Party), aliased(Party)
    real = and_(answer.c.stance.is_not(None), answer.c.stance != Stance.NO_COMMENT)
    is_there = demand.sort_on <= day(context)
    owes = and_(is_there, not_(must.c.may_be_silent), not_(func.coalesce(real, literal_column("false"))))
    said = func.count(answer.c.stance.distinct()).filter(real)
    agreed = func.min(answer.c.stance).filter(real)
    word = case(
        (not_(is_there), "not_yet"),
        (and_(said == 0, func.count(answer.c.stance) > 0), Stance.NO_COMMENT.value),
        (said == 0, "open"),
        (said > 1, "mixed"),
        (and_(agreed == Stance.ACCEPTED, func.bool_or(owes)), "partly_accepted"),
        else_=agreed,
    )
    mention = func.json_build_object("slug", party.slug, "name", party.name, "kind", party.kind)
    told = func.json_build_object(
        "party", mention,
        "stance", answer.c.stance,
        "said_on", answer.c.said_on,
        "is_inherited", answer.c.is_inherited,
        "is_implied", answer.c.is_implied,
        "spoken_by", speaker.slug,
        "response", answer.c.slug,
    )  # fmt: skip
    empty: Any = literal_column("'[]'::json")
    return (
        select(
            word.label("word"),
            cast(day(context), Date).label("on"),
            inherits(context).label("inherited"),
            func.coalesce(
                func.json_agg(aggregate_order_by(told, party.slug)).filter(answer.c.slug.is_not(None)), empty
            ).label("answers"),
            func.coalesce(func.json_agg(aggregate_order_by(mention, party.slug)).filter(owes), empty).label("owing"),
        )
        .select_from(
            must.join(party, party.id == must.c.party_id)
            .outerjoin(answer, true())
            .outerjoin(speaker, speaker.id == answer.c.responder_id)
        )
        .correlate(demand)
    )


def select_fulfilment(demand: Any, context: Context) -> Select[Any]:
    """The last report that one who would have to act has acted: `done` or `in_part`, and its day."""
    deed: Any = aliased(Response)
    actor, acts = _claims(demand, DemandPartyRole.ADDRESSEE)
    is_actor = (
        select(literal_column("1"))
        .select_from(actor)
        .where(acts, actor.party_id == deed.responder_id)
        .correlate(demand, deed)
        .exists()
    )
    return (
        select(case((deed.stance == Stance.IMPLEMENTED, "done"), else_="in_part").label("word"), deed.said_on)
        .where(
            deed.demand_id == demand.id,
            deed.withdrawn_at.is_(None),
            deed.stance.in_(DEEDS),
            func.coalesce(deed.said_on_max, func.parley_today()) <= day(context),
            is_actor,
        )
        .order_by(deed.sort_on.desc(), deed.position.desc(), deed.id.desc())
        .limit(literal_column("1"))
        .correlate(demand)
    )


def state_json(demand: Any, context: Context) -> ColumnElement[Any]:
    """The whole state as the JSON object that `DemandState` describes."""
    state = select_state(demand, context).subquery("state")
    deed = select_fulfilment(demand, context).lateral("deed")
    row = select(
        state.c.word,
        state.c.on,
        state.c.inherited,
        state.c.answers,
        state.c.owing,
        func.coalesce(deed.c.word, "none").label("fulfilment"),
        deed.c.said_on.label("fulfilled_on"),
    ).select_from(state.outerjoin(deed, true()))
    return as_json(row)


def fulfilment_word(demand: Any, context: Context) -> ColumnElement[Any]:
    """none, in_part or done; for filters."""
    row = select_fulfilment(demand, context).subquery("deed")
    return func.coalesce(select(row.c.word).scalar_subquery(), "none")


def state_word(demand: Any, context: Context) -> ColumnElement[Any]:
    """The state alone, for filters."""
    row = select_state(demand, context).subquery("state")
    return select(row.c.word).scalar_subquery()


def stands(demand: Any, values: Any, context: Context) -> ColumnElement[bool]:
    """Whether the demand's state is one of the wanted."""
    return state_word(demand, context) == func.any(values)


def carried_out(demand: Any, values: Any, context: Context) -> ColumnElement[bool]:
    """Whether the demand's fulfilment is one of the wanted."""
    return fulfilment_word(demand, context) == func.any(values)
