"""The stored records for the records of a file, as far as they are known. Earlier statements of data sets are searched
first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.ingest.data_sets import DataSet
from app.ingest.foreign.record import ForeignRecord
from app.writing import data_set_statements
from app.writing.batch import Connection
from app.writing.data_set_statements import Named, Statement


@dataclass(slots=True)
class Matches:
    """The stored record for each record of a batch."""

    record_ids: dict[Named, UUID] = field(default_factory=dict)
    own_statements: dict[Named, Statement] = field(default_factory=dict)
    """What this data set stated last about the records."""

    def ids_of(self, records: Sequence[ForeignRecord]) -> set[UUID]:
        """Return the ids of the stored records."""
        return {self.record_ids[row.named] for row in records if row.named in self.record_ids}

    def without(self, records: Sequence[ForeignRecord]) -> list[ForeignRecord]:
        """Return the records for which no stored record has been found yet."""
        return [row for row in records if row.named not in self.record_ids]


async def match_stated(connection: Connection, data_set: DataSet, records: Sequence[ForeignRecord]) -> Matches:
    """Find the records that this data set, or another data set with the same prefix, stated before."""
    found = await data_set_statements.by_keys(connection, data_set.prefix, [row.named for row in records])
    matches = Matches()
    for row in found:
        matches.record_ids.setdefault(row.named, row.record_id)
        if row.data_set == data_set.name:
            matches.own_statements[row.named] = row
            matches.record_ids[row.named] = row.record_id
    return matches
