"""Rejects mentions of records that do not exist, or that were withdrawn."""

from collections.abc import Container, Sequence
from uuid import UUID

from rapidfuzz import fuzz, process
from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, select, text

from app.errors import quoted
from app.writing.batch import Batch
from app.writing.mentions import Mention
from app.writing.resolution import Found, Key
from app.writing.slugs import is_id

_NEAREST = text("""
    SELECT a.collection, a.key, (
        SELECT e.slug FROM entry e WHERE e.collection = a.collection AND e.slug % a.key
        ORDER BY similarity(e.slug, a.key) DESC, e.slug LIMIT 1
    ) AS slug
    FROM unnest(:collections, :keys) AS a(collection, key)
""").bindparams(bindparam("collections", type_=ARRAY(Text)), bindparam("keys", type_=ARRAY(Text)))
_HAS_ISSUES = text("SELECT EXISTS (SELECT FROM issue)")
#: Maximum number of unknown keys for which the most similar slug is looked up. Further unknown keys are reported
#: without a suggestion.
_HINTS = 25
#: Maximum number of unresolved mentions that are reported for one write.
MOST_UNKNOWN = 100


async def report_unknown(
    batch: Batch, mentions: Sequence[Mention], found: Found, ignored: set[Key], most: int | None = MOST_UNKNOWN
) -> None:
    """Add an error for each mention of an unknown or ambiguous key. At most `most` unknown keys are reported (None:
    all).
    """
    # First check each key once to find the few invalid keys, and then find the mentions of these keys.
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
                f"{quoted(mention.key)} matches more than one {singular}: {', '.join(several)}",
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
                f"There is no collection {quoted(collection)}",
                mention.pointer,
                _suggestion(names[0] if names else None),
            )
            continue
        what = "id" if is_id(key) else "external id" if ":" in key else "slug"
        if collection == "issues" and what == "slug":
            what = "code or slug"
        batch.violation(
            f"No {singular} has the {what} {quoted(key, 120)}",
            mention.pointer,
            _suggestion(near.get((collection, key))) or (issue_hint if collection == "issues" else None),
        )


async def report_withdrawn(batch: Batch, mentions: Sequence[Mention], restoring: Container[UUID] = ()) -> None:
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
                batch.violation(
                    f"{quoted(slug)} was withdrawn", mention.pointer, "Refer to a record that is not withdrawn."
                )


def _of_a_new_record(pointer: str, new: dict[str, bool]) -> bool:
    """Whether the innermost record of the body that contains this pointer is new."""
    while True:
        if pointer in new:
            return new[pointer]
        if not pointer:
            return False
        pointer = pointer.rpartition("/")[0]


async def _issue_hint(batch: Batch, missing: list[Mention]) -> str | None:
    """A hint about issue codes, if one of the unknown keys should be an issue."""
    if not any(mention.collection == "issues" for mention in missing):
        return None
    if (await batch.connection.execute(_HAS_ISSUES)).scalar():
        return "GET /v1/issues lists the existing codes."
    return "The database has no issues yet. `parley load issues` loads the ones that are bundled with Parley."


def _suggestion(name: str | None) -> str | None:
    return f"Did you mean {quoted(name)}?" if name else None


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
