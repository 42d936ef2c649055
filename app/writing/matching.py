"""Match drafts to stored records by address, slug, external id or identity columns, and generate slugs for new records."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from uuid_utils.compat import uuid7

from app.errors import ProblemType, quoted
from app.writing.batch import Batch, Draft, Known
from app.writing.drafting import ClaimRecord
from app.writing.intents import Mode, not_stored
from app.writing.resolution import Found, look_up
from app.writing.slug_words import slug_or_none, slug_words
from app.writing.slugs import first_numbers, free, is_id, is_slug, slugify

#: How many numbered slugs (`base-2` …) are looked up at once. If all are taken, part of the draft's id makes the slug
#: unique.
_NUMBERED = 50


def generate_early_slugs(drafts: Iterable[Draft]) -> None:
    """Generate slugs that depend on no resolved mention, for the drafts that are identified by their generated slugs."""
    for draft in drafts:
        if draft.slug is None and draft.address is None and not draft.kind.is_found_by_identity:
            draft.slug = slug_words(draft, slug_or_none)


def external_id_keys(draft: Draft) -> list[str]:
    """The external ids that identify the record of a PUT without slug and address; empty for any other draft."""
    if draft.mode is not Mode.PUT or draft.is_slug_given or draft.address is not None or draft.owner is not None:
        return []
    return draft.external_id_keys


def keys_of(draft: Draft) -> list[str]:
    """The keys by which to look up the draft's stored record."""
    return [name for name in (draft.address, draft.slug) if name is not None] + external_id_keys(draft)


def _match_by_external_ids(batch: Batch, draft: Draft, names: list[str], found: Found) -> None:
    """Match by external ids, which identify a record more reliably than a slug generated from its words."""
    collection = draft.kind.collection
    known = {one.id: one for name in names if (one := found.get((collection, name))) is not None}
    several = [slug for name in names for slug in found.ambiguous.get((collection, name), ())]
    slugs = sorted({*several, *(one.slug for one in known.values())})
    if len(slugs) > 1:
        batch.conflict(
            f"`external_ids` match more than one {draft.kind.singular}: {', '.join(slugs)}",
            f"{draft.pointer}/external_ids", "Add the `slug` of the one you mean.",
        )  # fmt: skip
    draft.slug = None
    for one in known.values():
        draft.id, draft.found, draft.slug = one.id, {}, one.slug


async def match_drafts(batch: Batch, found: Found) -> None:
    """Match each draft to its stored record, and read the stored records."""
    for draft in batch.drafts:
        _match(batch, draft, found)
    by_collection: dict[str, list[Draft]] = {}
    for draft in batch.drafts:
        if draft.found is not None:
            by_collection.setdefault(draft.kind.collection, []).append(draft)
    for drafts in by_collection.values():
        rows = await batch.select(drafts[0].plan.table, "id", {draft.id for draft in drafts})
        stored = {row["id"]: row for row in rows}
        for draft in drafts:
            accept(batch, draft, stored[draft.id])


def _match(batch: Batch, draft: Draft, found: Found) -> None:
    collection = draft.kind.collection
    if draft.address is not None:
        known = found.current.get((collection, draft.address))
        former = found.former.get((collection, draft.address))
        if known is None and former is not None:
            batch.conflict(
                f"{quoted(draft.address)} is the former slug of {quoted(former.slug)}",
                draft.pointer,
                f"Use {quoted(former.slug)}.",
            )
        elif known is None and not (is_slug(draft.address) or is_id(draft.address) or ":" in draft.address):
            batch.violation_at(
                "key",
                f"{quoted(draft.address, 120)} is not a slug: it must consist of a-z, 0-9 and single hyphens",
                f"Create the {draft.kind.singular} at {quoted(slugify(draft.address))}, for example.",
            )
        elif known is None and is_slug(draft.address):
            # If the body has another slug, `Drafting` has reported it.
            if draft.slug == draft.address and draft.if_match is not None:
                batch.violation(f"{draft.name} does not exist yet", draft.pointer, None, ProblemType.PRECONDITION)
        elif known is None:
            batch.violation(
                f"No {draft.kind.singular} has the key {quoted(draft.address, 120)}",
                draft.pointer,
                None,
                ProblemType.NOT_FOUND,
            )
        else:
            _rename_or_keep(batch, draft, known, found)
    elif names := external_id_keys(draft):
        _match_by_external_ids(batch, draft, names, found)
    elif draft.slug is not None:
        _match_by_slug(batch, draft, found)


