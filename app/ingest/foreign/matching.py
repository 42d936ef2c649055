"""Finds the stored records for records that the data set has not stated before, by the identifying external id or else
by the slug."""

from collections.abc import Mapping, Sequence

from app.errors import quoted
from app.ingest.data_sets import DataSet
from app.ingest.foreign.aliases import Aliases
from app.ingest.foreign.nested_matching import match_nested
from app.ingest.foreign.record import ForeignRecord
from app.ingest.foreign.record_warnings import MergeResult, RecordWarnings, warning_about
from app.ingest.foreign.stated_records import Matches
from app.writing import data_set_statements
from app.writing.batch import Batch, Known
from app.writing.data_set_statements import Named, Stated, Statement
from app.writing.resolution import Found
from app.writing.slugs import outer_ids


class RecordMatcher:
    """Matches the records of one file with stored records, batch by batch."""

    def __init__(self, data_set: DataSet, aliases: Aliases, warnings: RecordWarnings) -> None:
        self.data_set = data_set
        self.aliases = aliases
        self.warnings = warnings
        self.rekeyed: set[Named] = set()
        """Former keys of records that have another key in this file."""

    async def match(
        self, batch: Batch, records: Sequence[ForeignRecord], found: Found, matches: Matches, result: MergeResult
    ) -> None:
        """Find the stored records for these records, and add them to `matches`."""
        candidates = _with_identifying_id(records, found)
        statements_of = await data_set_statements.by_records(batch.connection, {one.id for one in candidates.values()})
        for record in records:
            known = candidates.get(record.named)
            if known is not None and self._is_other_record(record, statements_of.get(known.id, ())):
                known = None
            elif known is not None:
                self._adopt_key(record, statements_of.get(known.id, ()), matches, result)
            known = known or self._with_slug(record, found, result)
            if known is not None:
                matches.record_ids[record.named] = known.id
                self.aliases.note(record, known)
        await match_nested(batch, matches.without(records), found, self.aliases, matches)

    def _with_slug(self, record: ForeignRecord, found: Found, result: MergeResult) -> Known | None:
        """Return the stored record whose current slug, or else whose former slug, is the slug of `record`."""
        collection, slug = record.intent.collection, record.intent.body.get("slug")
        if not isinstance(slug, str):
            return None
        known = found.current.get((collection, slug))
        if known is None and (known := found.former.get((collection, slug))) is not None:
            message = f"{quoted(slug)} is a former slug of {quoted(known.slug)}; the row is applied to that record"
            self.warnings.add(result, record, warning_about(record, "former-slug", message, None, "/slug"))
        return known

    def _is_other_record(self, record: ForeignRecord, statements_about: Sequence[Statement]) -> bool:
        """Return whether the stored record is a different record. This is the case if it belongs to another record of
        this data set, or if it has the identifying id only because another data set states the id as a
        cross-reference."""
        for one in statements_about:
            is_mine = one.data_set == self.data_set.name and one.body is not None
            if is_mine and one.named != record.named and one.identifier not in record.identifiers:
                return True
            ids = {f"{scheme}:{value}" for _, scheme, value in outer_ids(one.body or {})}
            is_of_others = one.prefix != self.data_set.prefix and one.identifier not in record.identifiers
            if is_of_others and not ids.isdisjoint(record.identifiers):
                return True
        return False

    def _adopt_key(
        self, record: ForeignRecord, statements_about: Sequence[Statement], matches: Matches, result: MergeResult
    ) -> None:
        """Take over the statement that is stored under the former key of the record. This is needed if the key was made
        from a name that has changed.
        """
        for one in statements_about:
            if (
                one.data_set == self.data_set.name
                and one.named != record.named
                and one.identifier in record.identifiers
            ):
                matches.own_statements.setdefault(record.named, one)
                self.rekeyed.add(one.named)
                result.stated.append(Stated(one.collection, one.key, one.record_id, record.intent.pointer, None, None))


def _with_identifying_id(records: Sequence[ForeignRecord], found: Found) -> Mapping[Named, Known]:
    """For each record, return the stored record with one of its identifying external ids, unless several stored records
    have this id."""
    candidates: dict[Named, Known] = {}
    for record in records:
        for identifier in record.identifiers:
            place = (record.intent.collection, identifier)
            if place not in found.ambiguous and (known := found.current.get(place)) is not None:
                candidates.setdefault(record.named, known)
    return candidates
