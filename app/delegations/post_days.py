"""Posts by day: the filter `post_on=`, and the posts that the members of a delegation held at that time."""

from sqlalchemy import ColumnElement, Text, and_, case, func, literal_column, or_, select, union_all

from app.db.actors import Party, Person, PersonPost
from app.db.alias import AnySelect, Columns, Expression, aliased
from app.db.talks import Delegation, DelegationMember, Talk
from app.db.vocabulary_derived import PostBasis
from app.delegations.predicates import contains_text
from app.reading.binding import Context
from app.reading.filter_day import may_include
from app.reading.projection import as_json_list


def _wanted(title: Expression, row: Columns, context: Context) -> list[ColumnElement[bool]]:
    """The condition on the title of the post: it has one of the texts of `post=`, if there are any."""
    if "post" in context.bound:
        return [contains_text(title, row, context.parameter("post"))]
    return [title.is_not(None)]


def _post_on(owner: ColumnElement[bool], post: Columns, value: Expression, context: Context) -> AnySelect:
    days = may_include(value, [post.valid_from_min], [post.valid_to_max])
    found: AnySelect = select(literal_column("1")).where(owner, days, *_wanted(post.title, post, context))
    return found


def held_party_post_on(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether somebody may have held a post for the party on the day."""
    post = aliased(PersonPost)
    return _post_on(post.party_id == alias.id, post, value, context).correlate(alias).exists()


def held_post_on(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the person may have held a post on the day, in general or in a delegation."""
    post, seat = aliased(PersonPost), aliased(DelegationMember)
    delegation, talk = aliased(Delegation), aliased(Talk)
    days = may_include(value, [seat.valid_from_min, talk.start_min], [seat.valid_to_max, talk.end_max, talk.start_max])
    seats: AnySelect = (
        select(literal_column("1"))
        .select_from(seat)
        .join(delegation, delegation.id == seat.delegation_id)
        .join(talk, talk.id == delegation.talk_id)
        .where(seat.person_id == alias.id, delegation.withdrawn_at.is_(None), days)
        .where(*_wanted(seat.post, seat, context))
    )
    posts = _post_on(post.person_id == alias.id, post, value, context)
    return or_(posts.correlate(alias).exists(), seats.correlate(alias).exists())


def posts_held_json(alias: Columns, context: Context) -> Expression:
    """The posts that the members held while they were in the delegation, as JSON objects of the schema `PostHeldView`."""
    rows = union_all(_stated(alias), _of_people(alias)).subquery("held")
    held = select(rows.c.person, rows.c.member_key, rows.c.title, rows.c.key, rows.c.party, rows.c.basis)
    return as_json_list(held.order_by(rows.c.member_place, rows.c.member, rows.c.post_place, rows.c.post))


def _stated(alias: Columns) -> AnySelect:
    """The posts that the delegation itself states."""
    member, person = aliased(DelegationMember), aliased(Person)
    return (
        select(
            *_sort_keys(member, literal_column("0"), member.id),
            _mention(person, "slug", "name").label("person"),
            func.coalesce(member.key, person.slug).label("member_key"),
            member.post.label("title"),
            literal_column("NULL::text", Text).label("key"),
            literal_column("NULL::json").label("party"),
            literal_column(f"'{PostBasis.STATED}'", Text).label("basis"),
        )
        .select_from(member)
        .join(person, person.id == member.person_id)
        .where(member.delegation_id == alias.id, member.post.is_not(None))
        .correlate(alias)
    )


def _of_people(alias: Columns) -> AnySelect:
    """The posts in the records of the members for whom the delegation states none."""
    member, person, post = aliased(DelegationMember), aliased(Person), aliased(PersonPost)
    party, talk = aliased(Party), aliased(Talk)
    of_post: AnySelect = select(_mention(party, "slug", "name", "kind")).where(party.id == post.party_id)
    is_certain, is_possible = _overlap(member, talk, post)
    return (
        select(
            *_sort_keys(member, post.position, post.id),
            _mention(person, "slug", "name").label("person"),
            func.coalesce(member.key, person.slug).label("member_key"),
            post.title.label("title"),
            post.key.label("key"),
            of_post.correlate(post).scalar_subquery().label("party"),
            case(
                (is_certain, literal_column(f"'{PostBasis.HELD}'", Text)),
                else_=literal_column(f"'{PostBasis.POSSIBLE}'", Text),
            ).label("basis"),
        )
        .select_from(member)
        .join(person, person.id == member.person_id)
        .join(post, post.person_id == person.id)
        .join(talk, talk.id == alias.talk_id)
        .where(member.delegation_id == alias.id, member.post.is_(None), is_possible)
        .correlate(alias)
    )


def _overlap(member: Columns, talk: Columns, post: Columns) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether the post was certainly held on a day in the delegation, and whether it may have been. Without dates of the
    member, the days of the talk count. LEAST and GREATEST ignore unknown days: a post whose first day is unknown began at
    the latest on its last day."""
    start_min, start_max = (
        func.coalesce(member.valid_from_min, talk.start_min),
        func.coalesce(member.valid_from_max, talk.start_max),
    )
    end_min, end_max = (
        func.coalesce(member.valid_to_min, talk.end_min, talk.start_min),
        func.coalesce(member.valid_to_max, talk.end_max, talk.start_max),
    )
    return (
        and_(
            func.least(post.valid_from_max, post.valid_to_max) <= func.greatest(start_min, end_min),
            func.greatest(post.valid_from_min, post.valid_to_min) >= func.least(start_max, end_max),
        ),
        and_(
            func.coalesce(post.valid_from_min <= end_max, literal_column("true")),
            func.coalesce(post.valid_to_max >= start_min, literal_column("true")),
        ),
    )


def _sort_keys(member: Columns, place: Expression, post: Expression) -> tuple[Expression, ...]:
    return (
        member.position.label("member_place"), member.id.label("member"), place.label("post_place"), post.label("post"),
    )  # fmt: skip


def _mention(record: Columns, *names: str) -> Expression:
    parts: list[Expression] = []
    for name in names:
        parts += [literal_column(f"'{name}'"), getattr(record, name)]
    return func.json_build_object(*parts)