def _rename_or_keep(batch: Batch, draft: Draft, known: Known, found: Found) -> None:
    draft.id, draft.found = known.id, {}
    if draft.slug is None:
        draft.slug = known.slug
    if draft.slug == known.slug:
        return
    if not draft.is_renaming:
        # If the address is a slug too, `Drafting` has reported that the two slugs differ.
        if not is_slug(draft.address or ""):
            batch.violation(
                f"`slug` in the body is {quoted(draft.slug)}, but the record's slug is {quoted(known.slug)}", f"{draft.pointer}/slug",
                "Omit `slug` from the body. To rename the record, send PATCH with the new `slug`.",
            )  # fmt: skip
        return
    other = found.get((draft.kind.collection, draft.slug))
    if other is not None and other.id != known.id:
        batch.conflict(
            f"The slug {quoted(draft.slug)} belongs to another {draft.kind.singular}", f"{draft.pointer}/slug"
        )
    batch.renamed.append((draft, known.slug))


def _match_by_slug(batch: Batch, draft: Draft, found: Found) -> None:
    assert draft.slug is not None
    place = (draft.kind.collection, draft.slug)
    known, former = found.current.get(place), found.former.get(place)
    if known is None and former is None:
        return
    if not draft.is_slug_given and (draft.mode is Mode.CREATE or known is None):
        draft.slug = None
    elif known is None:
        assert former is not None
        batch.conflict(f"{quoted(draft.slug)} is the former slug of {quoted(former.slug)}", f"{draft.pointer}/slug")
    elif draft.mode is Mode.CREATE:
        batch.conflict(
            f"The {draft.name} already exists", f"{draft.pointer}/slug",
            f"Choose another slug, or write to /v1/{draft.kind.collection}/{draft.slug} with PUT or PATCH. If the record was"
            " withdrawn, undo the revision that withdrew it.",
        )  # fmt: skip
    else:
        draft.id, draft.found = known.id, {}


def accept(batch: Batch, draft: Draft, row: dict[str, Any]) -> None:
    """Set the stored row that the draft changes. Adds an error if the draft must not change the row.

    If the generated slug of a nested draft matched a record of another owner, the draft becomes a new record.
    """
    nested, owner = draft.nested, draft.owner
    if nested is not None and owner is not None and row[nested.owner_column] != owner.id:
        draft.found, draft.id = None, uuid7()
        if draft.is_slug_given:
            batch.conflict(f"The {draft.name} belongs to another record", f"{draft.pointer}/slug")
        else:
            draft.slug = None
        return
    draft.found = row
    if draft.is_patch:
        # The patch was not merged onto the stored body, so it would delete the fields that it omits. If it has a slug, the
        # record was created after the patch was prepared: PRECONDITION makes the caller prepare the patch again.
        batch.violation(
            f"This refers to the stored {draft.kind.singular} {quoted(row['slug'])}", draft.pointer,
            "Add its `slug`, or send the whole record with mode=replace.",
            ProblemType.PRECONDITION if draft.is_slug_given else ProblemType.CONFLICT,
        )  # fmt: skip
    if draft.withdrawn is not None:
        if row["withdrawn_at"] is None:
            batch.conflict(
                f"The {draft.name} is withdrawn in the file, but in use in this database", draft.pointer,
                f"To withdraw it here, send DELETE /v1/{draft.kind.collection}/{draft.slug}?reason=…",
            )  # fmt: skip
    elif row["withdrawn_at"] is not None and not _is_restored(batch, draft):
        batch.violation(
            f"The {draft.name} was withdrawn on {row['withdrawn_at']:%Y-%m-%d}: {row['withdrawn_reason']}",
            draft.pointer, f"GET /v1/{draft.kind.collection}/{draft.slug}/history shows the revision that withdrew it; POST"
            " /v1/revisions/{number}/undo restores the record.", ProblemType.GONE,
        )  # fmt: skip
    if wrong := not_stored(draft.if_match, row["row_version"]):
        batch.violation(
            f"The {draft.name} {wrong}", draft.pointer,
            "Read the record again, and apply your change to the current version.", ProblemType.PRECONDITION,
        )  # fmt: skip


def _is_restored(batch: Batch, draft: Draft) -> bool:
    """Whether the write may restore a withdrawn record. Citations are restored if a record or a dossier contains them
    again.
    """
    is_contained = draft.owner is not None or batch.dossier_contents is not None
    return draft.is_restoring or (draft.kind.collection == "citations" and is_contained)


