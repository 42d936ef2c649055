"""SELECTs that find the records named in a filter, and their descendants, members or coalitions."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ARRAY, CTE, Date, Text, Uuid, and_, cast, exists, func, null, select, union_all

from app.db.alias import AnyRows, AnySelect, Expression, aliased
from app.db.base import Entry
from app.db.references import ExternalId, SlugAlias
from app.db.tables import RECORDS, actors
from app.reading.binding import Context
from app.reading.filters import To

_ENTRY, _SLUG_ALIAS, _EXTERNAL_ID = Entry.__table__, SlugAlias.__table__, ExternalId.__table__


@dataclass(frozen=True, slots=True)
class NamedRecords:
    """The records named in a filter.

    `named`: key and id of each named record. `ids`: the ids that match, each with the id of the named record (`root`);
    for members or coalitions of a party also the first and last possible day of the membership (`since`, `until`).
    """

    named: CTE
    ids: CTE

    @property
    def array(self) -> Expression:
        """All ids that match, computed once per statement. With an array, PostgreSQL uses the same plan for any number
        of ids."""
        return func.array(select(self.ids.c.id).scalar_subquery(), type_=ARRAY(Uuid))


def count_named(targets: Mapping[str, NamedRecords]) -> list[Expression]:
    """Return one column per parameter, with the number of named records that exist."""
    return [
        select(func.count(target.named.c.key.distinct())).scalar_subquery().label(f"known_{name}")
        for name, target in targets.items()
    ]


def _select_named(name: str, collection: str, context: Context) -> AnyRows:
    """Key and id of each named record that exists."""
    arms: list[AnySelect] = []
    if f"{name}_slugs" in context.bound:
        slugs = context.parameter(f"{name}_slugs", ARRAY(Text))
        arms.append(
            select(_ENTRY.c.slug.label("key"), _ENTRY.c.id).where(
                _ENTRY.c.collection == collection, _ENTRY.c.slug == func.any(slugs)
            )
        )
        arms.append(
            select(_SLUG_ALIAS.c.slug.label("key"), _SLUG_ALIAS.c.record_id.label("id")).where(
                _SLUG_ALIAS.c.collection == collection, _SLUG_ALIAS.c.slug == func.any(slugs)
            )
        )
    if f"{name}_ids" in context.bound:
        ids = context.parameter(f"{name}_ids", ARRAY(Uuid))
        arms.append(
            select(cast(_ENTRY.c.id, Text).label("key"), _ENTRY.c.id).where(
                _ENTRY.c.collection == collection, _ENTRY.c.id == func.any(ids)
            )
        )
        # The id of a record that was merged into another one identifies the other record.
        arms.append(
            select(_SLUG_ALIAS.c.slug.label("key"), _SLUG_ALIAS.c.record_id.label("id")).where(
                _SLUG_ALIAS.c.collection == collection, _SLUG_ALIAS.c.slug == func.any(cast(ids, ARRAY(Text)))
            )
        )
    if f"{name}_schemes" in context.bound:
        schemes = context.parameter(f"{name}_schemes", ARRAY(Text))
        values = context.parameter(f"{name}_values", ARRAY(Text))
        pairs = func.unnest(schemes, values).table_valued("scheme", "value", name="pair").render_derived()
        arms.append(
            select((_EXTERNAL_ID.c.scheme + ":" + _EXTERNAL_ID.c.value).label("key"), _ENTRY.c.id)
            .select_from(_EXTERNAL_ID)
            .join(_ENTRY, _ENTRY.c.id == _EXTERNAL_ID.c.record_id)
            .where(
                _ENTRY.c.collection == collection,
                # The two arrays select rows by index; the pairs then remove combinations of scheme and value that were
                # not requested.
                _EXTERNAL_ID.c.scheme == func.any(schemes),
                _EXTERNAL_ID.c.value == func.any(values),
                exists().where(and_(pairs.c.scheme == _EXTERNAL_ID.c.scheme, pairs.c.value == _EXTERNAL_ID.c.value)),
            )
        )
    return union_all(*arms) if len(arms) > 1 else arms[0]


def find_named_records(name: str, marker: To, context: Context) -> NamedRecords:
    """The records that the values of a parameter identify, with their descendants, members or coalitions if the marker says so."""
    named = _select_named(name, marker.collection, context).cte(f"{name}_requested")
    if marker.below:
        model = RECORDS[marker.collection]
        below = aliased(model)
        parent = getattr(below, model.__below__)
        tree = select(named.c.id.label("root"), named.c.id.label("id")).cte(f"{name}_wanted", recursive=True)
        ids = tree.union(select(tree.c.root, below.id).select_from(below).join(tree, parent == tree.c.id))
    elif marker.members or marker.blocs:
        membership = aliased(actors.PartyMembership)
        here, there = membership.coalition_id, membership.member_id
        if marker.blocs:
            here, there = there, here
        no_date = cast(null(), Date)
        ids = union_all(
            select(named.c.id.label("root"), named.c.id.label("id"), no_date.label("since"), no_date.label("until")),
            select(named.c.id, there, membership.valid_from_min, membership.valid_to_max)
            .select_from(named)
            .join(membership, here == named.c.id),
        ).cte(f"{name}_wanted")
    else:
        ids = select(named.c.id.label("root"), named.c.id.label("id")).cte(f"{name}_wanted")
    return NamedRecords(named, ids)
