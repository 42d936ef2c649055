"""SQL conditions for places, people and delegations that no filter kind covers."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Date, Text, and_, cast, column, func, literal_column, not_, or_, select

from app.db.actors import PersonPost
from app.db.alias import AnySelect, Columns, Expression, aliased
from app.db.delegations import Attendance, Delegation, DelegationMember, may_be_present
from app.db.talks import Talk
from app.db.vocabulary import MemberFunction
from app.reading.binding import Context
from app.reading.bounding_box import in_box
from app.reading.filter_day import may_include


def is_in_box(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the place has a point in the box."""
    return in_box(alias.lon, alias.lat, value)


def _contains_text(title: Expression, source: Columns, value: Expression) -> ColumnElement[bool]:
    """Whether the title contains one of the texts, ignoring case."""
    wanted = func.unnest(value).table_valued(column("word", Text), name="word").render_derived()
    # strpos, not LIKE, because `%` and `_` in the text are ordinary characters.
    return (
        select(literal_column("1"))
        .select_from(wanted)
        .where(func.strpos(func.lower(title), func.lower(wanted.c.word)) > 0)
        .correlate(source)
        .exists()
    )


def _has_post_for(alias: Columns, conditions: Callable[[Columns], list[ColumnElement[bool]]]) -> ColumnElement[bool]:
    post = aliased(PersonPost)
    posts: AnySelect = select(literal_column("1")).where(post.party_id == alias.id, *conditions(post))
    return posts.correlate(alias).exists()


def _has_post_of(
    alias: Columns, conditions: Callable[[Columns, str], list[ColumnElement[bool]]]
) -> ColumnElement[bool]:
    post, seat = aliased(PersonPost), aliased(DelegationMember)
    posts: AnySelect = select(literal_column("1")).where(post.person_id == alias.id, *conditions(post, "title"))
    seats: AnySelect = select(literal_column("1")).where(seat.person_id == alias.id, *conditions(seat, "post"))
    return or_(posts.correlate(alias).exists(), seats.correlate(alias).exists())


def has_any_party_post(alias: Columns, context: Context) -> ColumnElement[bool]:
    """Whether a person held a post for the party."""
    return _has_post_for(alias, lambda post: [])


def has_any_person_post(alias: Columns, context: Context) -> ColumnElement[bool]:
    """Whether the person held a post, in general or in a delegation."""
    return _has_post_of(alias, lambda row, title: [getattr(row, title).is_not(None)])


def has_party_post(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether a person held a post for the party with a title that contains one of the texts."""
    return _has_post_for(alias, lambda post: [_contains_text(post.title, post, value)])


def has_person_post(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the title of a post of the person, in general or in a delegation, contains one of the texts."""
    return _has_post_of(alias, lambda row, title: [_contains_text(getattr(row, title), row, value)])


def has_head(alias: Columns) -> ColumnElement[bool]:
    """Whether the delegation's head is known."""
    member = aliased(DelegationMember)
    return (
        select(literal_column("1"))
        .where(member.delegation_id == alias.id, member.function == MemberFunction.HEAD)
        .correlate(alias)
        .exists()
    )


def _wanted(title: Expression, row: Columns, context: Context) -> list[ColumnElement[bool]]:
    """The condition on the title of the post: it has one of the texts of `post=`, if there are any."""
    if "post" in context.bound:
        return [_contains_text(title, row, context.parameter("post"))]
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


def was_present_on(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the person may have been present in a delegation on the day: by the entry in the delegation, unless the
    attendance says otherwise for this day, or by the attendance."""
    seat, delegation, talk = aliased(DelegationMember), aliased(Delegation), aliased(Talk)
    days = may_include(value, [seat.valid_from_min, talk.start_min], [seat.valid_to_max, talk.end_max, talk.start_max])
    is_present = may_be_present(seat.presence)
    seats: AnySelect = (
        select(literal_column("1"))
        .select_from(seat)
        .join(delegation, delegation.id == seat.delegation_id)
        .join(talk, talk.id == delegation.talk_id)
        .where(seat.person_id == alias.id, delegation.withdrawn_at.is_(None), days)
        .where(or_(is_present & not_(_sitting(seat, value, is_present=False)), _sitting(seat, value, is_present=True)))
    )
    return seats.correlate(alias).exists()


def _sitting(seat: Columns, value: Expression, *, is_present: bool) -> ColumnElement[bool]:
    """Whether the attendance at a sitting on the day says that the member was present, or was not. A presence counts
    if the sitting may have taken place on the day; an absence counts only if the sitting certainly did."""
    sitting, talk = aliased(Attendance), aliased(Talk)
    day = cast(value, Date)
    is_attended = may_be_present(sitting.presence)
    first = [sitting.on_min, talk.start_min]
    last = [sitting.on_max, talk.end_max, talk.start_max]
    on_day = may_include(value, first, last)
    if not is_present:
        on_day = and_(func.coalesce(*first) == day, func.coalesce(*last) == day)
    rows: AnySelect = (
        select(literal_column("1"))
        .select_from(sitting)
        .outerjoin(talk, talk.id == sitting.talk_id)
        .where(sitting.member_id == seat.id, on_day)
        .where(is_attended if is_present else not_(is_attended))
    )
    return rows.correlate(seat).exists()