async def match_by_identity(batch: Batch, drafts: list[Draft]) -> None:
    """Match drafts to stored records by their `identity` columns. Adds a conflict for each duplicate identity."""
    if not drafts or not drafts[0].kind.identity:
        return
    kind, first = drafts[0].kind, drafts[0].kind.identity[0]
    created = {draft.id for draft in batch.drafts if draft.is_new}
    owners = {draft.values[first] for draft in drafts} - created - {None}
    stored = {
        tuple(row[name] for name in kind.identity): row
        for row in await batch.select(drafts[0].plan.table, first, owners)
    }
    seen: dict[tuple[object, ...], Draft] = {}
    # A stored record that another draft addresses by slug gets that draft's identity, so it no longer matches here.
    named = {draft.id for draft in drafts if draft.found is not None and draft.is_slug_given}
    for draft in drafts:
        identity = tuple(draft.values[name] for name in kind.identity)
        if None in identity:
            continue
        row = stored.get(identity)
        if row is not None and row["id"] != draft.id:
            if draft.found is not None or draft.mode is not Mode.PUT or draft.is_slug_given:
                there = str(row["slug"])
                hint = f"Change the existing one: /v1/{kind.collection}/{there}"
                _add_duplicate(batch, draft, f"The {kind.singular} {quoted(there)}", hint)
            elif row["id"] not in named:
                draft.id, draft.slug = row["id"], row["slug"]
                accept(batch, draft, row)
        if seen.setdefault(identity, draft) is not draft:
            slug = seen[identity].slug
            other = f"The {kind.singular} {quoted(slug)}" if slug else f"Another {kind.singular}"
            _add_duplicate(batch, draft, f"{other} of this request", "Combine the two, or remove one of them.")


def _add_duplicate(batch: Batch, draft: Draft, other: str, hint: str) -> None:
    what = " and ".join(name.removesuffix("_id") for name in draft.kind.identity)
    batch.conflict(f"{other} already has this {what}", draft.pointer, hint)


async def name(batch: Batch, drafts: list[Draft]) -> None:
    """Generate a slug for each new draft without one. The slug must not be the current or a former slug of another
    record.
    """
    unnamed = [draft for draft in drafts if draft.slug is None and draft.is_new]
    if not unnamed:
        return
    bases = {id(draft): slug_words(draft, batch.slug_of) or draft.kind.singular for draft in unnamed}
    collection = unnamed[0].kind.collection
    taken = {draft.slug for draft in batch.of(collection) if draft.slug is not None}
    wanted = Counter(bases.values())
    taken |= await _stored_slugs(batch, collection, wanted)
    # Most base slugs are free. Only the other base slugs need a number.
    crowded = [base for base, number in wanted.items() if number > 1 or base in taken]
    taken |= await _stored_slugs(batch, collection, first_numbers(crowded, _NUMBERED))
    for draft in unnamed:
        base = bases[id(draft)]
        slug = free(base, taken.__contains__)
        if slug.removeprefix(base).strip("-") == str(_NUMBERED + 1):
            slug = f"{base}-{draft.id.hex[-12:]}"
        draft.slug = slug
        taken.add(slug)


async def _stored_slugs(batch: Batch, collection: str, slugs: Iterable[str]) -> set[str]:
    """Return the given slugs that are the current or a former slug of a record in the collection."""
    found = await look_up(batch.connection, [(collection, slug) for slug in slugs])
    return {slug for _, slug in (*found.current, *found.former)}


def report_shared_records(batch: Batch, claim_record: ClaimRecord) -> None:
    """Add an error for each body that refers, possibly by another key, to the same stored record as an earlier body.

    Citations are exempt, because a citation may occur within its record and again on its own.
    """
    for draft in batch.drafts:
        if draft.kind.collection == "citations":
            continue
        if draft.found is not None and (before := claim_record(draft.id, draft.pointer)) is not None:
            batch.violation(
                f"{before} refers to the same {draft.kind.singular}, {quoted(draft.found['slug'])}", draft.pointer,
                "Remove one of the two.",
            )  # fmt: skip


def report_repeated_bodies(batch: Batch) -> None:
    """Add an error if two bodies of the batch have the same slug. If a generated slug collides, it is generated again."""
    seen: dict[tuple[str, str], Draft] = {}
    for draft in sorted(batch.drafts, key=lambda draft: not draft.is_slug_given):
        if draft.slug is None:
            continue
        first = seen.setdefault((draft.kind.collection, draft.slug), draft)
        if first is draft:
            continue
        if draft.is_slug_given:
            batch.violation(
                f"The slug {quoted(draft.slug)} is already used at {first.pointer or '/'}", f"{draft.pointer}/slug",
                "Give each record its own slug.",
            )  # fmt: skip
        else:
            draft.slug = None
            if draft.found is not None:
                draft.found, draft.id = None, uuid7()
