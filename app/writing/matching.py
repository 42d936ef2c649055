"""Which stored record each draft is: by address, slug, or what else tells it; and the slugs of those that are new."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from uuid_utils.compat import uuid7

from app.faults import ProblemKind
from app.writing.batch import Batch, Draft, Known
from app.writing.drafting import Meant, as_written, slug_words
from app.writing.intents import Mode, not_stored
from app.writing.naming import first_numbers, free, is_id, is_slug, slugify
from app.writing.resolution import Found, look_up

#: How many numbered forms of a slug are looked up at once; beyond them the draft's id makes it unique.
_FORMS = 50


def name_early(drafts: Iterable[Draft]) -> None:
    """Give drafts without a slug the one their words make, where no mention has to be resolved for it and it tells them."""
    for draft in drafts:
        if draft.slug is None and draft.address is None and not draft.kind.is_found_by_identity:
            draft.slug = slug_words(draft, as_written)


def outer_names(draft: Draft) -> list[str]:
    """The external ids by which a record is found that is put without a slug and without an address."""
    if draft.mode is not Mode.PUT or draft.is_slug_given or draft.address is not None or draft.owner is not None:
        return []
    return draft.outer_names


def keys_of(draft: Draft) -> list[str]:
    """The keys by which a stored record may turn out to be the draft's."""
    return [name for name in (draft.address, draft.slug) if name is not None] + outer_names(draft)


def _tie_by_outer_names(batch: Batch, draft: Draft, names: list[str], found: Found) -> None:
    """An external id tells the record more surely than a slug that was made of its words."""
    collection = draft.kind.collection
    known = {one.id: one for name in names if (one := found.get((collection, name))) is not None}
    several = [slug for name in names for slug in found.ambiguous.get((collection, name), ())]
    slugs = sorted({*several, *(one.slug for one in known.values())})
    if len(slugs) > 1:
        batch.conflict(
            f"Its external ids lead to more than one {draft.kind.singular}: {', '.join(slugs)}",
            f"{draft.pointer}/external_ids", "Give the slug of the one that is meant.",
        )  # fmt: skip
    draft.slug = None
    for one in known.values():
        draft.id, draft.found, draft.slug = one.id, {}, one.slug


async def find(batch: Batch, found: Found) -> None:
    """Tie each draft to the stored record that it is, and read those records."""
    for draft in batch.drafts:
        _tie(batch, draft, found)
    by_collection: dict[str, list[Draft]] = {}
    for draft in batch.drafts:
        if draft.found is not None:
            by_collection.setdefault(draft.kind.collection, []).append(draft)
    for drafts in by_collection.values():
        rows = await batch.select(drafts[0].plan.table, "id", {draft.id for draft in drafts})
        stored = {row["id"]: row for row in rows}
        for draft in drafts:
            accept(batch, draft, stored[draft.id])


def _tie(batch: Batch, draft: Draft, found: Found) -> None:
    collection = draft.kind.collection
    if draft.address is not None:
        known = found.current.get((collection, draft.address))
        former = found.former.get((collection, draft.address))
        if known is None and former is not None:
            batch.conflict(
                f"{draft.address!r} is the former slug of {former.slug!r}",
                draft.pointer,
                f"Write to {former.slug!r}.",
            )
        elif known is None and not (is_slug(draft.address) or is_id(draft.address) or ":" in draft.address):
            batch.fault_at(
                "key",
                f"{draft.address[:120]!r} is not a slug: it must consist of a-z, 0-9 and single hyphens",
                f"Create the {draft.kind.singular} at {slugify(draft.address)!r}, for example.",
            )
        elif known is None and is_slug(draft.address):
            # A body with another slug is told so already (`Drafting`).
            if draft.slug == draft.address and draft.if_match is not None:
                batch.fault(f"{draft.name} does not exist yet", draft.pointer, None, ProblemKind.PRECONDITION)
        elif known is None:
            batch.fault(
                f"No {draft.kind.singular} has the key {draft.address[:120]!r}",
                draft.pointer,
                None,
                ProblemKind.NOT_FOUND,
            )
        else:
            _rename_or_keep(batch, draft, known, found)
    elif names := outer_names(draft):
        _tie_by_outer_names(batch, draft, names, found)
    elif draft.slug is not None:
        _tie_by_slug(batch, draft, found)


