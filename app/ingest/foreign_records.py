"""Merges the records of another data set into stored ones: finds the stored record of each, and what it changes.

A record is identified by what the data set stated before (`data_set_statement`), else by the external id that identifies
it in the data set (`identified_by` of its rule), else by the slug that the profile made. Every other external id is a
cross-reference: it is stored, and reported if another record has it, but records are not matched by it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any
from uuid import UUID

from app.db.vocabulary_values import LOCAL_SCHEMES
from app.ingest import ownership
from app.ingest.data_sets import DataSet
from app.ingest.items import Item, line_of
from app.ingest.ownership import Body, Change, Claims
from app.ingest.report import LineWarning
from app.writing import data_set_statements
from app.writing.batch import Batch, Connection, Known
from app.writing.data_set_statements import Named, Stated, Statement
from app.writing.intents import Intent, Versions
from app.writing.mentions import ANY, mentioned_in, rewritten, walk
from app.writing.plan import NestedRecords, plan_of
from app.writing.resolution import Found, Key, look_up
from app.writing.slugs import outer_ids
from app.writing.speculative import now
from app.writing.stored_bodies import bodies_of, merged
from app.writing.write_spec import WriteSpec

#: Beginning of the reason for withdrawals that an import makes.
MISSING_REASON = "no longer in the data set"


@dataclass(frozen=True, slots=True)
class ForeignRecord:
    """One record of the file, without the records nested in it."""

    intent: Intent
    """Its body has the slug that the profile made, and mentions records as the profile wrote them."""
    key: str
    item: Item | None
    nested: NestedRecords | None = None

    @property
    def named(self) -> Named:
        return self.intent.collection, self.key

    @property
    def identifiers(self) -> list[str]:
        """External ids that identify it in its data set, as `scheme:value`, the most reliable first."""
        schemes = self.item.identified_by if self.item is not None and self.nested is None else ()
        ids = outer_ids(self.intent.body)
        return [f"{scheme}:{value}" for wanted in schemes for _, scheme, value in ids if scheme == wanted]


@dataclass(slots=True)
class MergeResult:
    """What the records of a batch change."""

    revision: int
    """The newest revision before the stored records were read."""
    changed: list[Intent] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    warnings: list[LineWarning] = field(default_factory=list)


def split_nested(kinds: Mapping[str, WriteSpec], intent: Intent, item: Item | None) -> Iterator[ForeignRecord]:
    """Yield a record, and then those nested in it, each as a separate record: a later statement about one of them must not
    affect the others."""
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
            # Two entries with the same key are one record. The schema reports errors in them.
            if named in seen:
                continue
            seen.add(named)
            child = Intent(
                one.collection, {one.owner: owner_key, **entry}, intent.mode, pointer=f"{intent.pointer}/{name}/{place}",
                is_patch=intent.is_patch, place=place + 1,
            )  # fmt: skip
            yield from _split_nested(kinds, child, named, item, one)


def _local_key(kind: WriteSpec, nested: NestedRecords, entry: Mapping[str, Any], place: int) -> str:
    """Return what distinguishes a nested record from the others of its owner."""
    if isinstance(slug := entry.get("slug"), str):
        return slug
    names = _identifying_fields(kind, nested.owner)
    return "|".join(str(entry.get(name) or "") for name in names) if names else str(place)


def mentions_in(kind: WriteSpec, body: Body) -> set[Key]:
    """Return the (collection, key) of all records that a body mentions."""
    return {mention[1:] for mention in walk(mentioned_in(kind.schema), body, "")}


def _identifying_fields(kind: WriteSpec, owner: str) -> tuple[str, ...]:
    """Return the fields that distinguish a record from the others of its owner."""
    fields = {one.column: one.name for one in plan_of(kind.model, kind.schema).scalars}
    return kind.told_by or tuple(fields[column] for column in kind.identity if fields[column] != owner)


class ForeignMerger:
    """Merges the records of one file into stored records, batch by batch. `data_set` is the data set of the file."""

    def __init__(self, kinds: Mapping[str, WriteSpec], data_set: DataSet, *, dry_run: bool) -> None:
        self.kinds = dict(kinds)
        self.data_set = data_set
        self.dry_run = dry_run
        self.aliases: dict[Key, Known] = {}
        """Records with another current slug than the profile's, by (collection, the profile's slug)."""
        self.rekeyed: set[Named] = set()
        """Former keys of records that have another key in this file."""
        self.restoring: set[UUID] = set()
        """Withdrawn records that are in the file again."""
        self._dry_run_statements: dict[Named, tuple[dict[str, Any], dict[str, Any]]] = {}
        """On a dry run: statements that a real run would have stored by now, and their values that were not applied."""
        self._dry_run_bodies: dict[UUID, dict[str, Any]] = {}
        """On a dry run: bodies that a real run would have written by now."""
        self._reported: set[tuple[Named, str, str]] = set()
        """Warnings that were reported already, by record, rule and message."""
        self._records_by_id: dict[Key, Named] = {}
        """The first record of the file with each external id."""
        self._schemes: dict[str, bool] = {}
        """Whether a data set in the database identifies records by a scheme, when the file first used the scheme."""
        self._settled: set[Named] = set()
        """Records that need no more work: the stored statement matches the file so far, and was applied completely."""
        self._checked: set[Named] = set()
        """Records whose external ids were checked."""

    async def merge(
        self, connection: Connection, records: Sequence[ForeignRecord], *, is_final: bool = False
    ) -> MergeResult:
        """Return what the records change.

        With `is_final`, all rows of the file were read: values that a record no longer states are removed from the stored one.
        """
        batch = Batch(connection, self.kinds, *await now(connection))
        result = MergeResult(batch.revision)
        statements_found = await data_set_statements.by_keys(
            connection, self.data_set.prefix, [one.named for one in records]
        )
        own_statements: dict[Named, Statement] = {}
        record_ids: dict[Named, UUID] = {}
        for one in statements_found:
            record_ids.setdefault(one.named, one.record_id)
            if one.data_set == self.data_set.name:
                own_statements[one.named] = one
                record_ids[one.named] = one.record_id
        changed: list[ForeignRecord] = []
        for record in records:
            before = own_statements.get(record.named)
            last = self._dry_run_statements.get(record.named)
            if last is None and before is not None and before.body is not None and not before.has_withdrawn:
                last = before.body, before.untaken
            if last is not None and last[0] == record.intent.body and not last[1]:
                self._settled.add(record.named)
            else:
                self._settled.discard(record.named)
                changed.append(record)
        await self._note_aliases(connection, records, record_ids)
        found = await look_up(connection, self._keys(records, changed, record_ids))
        await self._identify(
            batch, [one for one in records if one.named not in record_ids], found, record_ids, own_statements, result
        )
        await self._learn_schemes(connection, records)
        await self._warn_shared_ids(connection, result, records, found)
        if changed:
            await self._change(batch, changed, own_statements, record_ids, found, result, is_final=is_final)
        return result

    def _keys(
        self,
        records: Iterable[ForeignRecord],
        changed: Iterable[ForeignRecord],
        record_ids: Mapping[Named, UUID],
    ) -> set[Key]:
        keys: set[Key] = set()
        for record in records:
            if record.named in self._checked and record.named in record_ids:
                continue
            collection, body = record.intent.collection, record.intent.body
            keys |= {(collection, f"{scheme}:{value}") for _, scheme, value in outer_ids(body)}
        for record in changed:
            collection = record.intent.collection
            if isinstance(slug := record.intent.body.get("slug"), str):
                keys.add((collection, slug))
            keys |= mentions_in(self.kinds[collection], record.intent.body)
        return keys

    def unsettled(self, records: Iterable[ForeignRecord]) -> list[ForeignRecord]:
        """Return the records of the file that may need more work once all of its rows were read."""
        return [one for one in records if one.named not in self._settled]

    # --- identification

    async def _note_aliases(
        self, connection: Connection, records: Sequence[ForeignRecord], record_ids: Mapping[Named, UUID]
    ) -> None:
        """Note the current slugs of records that the data set stated before."""
        named_before = [one for one in records if one.named in record_ids and "/" not in one.key]
        found = await look_up(connection, {(one.intent.collection, str(record_ids[one.named])) for one in named_before})
        for one in named_before:
            known = found.get((one.intent.collection, str(record_ids[one.named])))
            if known is not None and known.slug != one.key:
                self.aliases[one.named] = known

    async def _identify(
        self,
        batch: Batch,
        records: Sequence[ForeignRecord],
        found: Found,
        record_ids: dict[Named, UUID],
        own_statements: dict[Named, Statement],
        result: MergeResult,
    ) -> None:
        """Find the stored records that the data set has not stated before."""
        candidates: dict[Named, Known] = {}
        for record in records:
            for identifier in record.identifiers:
                place = (record.intent.collection, identifier)
                if place not in found.ambiguous and (known := found.current.get(place)) is not None:
                    candidates.setdefault(record.named, known)
        statements_of = await data_set_statements.by_records(batch.connection, {one.id for one in candidates.values()})
        for record in records:
            collection, slug = record.intent.collection, record.intent.body.get("slug")
            known = candidates.get(record.named)
            if known is not None and self._is_other_record(record, statements_of.get(known.id, ())):
                known = None
            elif known is not None:
                self._adopt_key(record, statements_of.get(known.id, ()), own_statements, result)
            if known is None and isinstance(slug, str):
                known = found.current.get((collection, slug))
                if known is None and (known := found.former.get((collection, slug))) is not None:
                    message = f"{slug!r} is a former slug of {known.slug!r}; the row is applied to that record"
                    self._warn(result, record, _warning(record, "former-slug", message, None, "/slug"))
            if known is not None:
                record_ids[record.named] = known.id
                if known.slug != record.key:
                    self.aliases[record.named] = known
        await self._identify_nested(batch, [one for one in records if one.named not in record_ids], found, record_ids)

    def _is_other_record(self, record: ForeignRecord, statements_about: Sequence[Statement]) -> bool:
        """Return whether the stored record is another one: another record of this data set, or a record that has the
        identifying id only as a cross-reference of another data set."""
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
        self,
        record: ForeignRecord,
        statements_about: Sequence[Statement],
        own_statements: dict[Named, Statement],
        result: MergeResult,
    ) -> None:
        """Take over the statement under the record's former key: the key is made of a name, which has changed."""
        for one in statements_about:
            if (
                one.data_set == self.data_set.name
                and one.named != record.named
                and one.identifier in record.identifiers
            ):
                own_statements.setdefault(record.named, one)
                self.rekeyed.add(one.named)
                result.stated.append(Stated(one.collection, one.key, one.record_id, record.intent.pointer, None, None))

    async def _identify_nested(
        self, batch: Batch, records: Sequence[ForeignRecord], found: Found, record_ids: dict[Named, UUID]
    ) -> None:
        """Find nested records without a slug by their owner and their identifying fields."""
        by_owner_column: dict[tuple[str, str], list[tuple[ForeignRecord, UUID]]] = {}
        for record in records:
            if record.nested is None or isinstance(record.intent.body.get("slug"), str):
                continue
            owner = self._owner(record, found, record_ids)
            if owner is not None:
                by_owner_column.setdefault((record.nested.collection, record.nested.owner_column), []).append(
                    (record, owner)
                )
        for (collection, column), wanted_here in by_owner_column.items():
            kind = self.kinds[collection]
            table = plan_of(kind.model, kind.schema).table
            rows = await batch.select(table, column, {owner for _, owner in wanted_here})
            by_owner: dict[UUID, list[UUID]] = {}
            for row in rows:
                by_owner.setdefault(row[column], []).append(row["id"])
            ids = [identifier for one in by_owner.values() for identifier in one]
            bodies = dict(zip(ids, await bodies_of(batch.select, batch.kinds, kind, ids), strict=True))
            for record, owner in wanted_here:
                assert record.nested is not None
                names = _identifying_fields(kind, record.nested.owner)
                wanted = self._resolved(kind, record.intent.body, found)
                for identifier in by_owner.get(owner, ()):
                    if all(bodies[identifier].get(name) == wanted.get(name) for name in names):
                        record_ids[record.named] = identifier

    def _owner(self, record: ForeignRecord, found: Found, record_ids: Mapping[Named, UUID]) -> UUID | None:
        assert record.nested is not None
        mention = next(
            (
                one
                for one in walk(mentioned_in(self.kinds[record.intent.collection].schema), record.intent.body, "")
                if one.pointer == f"/{record.nested.owner}"
            ),
            None,
        )
        if mention is None:
            return None
        known = self._known(mention.collection, mention.key, found)
        return record_ids.get((mention.collection, mention.key)) or (known.id if known is not None else None)

    # --- changes

    async def _change(
        self,
        batch: Batch,
        records: Sequence[ForeignRecord],
        own_statements: Mapping[Named, Statement],
        record_ids: Mapping[Named, UUID],
        found: Found,
        result: MergeResult,
        *,
        is_final: bool,
    ) -> None:
        statements_about = await data_set_statements.by_records(
            batch.connection, {record_ids[one.named] for one in records if one.named in record_ids}
        )
        found = await self._resolve_statements(batch, found, statements_about)
        pending: dict[UUID, int] = {}
        skipped: set[str] = set()
        created: dict[tuple[Any, ...], str] = {}
        stored = await _stored(
            batch, {(one.intent.collection, record_ids[one.named]) for one in records if one.named in record_ids}
        )
        fresh: dict[Named, Body] = {}
        # Several rows may describe one stored record. A row whose values differ is processed again after all others, since a
        # later row may no longer state the stored value.
        for record in chain(records, again := list[ForeignRecord]()):
            is_again = record.named in fresh
            intent, known = record.intent, record_ids.get(record.named)
            kind = self.kinds[intent.collection]
            before = own_statements.get(record.named)
            previous: tuple[dict[str, Any] | None, dict[str, Any]] = self._dry_run_statements.get(record.named) or (
                (before.last, before.untaken) if before is not None else (None, {})
            )
            previous_body, previous_untaken = previous
            old = None if previous_body is None else data_set_statements.as_taken(previous_body, previous_untaken)
            statement_body = dict(intent.body) if is_final else ownership.union(previous_body, intent.body, kind)
            fresh[record.named] = statement_body
            stating = Stated(
                intent.collection,
                record.key,
                known,
                intent.pointer,
                next(iter(record.identifiers), None),
                statement_body or None,
            )
            if record.nested is not None and intent.pointer.rsplit("/", 2)[0] in skipped:
                # Its owner was withdrawn.
                skipped.add(intent.pointer)
                continue
            row = stored.get(known) if known is not None else None
            if row is None:
                body = self._resolved(kind, intent.body, found)
                if record.nested is not None:
                    # Two rows may describe one stored record: a nested record that both contain is created once.
                    names = (record.nested.owner, *_identifying_fields(kind, record.nested.owner))
                    place = (intent.collection, *(str(body.get(name)) for name in names), body.get("slug"))
                    if (first := created.setdefault(place, intent.pointer)) != intent.pointer and kind.identity:
                        self._add_statement(result, record, replace(stating, pointer=first))
                        continue
                result.changed.append(replace(intent, body=body))
                self._add_statement(result, record, stating)
                continue
            body, version, withdrawn = row
            assert known is not None
            if self.dry_run:
                # A real run would have written by now what earlier batches merged.
                body = self._dry_run_bodies.get(known, body)
            has_returned = self.dry_run and known in self.restoring
            # The import of any data set may have withdrawn it; a file that contains it puts it in use again.
            is_back = withdrawn is not None and any(one.has_withdrawn for one in statements_about.get(known, ()))
            if withdrawn is not None and not is_back and intent.collection != "citations":
                message = f"{body['slug']!r} was withdrawn: {withdrawn}; the row is not applied"
                # The statement is not stored either; it will be when the record is in use again.
                self._warn(
                    result, record, _warning(record, "withdrawn", message, "Undo the withdrawal to apply the row.", "")
                )
                skipped.add(intent.pointer)
                continue
            change = self._changes(
                record,
                kind,
                old,
                before,
                _renewed(statements_about.get(known, ()), fresh, self.data_set),
                body,
                found,
                is_final,
            )
            if change.differences and not is_again and len(statements_about.get(known, ())) > 1:
                again.append(record)
                continue
            for one in change.differences:
                self._warn(result, record, _differs(record, body, one))
            untaken = {one.field: one.previous for one in change.differences}
            kept_untaken = {
                name: value for name, value in previous_untaken.items() if name not in intent.body and not is_final
            }
            self._add_statement(result, record, replace(stating, untaken={**kept_untaken, **untaken}))
            whole = merged(body, change.patch)
            if whole == body and (has_returned or not is_back):
                continue
            if is_back:
                self.restoring.add(known)
            if self.dry_run:
                self._dry_run_bodies[known] = whole
            stored[known] = (whole, version, withdrawn)
            if known in pending:
                # Two records of the file are one stored record: the second is merged into the result of the first.
                result.changed[pending[known]] = replace(result.changed[pending[known]], body=whole)
                continue
            pending[known] = len(result.changed)
            result.changed.append(
                replace(
                    intent,
                    body=whole,
                    address=str(known),
                    if_match=Versions({version}),
                    is_patch=False,
                    is_restoring=is_back,
                )
            )

    async def _resolve_statements(
        self, batch: Batch, found: Found, statements_about: Mapping[UUID, Sequence[Statement]]
    ) -> Found:
        """Return the records found so far and those that the statements mention, with their current slugs."""
        keys: set[Key] = set()
        for stated in statements_about.values():
            for one in stated:
                keys |= mentions_in(self.kinds[one.collection], one.last or {})
        more = await look_up(batch.connection, keys - found.current.keys() - found.former.keys())
        more.current = {**more.current, **found.current}
        more.former = {**more.former, **found.former}
        more.ambiguous = {**more.ambiguous, **found.ambiguous}
        return more

    def _changes(
        self,
        record: ForeignRecord,
        kind: WriteSpec,
        old: Body | None,
        before: Statement | None,
        statements_about: Sequence[Statement],
        stored: Body,
        found: Found,
        is_final: bool,
    ) -> Change:
        """Return what the file changes of the stored body."""
        item, name = record.item, self.data_set.name
        keys = (record.named, *((before.named,) if before is not None else ()))
        own = next((one for one in statements_about if one.data_set == name and one.named in keys), None)
        others = [one for one in statements_about if one is not own and one.body is not None]
        preceding = [one for one in others if own is None or _precedes(one, own)]
        claims = Claims(
            None if old is None else ownership.normalized(kind, self._resolved(kind, old, found)),
            [self._resolved(kind, one.body or {}, found) for one in others],
            [self._resolved(kind, one.body or {}, found) for one in preceding],
            is_returning=before is not None and before.body is None,
        )
        new = ownership.normalized(kind, self._resolved(kind, record.intent.body, found))
        unspoken = item.unspoken if item is not None and record.nested is None else frozenset()
        dropped = set(claims.old or ()) - unspoken if is_final else set()
        return ownership.change(kind, stored, new, claims, item.keeps if item is not None else {}, dropped=dropped)

    def _add_statement(self, result: MergeResult, record: ForeignRecord, stating: Stated) -> None:
        result.stated.append(stating)
        if stating.body == record.intent.body and not stating.untaken:
            self._settled.add(record.named)
        if self.dry_run:
            self._dry_run_statements[record.named] = stating.body or {}, dict(stating.untaken)

    def _warn(self, result: MergeResult, record: ForeignRecord, warning: LineWarning) -> None:
        """Add a warning about a record, unless the file has caused the same one before."""
        report_key = (record.named, warning.rule, warning.message)
        if report_key not in self._reported:
            self._reported.add(report_key)
            result.warnings.append(warning)

    def _known(self, collection: str, key: str, found: Found) -> Known | None:
        return self.aliases.get((collection, key)) or found.get((collection, key))

    def _resolved(self, kind: WriteSpec, body: Body, found: Found) -> dict[str, Any]:
        """Return the body with the current slugs of the records that it mentions."""

        def slug_of(collection: str, key: str) -> str:
            # Issues are mentioned by code.
            known = self._known(collection, key, found) if collection != "issues" else None
            return known.slug if known is not None else key

        resolved: dict[str, Any] = rewritten(mentioned_in(kind.schema), dict(body), slug_of)
        return resolved

    # --- warnings

    async def _learn_schemes(self, connection: Connection, records: Iterable[ForeignRecord]) -> None:
        """Find out which schemes other data sets in the database use, once per scheme."""
        schemes = {
            scheme for record in records for _, scheme, _ in outer_ids(record.intent.body)
        } - self._schemes.keys()
        if schemes:
            known_schemes = await data_set_statements.identifying_schemes(connection, schemes)
            self._schemes |= {scheme: scheme in known_schemes for scheme in schemes}

    async def _warn_shared_ids(
        self, connection: Connection, result: MergeResult, records: Iterable[ForeignRecord], found: Found
    ) -> None:
        """Warn about external ids that another record of the file or in the database has."""
        unresolved: list[tuple[ForeignRecord, str, int]] = []
        for record in records:
            if record.named in self._checked:
                continue
            self._checked.add(record.named)
            collection = record.intent.collection
            for place, scheme, value in outer_ids(record.intent.body):
                if scheme in LOCAL_SCHEMES:
                    continue
                identifier = f"{scheme}:{value}"
                first = self._records_by_id.setdefault((collection, identifier), record.named)
                slugs = [first[1]] if first != record.named else []
                if not slugs:
                    own = self.aliases.get(record.named)
                    slugs = _slugs_with_id((collection, identifier), found, own.slug if own is not None else record.key)
                if not slugs and self._schemes.get(scheme) and identifier not in record.identifiers:
                    unresolved.append((record, identifier, place))
                for slug in slugs:
                    message = f"The external id {identifier} of {record.key!r} also belongs to {slug!r}"
                    hint = "Both records keep it. If they are the same, merge them: see /v1/duplicates."
                    result.warnings.append(
                        _warning(record, "leads-elsewhere", message, hint, f"/external_ids/{place}/value")
                    )
        known_ids = await data_set_statements.identified(connection, {identifier for _, identifier, _ in unresolved})
        for record, identifier, place in unresolved:
            if identifier not in known_ids:
                message = f"{identifier} of {record.key!r} is not the id of any record of that data set"
                hint = "Check the spelling, or import the release of the data set that contains it."
                result.warnings.append(_warning(record, "leads-nowhere", message, hint, f"/external_ids/{place}/value"))


