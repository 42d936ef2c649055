"""SELECTs that find records named as `collection/key` in a filter."""

from typing import Any

from sqlalchemy import Text, Uuid, case, cast, column, func, select, union_all

from app.db.alias import aliased
from app.db.base import Entry
from app.db.references import ExternalId, SlugAlias

_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


def as_identifier(key: Any) -> object:
    """The key as a UUID; NULL if the key is not a UUID."""
    # The cast is inside CASE, because PostgreSQL might otherwise cast a slug before it tests the pattern.
    return case((key.op("~")(_UUID), cast(key, Uuid)), else_=None)


def addressed(value: object) -> Any:
    """A SELECT of the ids of the records that an array of `collection/key` values identifies. A key is a slug, a former
    slug, an id or an external id."""
    named = func.unnest(value).table_valued(column("address", Text), name="named").render_derived()
    collection = func.split_part(named.c.address, "/", 1)
    key = func.substr(named.c.address, func.strpos(named.c.address, "/") + 1)
    entry, alias, external = aliased(Entry), aliased(SlugAlias), aliased(ExternalId)
    identifier = as_identifier(key)
    return union_all(
        select(entry.id).select_from(named).join(entry, (entry.collection == collection) & (entry.slug == key)),
        select(alias.record_id)
        .select_from(named)
        .join(alias, (alias.collection == collection) & (alias.slug == func.lower(key))),
        select(entry.id).select_from(named).join(entry, (entry.id == identifier) & (entry.collection == collection)),
        select(external.record_id)
        .select_from(named)
        .join(
            external,
            (external.scheme == func.split_part(key, ":", 1))
            & (external.value == func.substr(key, func.strpos(key, ":") + 1)),
        )
        .join(entry, (entry.id == external.record_id) & (entry.collection == collection)),
    )
