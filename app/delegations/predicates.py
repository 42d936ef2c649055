"""SQL conditions for places, people and delegations that no filter kind covers."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Text, column, func, literal_column, or_, select

from app.db.actors import PersonPost
from app.db.alias import AnySelect, Columns, Expression, aliased
from app.db.talks import DelegationMember
from app.db.vocabulary import MemberFunction
from app.reading.binding import Context
from app.reading.bounding_box import in_box


def is_in_box(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the place has a point in the box."""
    return in_box(alias.lon, alias.lat, value)


def contains_text(title: Expression, source: Columns, value: Expression) -> ColumnElement[bool]:
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
    return _has_post_for(alias, lambda post: [contains_text(post.title, post, value)])


def has_person_post(alias: Columns, value: Expression, context: Context) -> ColumnElement[bool]:
    """Whether the title of a post of the person, in general or in a delegation, contains one of the texts."""
    return _has_post_of(alias, lambda row, title: [contains_text(getattr(row, title), row, value)])


def has_head(alias: Columns) -> ColumnElement[bool]:
    """Whether the delegation's head is known."""
    member = aliased(DelegationMember)
    return (
        select(literal_column("1"))
        .where(member.delegation_id == alias.id, member.function == MemberFunction.HEAD)
        .correlate(alias)
        .exists()
    )
