"""Conditions of places, people and delegations that no kind of filter says."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Text, column, func, literal_column, or_, select

from app.db.actors import PersonPost
from app.db.alias import aliased
from app.db.talks import DelegationMember
from app.db.vocabulary import MemberFunction
from app.reading.bounding_box import in_box


def lying_in(alias: Any, value: Any, context: Any) -> ColumnElement[bool]:
    """Whether the place has a point in the box."""
    return in_box(alias.lon, alias.lat, value)


def _holds(title: Any, source: Any, value: Any) -> ColumnElement[bool]:
    """Whether the title holds one of the texts, in any case."""
    wanted = func.unnest(value).table_valued(column("word", Text), name="word").render_derived()
    # strpos and not LIKE: `%` and `_` in the asker's text are letters.
    return (
        select(literal_column("1"))
        .select_from(wanted)
        .where(func.strpos(func.lower(title), func.lower(wanted.c.word)) > 0)
        .correlate(source)
        .exists()
    )


def _held_for(alias: Any, holds: Callable[[Any], list[Any]]) -> ColumnElement[bool]:
    post = aliased(PersonPost)
    posts: Any = select(literal_column("1")).where(post.party_id == alias.id, *holds(post))
    held: ColumnElement[bool] = posts.correlate(alias).exists()
    return held


def _held_by(alias: Any, holds: Callable[[Any, str], list[Any]]) -> ColumnElement[bool]:
    post, seat = aliased(PersonPost), aliased(DelegationMember)
    posts: Any = select(literal_column("1")).where(post.person_id == alias.id, *holds(post, "title"))
    seats: Any = select(literal_column("1")).where(seat.person_id == alias.id, *holds(seat, "post"))
    return or_(posts.correlate(alias).exists(), seats.correlate(alias).exists())


def gave_any_post(alias: Any, context: Any) -> ColumnElement[bool]:
    """Whether anyone held a post for the party."""
    return _held_for(alias, lambda post: [])


def held_any_post(alias: Any, context: Any) -> ColumnElement[bool]:
    """Whether the person held any post, or sat in one."""
    return _held_by(alias, lambda row, title: [getattr(row, title).is_not(None)])


def gave_post(alias: Any, value: Any, context: Any) -> ColumnElement[bool]:
    """Whether someone held a post for the party whose title holds one of the texts."""
    return _held_for(alias, lambda post: [_holds(post.title, post, value)])


def held_post(alias: Any, value: Any, context: Any) -> ColumnElement[bool]:
    """Whether the person held a post, or sat in one, whose title holds one of the texts (in any case)."""
    return _held_by(alias, lambda row, title: [_holds(getattr(row, title), row, value)])


def has_head(alias: Any) -> ColumnElement[bool]:
    """Whether the delegation's head is known."""
    member = aliased(DelegationMember)
    return (
        select(literal_column("1"))
        .where(member.delegation_id == alias.id, member.function == MemberFunction.HEAD)
        .correlate(alias)
        .exists()
    )
