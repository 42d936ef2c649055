"""Current slugs of stored records that the file refers to by another slug."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.ingest.foreign.ownership import Body
from app.ingest.foreign.record import ForeignRecord
from app.writing.batch import Connection, Known
from app.writing.data_set_statements import Named
from app.writing.mentions import mentioned_in, rewritten
from app.writing.resolution import Found, Key, look_up
from app.writing.write_spec import WriteSpec


class Aliases:
    """Records whose current slug differs from the slug that the profile makes."""

    def __init__(self) -> None:
        self.by_key: dict[Key, Known] = {}
        """The stored records by (collection, slug made by the profile)."""

    def note(self, record: ForeignRecord, known: Known) -> None:
        """Note the stored record if its slug differs from the key in the file."""
        if known.slug != record.key:
            self.by_key[record.named] = known

    async def note_stated(
        self, connection: Connection, records: Sequence[ForeignRecord], record_ids: Mapping[Named, UUID]
    ) -> None:
        """Note the current slugs of records that the data set stated before."""
        named_before = [one for one in records if one.named in record_ids and "/" not in one.key]
        found = await look_up(connection, {(one.intent.collection, str(record_ids[one.named])) for one in named_before})
        for one in named_before:
            known = found.get((one.intent.collection, str(record_ids[one.named])))
            if known is not None:
                self.note(one, known)

    def find(self, collection: str, key: str, found: Found) -> Known | None:
        """Return the stored record to which the file refers by this key."""
        return self.by_key.get((collection, key)) or found.get((collection, key))

    def resolve(self, kind: WriteSpec, body: Body, found: Found) -> dict[str, Any]:
        """Return the body with the current slugs of the records that it mentions."""

        def slug_of(collection: str, key: str) -> str:
            # Issues are mentioned by code.
            known = self.find(collection, key, found) if collection != "issues" else None
            return known.slug if known is not None else key

        resolved: dict[str, object] = rewritten(mentioned_in(kind.schema), dict(body), slug_of)
        return resolved
