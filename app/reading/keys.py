"""Records named in a filter: the statement finds their ids itself, with what lies below them or belongs to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Date,
    Select,
    Text,
    Uuid,
    and_,
    cast,
    exists,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from app.db.base import Entry
from app.db.references import ExternalId, SlugAlias
from app.db.tables import RECORDS, actors
from app.reading.binding import Context
from app.reading.filters import To


@dataclass(frozen=True, slots=True)
class Wanted:
    """The named records (`asked`: the key and its id) and all that counts as them (`ids`: root and id; with a coalition's
    members also `since` and `until`, the first and the last possible day of the membership)."""

    asked: CTE
    ids: CTE

    @property
    def array(self) -> ColumnElement[Any]:
        """All wanted ids, computed once a statement: an array parameter keeps the plan the same for any number."""
        return func.array(select(self.ids.c.id).scalar_subquery(), type_=ARRAY(Uuid))


def known(targets: Mapping[str, Wanted]) -> list[ColumnElement[Any]]:
    """How many of the named records exist, a column for each parameter that names some."""
    return [
        select(func.count(target.asked.c.key.distinct())).scalar_subquery().label(f"known_{name}")
        for name, target in targets.items()
    ]


def asked(name: str, collection: str, context: Context) -> Select[Any] | Any:
    """Key and id of every named record that exists; one that does not is simply not among them."""
    arms: list[Any] = []
    if f"{name}_slugs" in context.bound:
        slugs = context.parameter(f"{name}_slugs", ARRAY(Text))
        arms.append(
            select(Entry.slug.label("key"), Entry.id).where(
                Entry.collection == collection, Entry.slug == func.any(slugs)
            )
        )
        arms.append(
            select(SlugAlias.slug.label("key"), SlugAlias.record_id.label("id")).where(
                SlugAlias.collection == collection, SlugAlias.slug == func.any(slugs)
            )
        )
    if f"{name}_ids" in context.bound:
        ids = context.parameter(f"{name}_ids", ARRAY(Uuid))
        arms.append(
            select(cast(Entry.id, Text).label("key"), Entry.id).where(
                Entry.collection == collection, Entry.id == func.any(ids)
            )
        )
        # The id of a record that was merged into another leads to that one.
        arms.append(
            select(SlugAlias.slug.label("key"), SlugAlias.record_id.label("id")).where(
                SlugAlias.collection == collection, SlugAlias.slug == func.any(cast(ids, ARRAY(Text)))
            )
        )
    if f"{name}_schemes" in context.bound:
        schemes = context.parameter(f"{name}_schemes", ARRAY(Text))
        values = context.parameter(f"{name}_values", ARRAY(Text))
        pairs = func.unnest(schemes, values).table_valued("scheme", "value", name="pair").render_derived()
        arms.append(
            select((ExternalId.scheme + ":" + ExternalId.value).label("key"), Entry.id)
            .join(Entry, Entry.id == ExternalId.record_id)
            .where(
                Entry.collection == collection,
                # The two arrays find the rows by index, the pairs then drop the crossed matches.
                ExternalId.scheme == func.any(schemes),
                ExternalId.value == func.any(values),
                exists().where(and_(pairs.c.scheme == ExternalId.scheme, pairs.c.value == ExternalId.value)),
            )
        )
    return union_all(*arms) if len(arms) > 1 else arms[0]


def wanted(name: str, marker: To, context: Context) -> Wanted:
    named = asked(name, marker.collection, context).cte(f"{name}_asked")
    if marker.below:
        model = RECORDS[marker.collection]
        below = aliased(model)
        parent = getattr(below, model.__below__)
        tree = select(named.c.id.label("root"), named.c.id.label("id")).cte(f"{name}_wanted", recursive=True)
        ids = tree.union(select(tree.c.root, below.id).join(tree, parent == tree.c.id))
    elif marker.members:
        belongs: Any = aliased(actors.PartyMembership)
        ever = cast(null(), Date)
        ids = union_all(
            select(named.c.id.label("root"), named.c.id.label("id"), ever.label("since"), ever.label("until")),
            select(named.c.id, belongs.member_id, belongs.valid_from_min, belongs.valid_to_max).join(
                belongs, belongs.coalition_id == named.c.id
            ),
        ).cte(f"{name}_wanted")
    else:
        ids = select(named.c.id.label("root"), named.c.id.label("id")).cte(f"{name}_wanted")
    return Wanted(named, ids)