def _rename_or_keep(batch: Batch, draft: Draft, known: Known, found: Found) -> None:
    draft.id, draft.found = known.id, {}
    if draft.slug is None:
        draft.slug = known.slug
    if draft.slug == known.slug:
        return
    if not draft.is_renaming:
        # That the address is another slug is told already (`Drafting`).
        if not is_slug(draft.address or ""):
            batch.fault(
                f"The body's slug is {draft.slug!r}, the record's {known.slug!r}", f"{draft.pointer}/slug",
                "Leave the slug out; to rename a record, PATCH its slug.",
            )  # fmt: skip
        return
    other = found.get((draft.kind.collection, draft.slug))
    if other is not None and other.id != known.id:
        batch.conflict(f"The slug {draft.slug!r} belongs to another {draft.kind.singular}", f"{draft.pointer}/slug")
    batch.renamed.append((draft, known.slug))


def _tie_by_slug(batch: Batch, draft: Draft, found: Found) -> None:
    assert draft.slug is not None
    place = (draft.kind.collection, draft.slug)
    known, former = found.current.get(place), found.former.get(place)
    if known is None and former is None:
        return
    if not draft.is_slug_given and (draft.mode is Mode.CREATE or known is None):
        draft.slug = None
    elif known is None:
        assert former is not None
        batch.conflict(f"{draft.slug!r} is the former slug of {former.slug!r}", f"{draft.pointer}/slug")
    elif draft.mode is Mode.CREATE:
        batch.conflict(
            f"There is already a {draft.name}", f"{draft.pointer}/slug",
            f"PUT /v1/{draft.kind.collection}/{draft.slug} replaces it, PATCH changes it; or choose another slug.",
        )  # fmt: skip
    else:
        draft.id, draft.found = known.id, {}


def accept(batch: Batch, draft: Draft, row: dict[str, Any]) -> None:
    """Take the stored row as what the draft changes; or let go of it, or refuse."""
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
        # Laid over nothing, it would empty what it leaves out. One that names its slug was too early, and is laid again.
        batch.fault(
            f"This means the stored {draft.kind.singular} {row['slug']!r}", draft.pointer,
            "Name it by its slug, or send it whole with mode=replace.",
            ProblemKind.PRECONDITION if draft.is_slug_given else ProblemKind.CONFLICT,
        )  # fmt: skip
    if draft.withdrawn is not None:
        if row["withdrawn_at"] is None:
            batch.conflict(
                f"The {draft.name} is in use here, and comes as one that was withdrawn", draft.pointer,
                f"Withdraw it yourself: DELETE /v1/{draft.kind.collection}/{draft.slug}?reason=…",
            )  # fmt: skip
    elif row["withdrawn_at"] is not None and not draft.is_restoring and draft.kind.collection != "citations":
        batch.fault(
            f"The {draft.name} was withdrawn on {row['withdrawn_at']:%Y-%m-%d}: {row['withdrawn_reason']}",
            draft.pointer, f"GET /v1/{draft.kind.collection}/{draft.slug}/history names the revision that withdrew it; POST"
            " /v1/revisions/{number}/undo brings it back.", ProblemKind.GONE,
        )  # fmt: skip
    if wrong := not_stored(draft.if_match, row["row_version"]):
        batch.fault(
            f"The {draft.name} {wrong}", draft.pointer,
            "Read it again, and send what you want to change of its present state.", ProblemKind.PRECONDITION,
        )  # fmt: skip


