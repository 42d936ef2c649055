"""A record in a file of another data set. Nested records become separate records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from app.ingest.items import Item
from app.writing.data_set_statements import Named
from app.writing.intents import Intent
from app.writing.mentions import ANY, mentioned_in, walk
from app.writing.plan import NestedRecords, plan_of
from app.writing.resolution import Key
from app.writing.slugs import outer_ids
from app.writing.write_spec import WriteSpec


@dataclass(frozen=True, slots=True)
class ForeignRecord:
    """One record of the file, without the records nested in it."""

    intent: Intent
    """The body has the slug that the profile made, and mentions other records as the profile wrote them."""
    key: str
    item: Item | None
    nested: NestedRecords | None = None

    @property
    def named(self) -> Named:
        return self.intent.collection, self.key

    @property
    def identifiers(self) -> list[str]:
        """External ids that identify the record in its data set, as `scheme:value`, the most reliable first."""
        schemes = self.item.identified_by if self.item is not None and self.nested is None else ()
        ids = outer_ids(self.intent.body)
        return [f"{scheme}:{value}" for wanted in schemes for _, scheme, value in ids if scheme == wanted]


def split_nested(kinds: Mapping[str, WriteSpec], intent: Intent, item: Item | None) -> Iterator[ForeignRecord]:
    """Yield a record, and then each record nested in it as a separate record, so that a later statement about one
    record does not affect the others.
    """
    yield from _split_nested(kinds, intent, str(intent.body["slug"]), item, None)


def _split_nested(
    kinds: Mapping[str, WriteSpec], intent: Intent, key: str, item: Item | None, nested: NestedRecords | None
) -> Iterator[ForeignRecord]:
    kind = kinds[intent.collection]
    inner = {one.name: one for one in plan_of(kind.model, kind.schema).nested}
    body = {name: value for name, value in intent.body.items() if name not in inner}
    yield ForeignRecord(replace(intent, body=body), key, item, nested)
    for name, one in inner.items():
        nested_kind = kinds[one.collection]
        is_polymorphic = mentioned_in(nested_kind.schema).fields[one.owner].collection == ANY
        owner_key = f"{intent.collection}/{key}" if is_polymorphic else key
        seen: set[str] = set()
        for place, entry in enumerate(intent.body.get(name) or ()):
            named = f"{key}/{_local_key(nested_kind, one, entry, place)}"
            # Two entries with the same key are one record. The schema reports errors in the entries.
            if named in seen:
                continue
            seen.add(named)
            child = Intent(
                one.collection, {one.owner: owner_key, **entry}, intent.mode, pointer=f"{intent.pointer}/{name}/{place}",
                is_patch=intent.is_patch, place=place + 1,
            )  # fmt: skip
            yield from _split_nested(kinds, child, named, item, one)


def _local_key(kind: WriteSpec, nested: NestedRecords, entry: Mapping[str, object], place: int) -> str:
    """Return the part of the key that distinguishes a nested record from the other nested records of its owner."""
    if isinstance(slug := entry.get("slug"), str):
        return slug
    names = identifying_fields(kind, nested.owner)
    return "|".join(str(entry.get(name) or "") for name in names) if names else str(place)


def identifying_fields(kind: WriteSpec, owner: str) -> tuple[str, ...]:
    """Return the fields that distinguish a nested record from the other nested records of its owner."""
    fields = {one.column: one.name for one in plan_of(kind.model, kind.schema).scalars}
    return kind.distinguished_by or tuple(fields[column] for column in kind.identity if fields[column] != owner)


def mentions_in(kind: WriteSpec, body: Mapping[str, object]) -> set[Key]:
    """Return the (collection, key) of all records that a body mentions."""
    return {mention[1:] for mention in walk(mentioned_in(kind.schema), body, "")}
