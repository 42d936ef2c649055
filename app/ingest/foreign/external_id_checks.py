"""Warnings about external ids that are cross-references, but belong to another record or to no record."""

from collections.abc import Iterable

from app.db.vocabulary_values import LOCAL_SCHEMES
from app.errors import quoted
from app.ingest.foreign.aliases import Aliases
from app.ingest.foreign.record import ForeignRecord
from app.ingest.foreign.record_warnings import MergeResult, warning_about
from app.writing import data_set_statements
from app.writing.batch import Connection
from app.writing.data_set_statements import Named
from app.writing.resolution import Found, Key
from app.writing.slugs import outer_ids


class ExternalIdChecks:
    """Checks the external ids of the records of one file, once for each record."""

    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases
        self.checked: set[Named] = set()
        """Records whose external ids were checked."""
        self._records_by_id: dict[Key, Named] = {}
        """The first record of the file with each external id."""
        self._schemes: dict[str, bool] = {}
        """For each scheme: whether a data set in the database identified records by the scheme when the file first used
        it."""

    async def check(
        self, connection: Connection, records: Iterable[ForeignRecord], found: Found, result: MergeResult
    ) -> None:
        """Warn about external ids that another record of the file or in the database has, and about external ids that
        no record of the data set in question has."""
        await self._learn_schemes(connection, records)
        unresolved: list[tuple[ForeignRecord, str, int]] = []
        for record in records:
            if record.named in self.checked:
                continue
            self.checked.add(record.named)
            for place, scheme, value in outer_ids(record.intent.body):
                if scheme in LOCAL_SCHEMES:
                    continue
                identifier = f"{scheme}:{value}"
                slugs = self._other_records(record, identifier, found)
                if not slugs and self._schemes.get(scheme) and identifier not in record.identifiers:
                    unresolved.append((record, identifier, place))
                for slug in slugs:
                    message = f"The external id {identifier} of {quoted(record.key)} also belongs to {quoted(slug)}"
                    hint = "Both records keep it. If they are the same, merge them: see /v1/duplicates."
                    result.warnings.append(
                        warning_about(record, "leads-elsewhere", message, hint, f"/external_ids/{place}/value")
                    )
        known_ids = await data_set_statements.identified(connection, {identifier for _, identifier, _ in unresolved})
        for record, identifier, place in unresolved:
            if identifier not in known_ids:
                message = f"{identifier} of {quoted(record.key)} is not the id of any record of that data set"
                hint = "Check the spelling, or import the release of the data set that contains it."
                result.warnings.append(
                    warning_about(record, "leads-nowhere", message, hint, f"/external_ids/{place}/value")
                )

    async def _learn_schemes(self, connection: Connection, records: Iterable[ForeignRecord]) -> None:
        """Look up, once per scheme, whether other data sets in the database use the scheme."""
        schemes = {
            scheme for record in records for _, scheme, _ in outer_ids(record.intent.body)
        } - self._schemes.keys()
        if schemes:
            known_schemes = await data_set_statements.identifying_schemes(connection, schemes)
            self._schemes |= {scheme: scheme in known_schemes for scheme in schemes}

    def _other_records(self, record: ForeignRecord, identifier: str, found: Found) -> list[str]:
        """Return the slugs of other records with an external id: the first such record in the file, or else the stored
        records."""
        key = (record.intent.collection, identifier)
        first = self._records_by_id.setdefault(key, record.named)
        if first != record.named:
            return [first[1]]
        alias = self.aliases.by_key.get(record.named)
        own = alias.slug if alias is not None else record.key
        known = found.current.get(key)
        slugs = found.ambiguous.get(key) or ([known.slug] if known is not None else [])
        return [slug for slug in dict.fromkeys(slugs) if slug != own]