async def identify(batch: Batch, drafts: list[Draft]) -> None:
    """Tie drafts to stored records by the columns that tell them as surely as a slug, and refuse doubles."""
    if not drafts or not drafts[0].kind.identity:
        return
    kind, first = drafts[0].kind, drafts[0].kind.identity[0]
    created = {draft.id for draft in batch.drafts if draft.is_new}
    owners = {draft.values[first] for draft in drafts} - created - {None}
    stored = {
        tuple(row[name] for name in kind.identity): row
        for row in await batch.select(drafts[0].plan.table, first, owners)
    }
    seen: dict[tuple[Any, ...], Draft] = {}
    # A stored record that another draft names by its slug and gives another identity is not this one any more.
    named = {draft.id for draft in drafts if draft.found is not None and draft.is_slug_given}
    for draft in drafts:
        identity = tuple(draft.values[name] for name in kind.identity)
        if None in identity:
            continue
        row = stored.get(identity)
        if row is not None and row["id"] != draft.id:
            if draft.found is not None or draft.mode is not Mode.PUT or draft.is_slug_given:
                _refuse_double(batch, draft, str(row["slug"]))
            elif row["id"] not in named:
                draft.id, draft.slug = row["id"], row["slug"]
                accept(batch, draft, row)
        if seen.setdefault(identity, draft) is not draft:
            _refuse_double(batch, draft, seen[identity].slug or seen[identity].pointer)


def _refuse_double(batch: Batch, draft: Draft, slug: str) -> None:
    what = " and ".join(name.removesuffix("_id") for name in draft.kind.identity)
    batch.conflict(
        f"The {draft.kind.singular} {slug!r} has this {what} already", draft.pointer,
        f"Change that one: /v1/{draft.kind.collection}/{slug}",
    )  # fmt: skip


async def name(batch: Batch, drafts: list[Draft]) -> None:
    """Give the drafts that have none yet a slug that no other record has, or had."""
    unnamed = [draft for draft in drafts if draft.slug is None and draft.is_new]
    if not unnamed:
        return
    bases = {id(draft): slug_words(draft, batch.slug_of) or draft.kind.singular for draft in unnamed}
    collection = unnamed[0].kind.collection
    taken = {draft.slug for draft in batch.of(collection) if draft.slug is not None}
    wanted = Counter(bases.values())
    taken |= await _stored_slugs(batch, collection, wanted)
    # Most are free as they are: only the others need a number.
    crowded = [base for base, number in wanted.items() if number > 1 or base in taken]
    taken |= await _stored_slugs(batch, collection, first_numbers(crowded, _FORMS))
    for draft in unnamed:
        base = bases[id(draft)]
        slug = free(base, taken.__contains__)
        if slug.removeprefix(base).strip("-") == str(_FORMS + 1):
            slug = f"{base}-{draft.id.hex[-12:]}"
        draft.slug = slug
        taken.add(slug)


async def _stored_slugs(batch: Batch, collection: str, slugs: Iterable[str]) -> set[str]:
    """Those of the slugs that a record of the collection has, or had."""
    found = await look_up(batch.connection, [(collection, slug) for slug in slugs])
    return {slug for _, slug in (*found.current, *found.former)}


def refuse_meant(batch: Batch, meant: Meant) -> None:
    """Add a fault for each body that means a stored record which another has meant before, by another of its names.
    Citations are told with their records, and may be told once more by themselves."""
    for draft in batch.drafts:
        if draft.kind.collection == "citations":
            continue
        if draft.found is not None and (before := meant(draft.id, draft.pointer)) is not None:
            batch.fault(
                f"{before} means the same {draft.kind.singular}, {draft.found['slug']!r}", draft.pointer,
                "Keep one of the two.",
            )  # fmt: skip


def refuse_repeated(batch: Batch) -> None:
    """Add a fault where two bodies of the batch have the same slug; made slugs that collide are made anew."""
    seen: dict[tuple[str, str], Draft] = {}
    for draft in sorted(batch.drafts, key=lambda draft: not draft.is_slug_given):
        if draft.slug is None:
            continue
        first = seen.setdefault((draft.kind.collection, draft.slug), draft)
        if first is draft:
            continue
        if draft.is_slug_given:
            batch.fault(
                f"The slug {draft.slug!r} stands twice: also at {first.pointer or '/'}", f"{draft.pointer}/slug",
                "Give each record a slug of its own.",
            )  # fmt: skip
        else:
            draft.slug = None
            if draft.found is not None:
                draft.found, draft.id = None, uuid7()