def _slugs_with_id(key: Key, found: Found, own: str) -> list[str]:
    """Return the slugs of stored records with an external id, apart from the record itself."""
    known = found.current.get(key)
    slugs = found.ambiguous.get(key) or ([known.slug] if known is not None else [])
    return [slug for slug in dict.fromkeys(slugs) if slug != own]


def _renewed(statements_about: Sequence[Statement], fresh: Mapping[Named, Body], data_set: DataSet) -> list[Statement]:
    """Return the statements about a record, with those of this data set replaced by what the file states."""
    return [
        replace(one, body=dict(fresh[one.named])) if one.data_set == data_set.name and one.named in fresh else one
        for one in statements_about
    ]


def _precedes(one: Statement, own: Statement) -> bool:
    """Return whether another data set has precedence over this one: it created the record, or stated it first."""
    if one.is_native != own.is_native:
        return one.is_native
    return (one.first_since, one.first_at, one.data_set) < (own.first_since, own.first_at, own.data_set)


async def _stored(
    batch: Batch, records: Iterable[tuple[str, UUID]]
) -> dict[UUID, tuple[dict[str, Any], int, str | None]]:
    """Return body, version and reason of withdrawal of each stored record."""
    by_collection: dict[str, list[UUID]] = {}
    for collection, known in records:
        by_collection.setdefault(collection, []).append(known)
    read: dict[UUID, tuple[dict[str, Any], int, str | None]] = {}
    for collection, ids in by_collection.items():
        kind = batch.kinds[collection]
        rows = {row["id"]: row for row in await batch.select(plan_of(kind.model, kind.schema).table, "id", ids)}
        present = [known for known in ids if known in rows]
        bodies = await bodies_of(batch.select, batch.kinds, kind, present)
        for known, body in zip(present, bodies, strict=True):
            row = rows[known]
            reason = row["withdrawn_reason"] if row["withdrawn_at"] is not None else None
            read[known] = (body, row["row_version"], reason)
    return read


def _warning(record: ForeignRecord, rule: str, message: str, hint: str | None, pointer: str) -> LineWarning:
    nested = f"/{record.intent.pointer.split('/', 2)[2]}" if record.nested is not None else ""
    column = record.item.column(nested + pointer) if record.item is not None else None
    line = line_of(record.intent.pointer)
    return LineWarning(line=line, column=column, pointer=nested + pointer, message=message, hint=hint, rule=rule)


def _differs(record: ForeignRecord, stored: Body, one: ownership.Difference) -> LineWarning:
    hint = "The stored value is kept" + (
        f"; the other is added to its `{one.names}`." if one.names is not None else "."
    )
    message = f"`{one.field}` of {stored['slug']!r} is {str(one.value)[:60]!r} in the file but {str(one.stored)[:60]!r} in the database"
    return _warning(record, "differs", message, hint, f"/{one.field}")
