"""Resolve keys to records: slug, former slug, id, `scheme:value` or an issue's code. One statement resolves a whole batch."""

from collections.abc import Container, Iterable, Sequence
from typing import Any
from uuid import UUID

from rapidfuzz import fuzz, process
from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.types import is_storable
from app.errors import ProblemType, Violation
from app.writing.batch import Batch, Known
from app.writing.mentions import Mention
from app.writing.slugs import is_id

Key = tuple[str, str]

_LOOK_UP = text("""
    SELECT 1 AS way, a.collection, a.key, e.id, e.slug
    FROM unnest(:collections, :keys) AS a(collection, key)
    JOIN entry e ON e.collection = a.collection AND e.slug = a.key
    UNION ALL
    SELECT 2, a.collection, a.key, e.id, e.slug
    FROM unnest(:collections, :keys) AS a(collection, key)
    JOIN slug_alias s ON s.collection = a.collection AND s.slug = a.key JOIN entry e ON e.id = s.record_id
    UNION ALL
    SELECT 3, a.collection, a.key, e.id, e.slug
    FROM unnest(:id_collections, :id_keys, :ids) AS a(collection, key, id)
    JOIN entry e ON e.id = a.id AND e.collection = a.collection
    UNION ALL
    SELECT 4, a.collection, a.key, e.id, e.slug
    FROM unnest(:scheme_collections, :scheme_keys, :schemes, :scheme_values) AS a(collection, key, scheme, value)
    JOIN external_id x ON x.scheme = a.scheme AND x.value = a.value
    JOIN entry e ON e.id = x.record_id AND e.collection = a.collection
    UNION ALL
    SELECT 5, 'issues', a.key, i.id, i.slug
    FROM unnest(:codes) AS a(key) JOIN issue i ON i.code = upper(a.key)
    ORDER BY 1
""").bindparams(
    *(
        bindparam(name, type_=ARRAY(Text))
        for name in (
            "collections", "keys", "id_collections", "id_keys", "scheme_collections", "scheme_keys", "schemes",
            "scheme_values", "codes",
        )
    ),
    bindparam("ids", type_=ARRAY(Uuid)),
)  # fmt: skip

#: CTE `requested` (id, record_id): the records `:records` themselves, and the ids of the records that were merged into them. An
#: alias that is not an id must never be cast to uuid, hence the CASE in a materialized CTE.
WITH_MERGED = """
    merged AS MATERIALIZED (
        SELECT CASE WHEN slug ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN slug::uuid END AS id, record_id
        FROM slug_alias WHERE record_id = ANY(:records)
    ), requested AS (SELECT id, id AS record_id FROM unnest(:records) AS one(id) UNION ALL SELECT id, record_id FROM merged)
"""

_NEAREST = text("""
    SELECT a.collection, a.key, (
        SELECT e.slug FROM entry e WHERE e.collection = a.collection AND e.slug % a.key
        ORDER BY similarity(e.slug, a.key) DESC, e.slug LIMIT 1
    ) AS slug
    FROM unnest(:collections, :keys) AS a(collection, key)
""").bindparams(bindparam("collections", type_=ARRAY(Text)), bindparam("keys", type_=ARRAY(Text)))

_HAS_ISSUES = text("SELECT EXISTS (SELECT FROM issue)")

#: Unknown keys for which the most similar slug is looked up. Further ones are reported without a suggestion.
_HINTS = 25


class Found:
    """The records that keys refer to: by a current key, by a former slug, or the slugs of several if it is ambiguous."""

    def __init__(self) -> None:
        self.current: dict[Key, Known] = {}
        self.former: dict[Key, Known] = {}
        self.ambiguous: dict[Key, list[str]] = {}

    def get(self, key: Key) -> Known | None:
        return self.current.get(key) or self.former.get(key)


async def look_up(connection: AsyncConnection, keys: Iterable[Key]) -> Found:
    """Resolve (collection, key) pairs in one statement."""
    requested = sorted({(c, k) for c, k in keys if is_storable(k)})
    found = Found()
    if not requested:
        return found
    ids = [(c, k, UUID(k)) for c, k in requested if is_id(k)]
    schemes = [(c, k, *k.split(":", 1)) for c, k in requested if ":" in k]
    values: dict[str, list[Any]] = {
        "collections": [c for c, _ in requested],
        "keys": [k for _, k in requested],
        "id_collections": [c for c, _, _ in ids],
        "id_keys": [k for _, k, _ in ids],
        "ids": [i for _, _, i in ids],
        "scheme_collections": [row[0] for row in schemes],
        "scheme_keys": [row[1] for row in schemes],
        "schemes": [row[2] for row in schemes],
        "scheme_values": [row[3] for row in schemes],
        "codes": [k for c, k in requested if c == "issues"],
    }
    for way, collection, key, identifier, slug in await connection.execute(_LOOK_UP, values):
        place = (collection, key)
        known = Known(identifier, slug)
        if way == 2:
            found.former.setdefault(place, known)
        elif place in found.current and found.current[place].id != identifier and way == 4:
            found.ambiguous.setdefault(place, [found.current[place].slug]).append(slug)
        else:
            found.current.setdefault(place, known)
    return found


#: Unresolved mentions that are reported for one write.
MOST = 100


