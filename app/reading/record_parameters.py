"""Records that are named in the query parameters of a report: find them, and report all unknown keys at once."""

from collections.abc import Collection, Iterable
from uuid import UUID

from app.db.tables import RECORDS
from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.reading.query import DetailQuery
from app.reading.reader import Reader
from app.reading.record_keys import find_record_ids, nearest_slug_hint
from app.reading.single_records import read_record
from app.reading.unknown_names import find_record_error, find_unknown_rows


class RecordParameters:
    """Finds the records that parameters name, and collects the errors of the query, so that one answer reports all of them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.violations: list[Violation] = []
        #: Errors about records that were withdrawn, or that exist at another snapshot or `known_by` day.
        self._record_errors: list[ApiError] = []

    async def find(self, parameter: str, keys: Iterable[str] | None, collection: str) -> list[UUID] | None:
        """Return the ids of the records with these keys, or None if the parameter was not given."""
        if keys is None:
            return None
        found = [await self._find(parameter, collection, key) for key in keys]
        return [record for record in found if record is not None]

    async def find_addresses(
        self, parameter: str, addresses: Iterable[str] | None, collections: Collection[str], what: str
    ) -> list[UUID] | None:
        """Return the ids of the records with these addresses (`collection/key`), or None if the parameter was not given.
        `collections`: those that are allowed, because their records have `what`."""
        if addresses is None:
            return None
        found: list[UUID] = []
        for address in addresses:
            collection, _, key = address.partition("/")
            if collection not in collections:
                hint = f"Records of {', '.join(collections)} have {what}."
                message = f"Records of {collection} have no {what}."
                self.violations.append(Violation(message, parameter=parameter, hint=hint))
            elif record := await self._find(parameter, collection, key):
                found.append(record)
        return found

    async def _find(self, parameter: str, collection: str, key: str) -> UUID | None:
        ids = await find_record_ids(self._reader, collection, key)
        if ids and not await self._is_withdrawn(collection, ids[0]):
            return ids[0]
        error = await self._error_of(collection, key) if ids else await find_record_error(self._reader, collection, key)
        if error is not None:
            self.violations.append(Violation(error.detail, parameter=parameter))
            self._record_errors.append(error)
            return None
        self.violations.append(await unknown_record(self._reader, parameter, collection, key))
        return None

    async def _is_withdrawn(self, collection: str, record: UUID) -> bool:
        # The name of the table is a constant of a declaration.
        statement = f"SELECT withdrawn_at IS NOT NULL FROM {RECORDS[collection].__tablename__} WHERE id = $1"  # noqa: S608
        async with self._reader.connection() as connection:
            return bool(await connection.fetchval(statement, record))

    async def _error_of(self, collection: str, key: str) -> ApiError | None:
        """The error of reading this record, which was withdrawn."""
        try:
            await read_record(self._reader, collection, key, DetailQuery(fields=["slug"]))
        except ApiError as error:
            return error
        return None

    async def check_accounts(self, slugs: Iterable[str]) -> None:
        """Collect an error for each of these values of `account` that is the slug of no account."""
        for slug in slugs:
            if violation := await unknown_account(self._reader, "account", slug):
                self.violations.append(violation)

    def raise_errors(self) -> None:
        """Raise ApiError if there is an error. As in lists: if all missing records exist at another snapshot, the error is
        that of reading the first of them."""
        if self.violations and len(self.violations) == len(self._record_errors):
            first = self._record_errors[0]
            raise ApiError(first.kind, first.detail, self.violations)
        if self.violations:
            raise ApiError(ProblemType.INVALID, count_errors(self.violations), self.violations)


async def unknown_account(reader: Reader, parameter: str, slug: str) -> Violation | None:
    """The error if no account has the slug, with the nearest slug; None if there is one."""
    unknown = await find_unknown_rows(reader, "account", "slug", [slug], parameter)
    return unknown[0].violation if unknown else None


async def unknown_record(reader: Reader, parameter: str, collection: str, key: str) -> Violation:
    """The error for a key in a parameter that names no record, with a hint at the nearest slug."""
    hint = await nearest_slug_hint(reader, collection, key) or f"/v1/{collection}?q=… finds slugs by names."
    return Violation(f"Not found: {quoted(key)} in {collection}.", parameter=parameter, hint=hint)
