"""The records of another data set against what is stored: which record each one is, and what it changes of it.

A record is identified by what the data set said of it before (`data_set_statement`), else by the external id that
identifies it in the data set (`identified_by` of its rule), else by the slug that the profile made. Every other external
id is a cross-reference: it is stored, and reported where another record bears it, but nothing is matched by it.
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
from app.writing import statements
from app.writing.ahead import now
from app.writing.batch import Batch, Connection, Known
from app.writing.current import bodies_of, merged
from app.writing.intents import Intent, Versions
from app.writing.kinds import Kind
from app.writing.mentions import ANY, mentioned_in, rewritten, walk
from app.writing.naming import outer_ids
from app.writing.plan import NestedRecords, plan_of
from app.writing.resolution import Found, Key, look_up
from app.writing.statements import Named, Stated, Statement

#: How the reason of a withdrawal begins that an import makes.
VANISHED = "no longer in the data set"


@dataclass(frozen=True, slots=True)
class Foreign:
    """One record as the file has it, apart from those nested in it."""

    intent: Intent
    """Its slug is the one that the profile made, its mentions are as the profile wrote them."""
    key: str
    item: Item | None
    nested: NestedRecords | None = None

    @property
    def named(self) -> Named:
        return self.intent.collection, self.key

    @property
    def identifiers(self) -> list[str]:
        """The external ids that identify it in its data set, as `scheme:value`, the surest first."""
        schemes = self.item.identified_by if self.item is not None and self.nested is None else ()
        ids = outer_ids(self.intent.body)
        return [f"{scheme}:{value}" for wanted in schemes for _, scheme, value in ids if scheme == wanted]


@dataclass(slots=True)
class LaidForeign:
    """What the records of a batch come to."""

    revision: int
    """The newest one before anything was read."""
    changed: list[Intent] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    warnings: list[LineWarning] = field(default_factory=list)


def apart(kinds: Mapping[str, Kind], intent: Intent, item: Item | None) -> Iterator[Foreign]:
    """A record, and after it those nested in it, each as a record of its own: what a later file says of one of them must
    not touch the others."""
    yield from _apart(kinds, intent, str(intent.body["slug"]), item, None)


def _apart(
    kinds: Mapping[str, Kind], intent: Intent, key: str, item: Item | None, nested: NestedRecords | None
) -> Iterator[Foreign]:
    kind = kinds[intent.collection]
    inner = {one.name: one for one in plan_of(kind.model, kind.schema).nested}
    body = {name: value for name, value in intent.body.items() if name not in inner}
    yield Foreign(replace(intent, body=body), key, item, nested)
    for name, one in inner.items():
        below = kinds[one.collection]
        is_any = mentioned_in(below.schema).fields[one.owner].collection == ANY
        here = f"{intent.collection}/{key}" if is_any else key
        seen: set[str] = set()
        for place, entry in enumerate(intent.body.get(name) or ()):
            named = f"{key}/{_own_name(below, one, entry, place)}"
            # Two entries of one name are one record; the schema says what is wrong with them, if anything is.
            if named in seen:
                continue
            seen.add(named)
            child = Intent(
                one.collection, {one.owner: here, **entry}, intent.mode, pointer=f"{intent.pointer}/{name}/{place}",
                is_patch=intent.is_patch, place=place + 1,
            )  # fmt: skip
            yield from _apart(kinds, child, named, item, one)


def _own_name(kind: Kind, nested: NestedRecords, entry: Mapping[str, Any], place: int) -> str:
    """What tells a nested record from the others of its owner."""
    if isinstance(slug := entry.get("slug"), str):
        return slug
    names = _natural(kind, nested.owner)
    return "|".join(str(entry.get(name) or "") for name in names) if names else str(place)


def mentions_in(kind: Kind, body: Body) -> set[Key]:
    """The (collection, key) of all records that a body mentions."""
    return {mention[1:] for mention in walk(mentioned_in(kind.schema), body, "")}


def _natural(kind: Kind, owner: str) -> tuple[str, ...]:
    """The fields that tell a record from others of its owner."""
    fields = {one.column: one.name for one in plan_of(kind.model, kind.schema).scalars}
    return kind.told_by or tuple(fields[column] for column in kind.identity if fields[column] != owner)


class Laying:
    """Lays the records of one file over what is stored, batch by batch. `data_set` says whose they are."""

    def __init__(self, kinds: Mapping[str, Kind], data_set: DataSet, *, dry_run: bool) -> None:
        self.kinds = dict(kinds)
        self.data_set = data_set
        self.dry_run = dry_run
        self.aliases: dict[Key, Known] = {}
        """Records that are called otherwise than the profile calls them, by (collection, the profile's slug)."""
        self.rekeyed: set[Named] = set()
        """Former keys of records that the file has under others."""
        self.restoring: set[UUID] = set()
        """Withdrawn records that the file has again."""
        self._said: dict[Named, tuple[dict[str, Any], dict[str, Any]]] = {}
        """What a dry run would have stated by now, and what of it would not have been taken."""
        self._laid: dict[UUID, dict[str, Any]] = {}
        """Bodies that a dry run would have written by now."""
        self._told: set[tuple[Named, str, str]] = set()
        """What was reported of a record and a field already."""
        self._bearers: dict[Key, Named] = {}
        """Which record of the file bears which external id."""
        self._schemes: dict[str, bool] = {}
        """Whether a data set in the ledger identifies its records by a scheme, as it was when the file first used it."""
        self._settled: set[Named] = set()
        """Records whose statement is what the file says of them so far, and was taken whole."""
        self._checked: set[Named] = set()
        """Records whose external ids were looked at."""

    async def lay(self, connection: Connection, records: Sequence[Foreign], *, is_final: bool = False) -> LaidForeign:
        """What the records change. With `is_final` all rows of the file were read: what a record does not say any more is
        taken out of the stored one."""
        batch = Batch(connection, self.kinds, *await now(connection))
        laid = LaidForeign(batch.revision)
        stored = await statements.by_keys(connection, self.data_set.prefix, [one.named for one in records])
        mine: dict[Named, Statement] = {}
        about: dict[Named, UUID] = {}
        for one in stored:
            about.setdefault(one.named, one.record_id)
            if one.data_set == self.data_set.name:
                mine[one.named] = one
                about[one.named] = one.record_id
        changed: list[Foreign] = []
        for record in records:
            before = mine.get(record.named)
            said = self._said.get(record.named)
            if said is None and before is not None and before.body is not None and not before.has_withdrawn:
                said = before.body, before.untaken
            if said is not None and said[0] == record.intent.body and not said[1]:
                self._settled.add(record.named)
            else:
                self._settled.discard(record.named)
                changed.append(record)
        await self._note_names(connection, records, about)
        found = await look_up(connection, self._keys(records, changed, about))
        await self._identify(batch, [one for one in records if one.named not in about], found, about, mine, laid)
        await self._learn_schemes(connection, records)
        await self._tell_elsewhere(connection, laid, records, found)
        if changed:
            await self._change(batch, changed, mine, about, found, laid, is_final=is_final)
        return laid

    def _keys(
        self,
        records: Iterable[Foreign],
        changed: Iterable[Foreign],
        about: Mapping[Named, UUID],
    ) -> set[Key]:
        keys: set[Key] = set()
        for record in records:
            if record.named in self._checked and record.named in about:
                continue
            collection, body = record.intent.collection, record.intent.body
            keys |= {(collection, f"{scheme}:{value}") for _, scheme, value in outer_ids(body)}
        for record in changed:
            collection = record.intent.collection
            if isinstance(slug := record.intent.body.get("slug"), str):
                keys.add((collection, slug))
            keys |= mentions_in(self.kinds[collection], record.intent.body)
        return keys

    def unsettled(self, records: Iterable[Foreign]) -> list[Foreign]:
        """Those of the file's records of which something may be left to do once all of its rows were read."""
        return [one for one in records if one.named not in self._settled]

    # --- which record it is

    async def _note_names(
        self, connection: Connection, records: Sequence[Foreign], about: Mapping[Named, UUID]
    ) -> None:
        """Remember how the records are called now that the data set spoke of before."""
        asked = [one for one in records if one.named in about and "/" not in one.key]
        found = await look_up(connection, {(one.intent.collection, str(about[one.named])) for one in asked})
        for one in asked:
            known = found.get((one.intent.collection, str(about[one.named])))
            if known is not None and known.slug != one.key:
                self.aliases[one.named] = known

    async def _identify(
        self,
        batch: Batch,
        records: Sequence[Foreign],
        found: Found,
        about: dict[Named, UUID],
        mine: dict[Named, Statement],
        laid: LaidForeign,
    ) -> None:
        """Find the stored records of which the data set has not spoken yet."""
        candidates: dict[Named, Known] = {}
        for record in records:
            for identifier in record.identifiers:
                place = (record.intent.collection, identifier)
                if place not in found.ambiguous and (known := found.current.get(place)) is not None:
                    candidates.setdefault(record.named, known)
        said = await statements.by_records(batch.connection, {one.id for one in candidates.values()})
        for record in records:
            collection, slug = record.intent.collection, record.intent.body.get("slug")
            known = candidates.get(record.named)
            if known is not None and self._is_claimed(record, said.get(known.id, ())):
                known = None
            elif known is not None:
                self._rekey(record, said.get(known.id, ()), mine, laid)
            if known is None and isinstance(slug, str):
                known = found.current.get((collection, slug))
                if known is None and (known := found.former.get((collection, slug))) is not None:
                    message = f"{slug!r} is the former slug of {known.slug!r}; the row is taken for that record"
                    self._tell(laid, record, _warning(record, "former-slug", message, None, "/slug"))
            if known is not None:
                about[record.named] = known.id
                if known.slug != record.key:
                    self.aliases[record.named] = known
        await self._identify_nested(batch, [one for one in records if one.named not in about], found, about)

    def _is_claimed(self, record: Foreign, said: Sequence[Statement]) -> bool:
        """Whether a record bears the identifying id only as another data set's cross-reference, or is another record of
        this data set."""
        for one in said:
            is_mine = one.data_set == self.data_set.name and one.body is not None
            if is_mine and one.named != record.named and one.identifier not in record.identifiers:
                return True
            ids = {f"{scheme}:{value}" for _, scheme, value in outer_ids(one.body or {})}
            is_of_others = one.prefix != self.data_set.prefix and one.identifier not in record.identifiers
            if is_of_others and not ids.isdisjoint(record.identifiers):
                return True
        return False

    def _rekey(
        self, record: Foreign, said: Sequence[Statement], mine: dict[Named, Statement], laid: LaidForeign
    ) -> None:
        """Take over what the data set said of the record under another key: its slug is made of a name that has changed."""
        for one in said:
            if (
                one.data_set == self.data_set.name
                and one.named != record.named
                and one.identifier in record.identifiers
            ):
                mine.setdefault(record.named, one)
                self.rekeyed.add(one.named)
                laid.stated.append(Stated(one.collection, one.key, one.record_id, record.intent.pointer, None, None))

    async def _identify_nested(
        self, batch: Batch, records: Sequence[Foreign], found: Found, about: dict[Named, UUID]
    ) -> None:
        """Nested records without a slug, by their owner and what tells them from its others."""
        asked: dict[tuple[str, str], list[tuple[Foreign, UUID]]] = {}
        for record in records:
            if record.nested is None or isinstance(record.intent.body.get("slug"), str):
                continue
            owner = self._owner(record, found, about)
            if owner is not None:
                asked.setdefault((record.nested.collection, record.nested.owner_column), []).append((record, owner))
        for (collection, column), several in asked.items():
            kind = self.kinds[collection]
            table = plan_of(kind.model, kind.schema).table
            rows = await batch.select(table, column, {owner for _, owner in several})
            by_owner: dict[UUID, list[UUID]] = {}
            for row in rows:
                by_owner.setdefault(row[column], []).append(row["id"])
            ids = [identifier for one in by_owner.values() for identifier in one]
            bodies = dict(zip(ids, await bodies_of(batch.select, batch.kinds, kind, ids), strict=True))
            for record, owner in several:
                assert record.nested is not None
                names = _natural(kind, record.nested.owner)
                wanted = self._resolved(kind, record.intent.body, found)
                for identifier in by_owner.get(owner, ()):
                    if all(bodies[identifier].get(name) == wanted.get(name) for name in names):
                        about[record.named] = identifier

    def _owner(self, record: Foreign, found: Found, about: Mapping[Named, UUID]) -> UUID | None:
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
        return about.get((mention.collection, mention.key)) or (known.id if known is not None else None)

    # --- what it changes

    async def _change(
        self,
        batch: Batch,
        records: Sequence[Foreign],
        mine: Mapping[Named, Statement],
        about: Mapping[Named, UUID],
        found: Found,
        laid: LaidForeign,
        *,
        is_final: bool,
    ) -> None:
        said = await statements.by_records(
            batch.connection, {about[one.named] for one in records if one.named in about}
        )
        found = await self._found_too(batch, found, said)
        pending: dict[UUID, int] = {}
        skipped: set[str] = set()
        made: dict[tuple[Any, ...], str] = {}
        stored = await _stored(
            batch, {(one.intent.collection, about[one.named]) for one in records if one.named in about}
        )
        fresh: dict[Named, Body] = {}
        # Two rows may be one record by now. What one says no longer the other may say: it is looked at once more.
        for record in chain(records, again := list[Foreign]()):
            is_again = record.named in fresh
            intent, known = record.intent, about.get(record.named)
            kind = self.kinds[intent.collection]
            before = mine.get(record.named)
            said_before: tuple[dict[str, Any] | None, dict[str, Any]] = self._said.get(record.named) or (
                (before.last, before.untaken) if before is not None else (None, {})
            )
            body_before, untaken_before = said_before
            old = None if body_before is None else statements.as_taken(body_before, untaken_before)
            now_said = dict(intent.body) if is_final else ownership.union(body_before, intent.body, kind)
            fresh[record.named] = now_said
            stating = Stated(
                intent.collection,
                record.key,
                known,
                intent.pointer,
                next(iter(record.identifiers), None),
                now_said or None,
            )
            if record.nested is not None and intent.pointer.rsplit("/", 2)[0] in skipped:
                # What it is in was withdrawn.
                skipped.add(intent.pointer)
                continue
            row = stored.get(known) if known is not None else None
            if row is None:
                body = self._resolved(kind, intent.body, found)
                if record.nested is not None:
                    # Two rows may be one record by now: what both say of a nested record is one, too.
                    names = (record.nested.owner, *_natural(kind, record.nested.owner))
                    place = (intent.collection, *(str(body.get(name)) for name in names), body.get("slug"))
                    if (first := made.setdefault(place, intent.pointer)) != intent.pointer and kind.identity:
                        self._state(laid, record, replace(stating, pointer=first))
                        continue
                laid.changed.append(replace(intent, body=body))
                self._state(laid, record, stating)
                continue
            body, version, withdrawn = row
            assert known is not None
            if self.dry_run:
                # A run would have written by now what was laid before.
                body = self._laid.get(known, body)
            has_returned = self.dry_run and known in self.restoring
            # Whichever data set had it no more: it is in use again.
            is_back = withdrawn is not None and any(one.has_withdrawn for one in said.get(known, ()))
            if withdrawn is not None and not is_back and intent.collection != "citations":
                message = f"{body['slug']!r} was withdrawn: {withdrawn}; what the row says of it is not applied"
                # What is not applied is not remembered either: it is when the record is in use again.
                self._tell(
                    laid, record, _warning(record, "withdrawn", message, "Undo the withdrawal to have it back.", "")
                )
                skipped.add(intent.pointer)
                continue
            told = self._changes(
                record, kind, old, before, _renewed(said.get(known, ()), fresh, self.data_set), body, found, is_final
            )
            if told.differences and not is_again and len(said.get(known, ())) > 1:
                again.append(record)
                continue
            for one in told.differences:
                self._tell(laid, record, _differs(record, body, one))
            untaken = {one.field: one.taken for one in told.differences}
            kept = {name: value for name, value in untaken_before.items() if name not in intent.body and not is_final}
            self._state(laid, record, replace(stating, untaken={**kept, **untaken}))
            whole = merged(body, told.patch)
            if whole == body and (has_returned or not is_back):
                continue
            if is_back:
                self.restoring.add(known)
            if self.dry_run:
                self._laid[known] = whole
            stored[known] = (whole, version, withdrawn)
            if known in pending:
                # Two records of the file are one here: the second is laid over what the first makes of it.
                laid.changed[pending[known]] = replace(laid.changed[pending[known]], body=whole)
                continue
            pending[known] = len(laid.changed)
            laid.changed.append(
                replace(
                    intent,
                    body=whole,
                    address=str(known),
                    if_match=Versions({version}),
                    is_patch=False,
                    is_restoring=is_back,
                )
            )

    async def _found_too(self, batch: Batch, found: Found, said: Mapping[UUID, Sequence[Statement]]) -> Found:
        """What was found, and what all statements about the records mention: under the names that it has now."""
        keys: set[Key] = set()
        for several in said.values():
            for one in several:
                keys |= mentions_in(self.kinds[one.collection], one.last or {})
        more = await look_up(batch.connection, keys - found.current.keys() - found.former.keys())
        more.current = {**more.current, **found.current}
        more.former = {**more.former, **found.former}
        more.ambiguous = {**more.ambiguous, **found.ambiguous}
        return more

    def _changes(
        self,
        record: Foreign,
        kind: Kind,
        old: Body | None,
        before: Statement | None,
        said: Sequence[Statement],
        stored: Body,
        found: Found,
        is_final: bool,
    ) -> Change:
        """What the file changes of the stored body."""
        item, name = record.item, self.data_set.name
        keys = (record.named, *((before.named,) if before is not None else ()))
        own = next((one for one in said if one.data_set == name and one.named in keys), None)
        others = [one for one in said if one is not own and one.body is not None]
        preceding = [one for one in others if own is None or _precedes(one, own)]
        claims = Claims(
            None if old is None else ownership.normalized(kind, self._resolved(kind, old, found)),
            [self._resolved(kind, one.body or {}, found) for one in others],
            [self._resolved(kind, one.body or {}, found) for one in preceding],
            is_returning=before is not None and before.body is None,
        )
        new = ownership.normalized(kind, self._resolved(kind, record.intent.body, found))
        unspoken = item.unspoken if item is not None and record.nested is None else frozenset()
        gone = set(claims.old or ()) - unspoken if is_final else set()
        return ownership.change(kind, stored, new, claims, item.keeps if item is not None else {}, gone=gone)

    def _state(self, laid: LaidForeign, record: Foreign, stating: Stated) -> None:
        laid.stated.append(stating)
        if stating.body == record.intent.body and not stating.untaken:
            self._settled.add(record.named)
        if self.dry_run:
            self._said[record.named] = stating.body or {}, dict(stating.untaken)

    def _tell(self, laid: LaidForeign, record: Foreign, warning: LineWarning) -> None:
        """Report what is odd about a record, once a file."""
        about = (record.named, warning.rule, warning.message)
        if about not in self._told:
            self._told.add(about)
            laid.warnings.append(warning)

    def _known(self, collection: str, key: str, found: Found) -> Known | None:
        return self.aliases.get((collection, key)) or found.get((collection, key))

    def _resolved(self, kind: Kind, body: Body, found: Found) -> dict[str, Any]:
        """A body whose mentions are the slugs that the records have now."""

        def slug_of(collection: str, key: str) -> str:
            # Issues are mentioned by their codes.
            known = self._known(collection, key, found) if collection != "issues" else None
            return known.slug if known is not None else key

        resolved: dict[str, Any] = rewritten(mentioned_in(kind.schema), dict(body), slug_of)
        return resolved

    # --- what is reported

    async def _learn_schemes(self, connection: Connection, records: Iterable[Foreign]) -> None:
        """Learn of which schemes other data sets are in the ledger, once a file."""
        schemes = {
            scheme for record in records for _, scheme, _ in outer_ids(record.intent.body)
        } - self._schemes.keys()
        if schemes:
            there = await statements.identifying_schemes(connection, schemes)
            self._schemes |= {scheme: scheme in there for scheme in schemes}

    async def _tell_elsewhere(
        self, connection: Connection, laid: LaidForeign, records: Iterable[Foreign], found: Found
    ) -> None:
        """Report external ids that another record bears, of this file or in the ledger."""
        nowhere: list[tuple[Foreign, str, int]] = []
        for record in records:
            if record.named in self._checked:
                continue
            self._checked.add(record.named)
            collection = record.intent.collection
            for place, scheme, value in outer_ids(record.intent.body):
                if scheme in LOCAL_SCHEMES:
                    continue
                outer = f"{scheme}:{value}"
                first = self._bearers.setdefault((collection, outer), record.named)
                slugs = [first[1]] if first != record.named else []
                if not slugs:
                    own = self.aliases.get(record.named)
                    slugs = _bearers((collection, outer), found, own.slug if own is not None else record.key)
                if not slugs and self._schemes.get(scheme) and outer not in record.identifiers:
                    nowhere.append((record, outer, place))
                for slug in slugs:
                    message = f"{outer} of {record.key!r} is also an id of {slug!r}"
                    hint = "Both are kept. If they are one, merge them: see /v1/duplicates."
                    laid.warnings.append(
                        _warning(record, "leads-elsewhere", message, hint, f"/external_ids/{place}/value")
                    )
        there = await statements.identified(connection, {outer for _, outer, _ in nowhere})
        for record, outer, place in nowhere:
            if outer not in there:
                message = f"{outer} of {record.key!r} is not an id of any record of that data set"
                hint = "Is it mistyped, or of a release that is not imported?"
                laid.warnings.append(_warning(record, "leads-nowhere", message, hint, f"/external_ids/{place}/value"))


def _bearers(key: Key, found: Found, own: str) -> list[str]:
    """The slugs of the stored records that bear an external id, apart from the record's own."""
    known = found.current.get(key)
    slugs = found.ambiguous.get(key) or ([known.slug] if known is not None else [])
    return [slug for slug in dict.fromkeys(slugs) if slug != own]


def _renewed(said: Sequence[Statement], fresh: Mapping[Named, Body], data_set: DataSet) -> list[Statement]:
    """Statements about a record, those of the data set itself as this file makes them."""
    return [
        replace(one, body=dict(fresh[one.named])) if one.data_set == data_set.name and one.named in fresh else one
        for one in said
    ]


def _precedes(one: Statement, own: Statement) -> bool:
    """Whether another data set's word goes before this one's: it made the record, or spoke of it first."""
    if one.is_native != own.is_native:
        return one.is_native
    return (one.first_since, one.first_at, one.data_set) < (own.first_since, own.first_at, own.data_set)


async def _stored(
    batch: Batch, records: Iterable[tuple[str, UUID]]
) -> dict[UUID, tuple[dict[str, Any], int, str | None]]:
    """Body, version, and why it was withdrawn, of each stored record."""
    by_collection: dict[str, list[UUID]] = {}
    for collection, known in records:
        by_collection.setdefault(collection, []).append(known)
    read: dict[UUID, tuple[dict[str, Any], int, str | None]] = {}
    for collection, ids in by_collection.items():
        kind = batch.kinds[collection]
        rows = {row["id"]: row for row in await batch.select(plan_of(kind.model, kind.schema).table, "id", ids)}
        there = [known for known in ids if known in rows]
        bodies = await bodies_of(batch.select, batch.kinds, kind, there)
        for known, body in zip(there, bodies, strict=True):
            row = rows[known]
            reason = row["withdrawn_reason"] if row["withdrawn_at"] is not None else None
            read[known] = (body, row["row_version"], reason)
    return read


def _warning(record: Foreign, rule: str, message: str, hint: str | None, pointer: str) -> LineWarning:
    nested = f"/{record.intent.pointer.split('/', 2)[2]}" if record.nested is not None else ""
    column = record.item.column(nested + pointer) if record.item is not None else None
    line = line_of(record.intent.pointer)
    return LineWarning(line=line, column=column, pointer=nested + pointer, message=message, hint=hint, rule=rule)


def _differs(record: Foreign, stored: Body, one: ownership.Difference) -> LineWarning:
    hint = "The ledger's is kept" + (f"; the other is among its `{one.names}`." if one.names is not None else ".")
    message = f"`{one.field}` of {stored['slug']!r} is {str(one.value)[:60]!r} here, and {str(one.stored)[:60]!r} in the ledger"
    return _warning(record, "differs", message, hint, f"/{one.field}")