async def report_unknown(
    batch: Batch, mentions: Sequence[Mention], found: Found, ignored: set[Key], most: int | None = MOST
) -> None:
    """Add an error for each mention of an unknown or ambiguous key; for at most `most` unknown ones (None: all)."""
    # First find the few invalid keys, checking each key once; then the mentions of these keys.
    wrong = {
        place
        for place in {mention[1:] for mention in mentions}
        if place in found.ambiguous or (batch.known_as(*place) is None and place not in ignored)
    }
    if not wrong:
        return
    missing: list[Mention] = []
    for mention in dict.fromkeys(mention for mention in mentions if mention[1:] in wrong):
        place = (mention.collection, mention.key)
        if several := found.ambiguous.get(place):
            singular = _singular(batch, mention.collection)
            batch.violation(
                f"{mention.key!r} matches more than one {singular}: {', '.join(several)}",
                mention.pointer,
                "Use the slug of the one you mean.",
            )
        else:
            missing.append(mention)
    if not missing:
        return
    reported = missing[:most]
    if len(missing) > len(reported):
        batch.violation(
            f"{len(missing)} keys refer to records that do not exist; only the first {most} are reported", ""
        )
    near = await _nearest(batch, reported)
    issue_hint = await _issue_hint(batch, reported)
    for mention in reported:
        collection, key = mention.collection, mention.key
        singular = _singular(batch, collection)
        if collection not in batch.kinds:
            names = process.extractOne(collection, list(batch.kinds), scorer=fuzz.ratio, score_cutoff=60)
            batch.violation(
                f"There is no collection {collection!r}", mention.pointer, _suggestion(names[0] if names else None)
            )
            continue
        what = "id" if is_id(key) else "external id" if ":" in key else "slug"
        if collection == "issues" and what == "slug":
            what = "code or slug"
        batch.violation(
            f"No {singular} has the {what} {key[:120]!r}",
            mention.pointer,
            _suggestion(near.get((collection, key))) or (issue_hint if collection == "issues" else None),
        )


async def refuse_withdrawn(batch: Batch, mentions: Sequence[Mention], restoring: Container[UUID] = ()) -> None:
    """Add an error for each mention of a withdrawn record in a new record.

    Stored records may keep such mentions: a change of another field must not fail because of them. `restoring` are withdrawn
    records that the same write restores.
    """
    exempt = {draft.id for draft in batch.drafts if draft.withdrawn is not None or draft.is_new}
    named: dict[str, dict[UUID, set[Key]]] = {}
    for place in {mention[1:] for mention in mentions}:
        if (known := batch.known_as(*place)) is not None and known.id not in exempt and known.id not in restoring:
            named.setdefault(place[0], {}).setdefault(known.id, set()).add(place)
    for collection, mentioned in sorted(named.items()):
        table = batch.kinds[collection].model.__table__
        withdrawn = select(table.c.id, table.c.slug).where(
            table.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))), table.c.withdrawn_at.is_not(None)
        )
        slugs = {
            place: slug
            for key, slug in await batch.connection.execute(withdrawn, {"ids": list(mentioned)})
            for place in mentioned[key]
        }
        if not slugs:
            continue
        new = {draft.pointer: draft.is_new for draft in batch.drafts}
        for mention in dict.fromkeys(mention for mention in mentions if mention[1:] in slugs):
            if _of_a_new_record(mention.pointer, new):
                slug = slugs[mention[1:]]
                batch.violation(f"{slug!r} was withdrawn", mention.pointer, "Refer to a record that is not withdrawn.")


def _of_a_new_record(pointer: str, new: dict[str, bool]) -> bool:
    """Whether the innermost record of the body that contains this pointer is new."""
    while True:
        if pointer in new:
            return new[pointer]
        if not pointer:
            return False
        pointer = pointer.rpartition("/")[0]


async def _issue_hint(batch: Batch, missing: list[Mention]) -> str | None:
    """A hint about issue codes, if one of the unknown keys is one."""
    if not any(mention.collection == "issues" for mention in missing):
        return None
    if (await batch.connection.execute(_HAS_ISSUES)).scalar():
        return "GET /v1/issues lists the existing codes."
    return "The database has no issues yet. `parley load issues` loads the ones that are bundled with Parley."


def _suggestion(name: str | None) -> str | None:
    return f"Did you mean {name!r}?" if name else None


def _singular(batch: Batch, collection: str) -> str:
    kind = batch.kinds.get(collection)
    return kind.singular if kind is not None else "record"


async def _nearest(batch: Batch, missing: list[Mention]) -> dict[Key, str]:
    """The slug most similar to each unknown key, from the batch or else from the database."""
    keys = list(dict.fromkeys((m.collection, m.key) for m in missing if m.collection in batch.kinds))[:_HINTS]
    near: dict[Key, str] = {}
    words = {place: place[1].lower().replace(".", "-").replace("_", "-") for place in keys}
    for place in keys:
        inside = [slug for collection, slug in batch.known if collection == place[0]]
        if best := process.extractOne(words[place], inside, scorer=fuzz.ratio, score_cutoff=75):
            near[place] = best[0]
    rest = [place for place in keys if place not in near]
    if rest:
        values = {"collections": [c for c, _ in rest], "keys": [words[place] for place in rest]}
        back = {(c, words[(c, k)]): (c, k) for c, k in rest}
        for collection, key, slug in await batch.connection.execute(_NEAREST, values):
            if slug is not None:
                near[back[(collection, key)]] = slug
    return near


def combined_errors(violations: list[tuple[ProblemType, Violation]]) -> tuple[ProblemType, list[Violation]]:
    """The problem type of a response with several errors, and the errors without duplicates."""
    kinds = {kind for kind, _ in violations}
    for kind in (
        ProblemType.PRECONDITION, ProblemType.NOT_FOUND, ProblemType.GONE, ProblemType.INVALID, ProblemType.CONFLICT
    ):  # fmt: skip
        if kind in kinds:
            return kind, list(dict.fromkeys(violation for _, violation in violations))
    return ProblemType.INVALID, list(dict.fromkeys(violation for _, violation in violations))
