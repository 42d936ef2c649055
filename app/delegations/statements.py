"""SQL of the posts that the members of a delegation held at that time."""

from sqlalchemy import ColumnElement, Text, and_, case, func, literal_column, select, union_all

from app.db.actors import Party, Person, PersonPost
from app.db.alias import AnySelect, Columns, Expression, aliased
from app.db.delegations import DelegationMember
from app.db.talks import Talk
from app.db.vocabulary_derived import PostBasis
from app.reading.binding import Context
from app.reading.projection import as_json_list


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
