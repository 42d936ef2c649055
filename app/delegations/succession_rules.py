"""A party does not succeed itself, directly or through others.

A succession is stated by the predecessor (`succeeded_by`) or by the successor (`successor_of`). The writer and its merges check
`successor_of` and `party_succession` on their own; these rules check cycles in which both occur, and cycles of `succeeded_by`.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, text

from app.db.actors import Party
from app.errors import quoted
from app.writing.batch import Batch, Draft

PARTY = Party.metadata.tables[Party.__tablename__]
FIELD, SINGLE = "succeeded_by", "successor_of"

#: The successions as rows (predecessor, successor, party that states it, whether in `succeeded_by`).
_EVERY = """
    SELECT predecessor_id AS earlier, successor_id AS later, predecessor_id AS stated_by, true AS is_row
    FROM party_succession
    UNION ALL
    SELECT successor_of_id, id, id, false FROM party WHERE successor_of_id IS NOT NULL
"""
_AFTER = text(f"""
    WITH RECURSIVE reached AS (
        SELECT * FROM ({_EVERY}) AS every WHERE earlier = ANY (:starts)
        UNION
        SELECT every.* FROM ({_EVERY}) AS every JOIN reached ON every.earlier = reached.later
    ) SELECT earlier, later, stated_by, is_row FROM reached
""").bindparams(bindparam("starts", type_=ARRAY(Uuid)))  # noqa: S608 - no value, only the text above
_MIXED_PATH = text(f"""
    WITH RECURSIVE reached(start, id, has_row, has_single) AS (
        SELECT earlier, later, is_row, NOT is_row FROM ({_EVERY}) AS every WHERE earlier IN (:lost, :kept)
        UNION
        SELECT start, every.later, has_row OR is_row, has_single OR NOT is_row
        FROM reached JOIN ({_EVERY}) AS every ON every.earlier = reached.id
    )
    SELECT start FROM reached WHERE id IN (:lost, :kept) AND id <> start
    GROUP BY start HAVING bool_and(has_row AND has_single)
""")  # noqa: S608 - no value, only the text above


@dataclass(frozen=True, slots=True)
class _Succession:
    earlier: UUID
    later: UUID
    is_row: bool


async def check_successions(batch: Batch, drafts: list[Draft]) -> None:
    """Add an error for each cycle of successions that the drafts would create. The message lists the parties."""
    changed = [draft for draft in drafts if draft.action is not None]
    stated = [one for draft in changed for one in _stated_by(draft)]
    if not stated:
        return
    after: dict[UUID, list[_Succession]] = {}
    for one in [*stated, *await _stored(batch, changed, stated)]:
        after.setdefault(one.earlier, []).append(one)
    reported: set[frozenset[UUID]] = set()
    for draft in changed:
        for first in after.get(draft.id, ()):
            cycle = _way_back(first, after)
            parties = frozenset(one.earlier for one in cycle)
            # The writer itself reports cycles that consist only of `successor_of`.
            if not cycle or parties in reported or not any(one.is_row for one in cycle):
                continue
            reported.add(parties)
            await _report(batch, draft, cycle)


def _stated_by(draft: Draft) -> list[_Succession]:
    single = draft.values.get("successor_of_id")
    rows = [_Succession(draft.id, row.values["successor_id"], True) for row in draft.rows.get(FIELD, ())]
    found = rows if single is None else [*rows, _Succession(single, draft.id, False)]
    return [one for one in found if one.later is not None]


async def _stored(batch: Batch, drafts: list[Draft], stated: list[_Succession]) -> list[_Succession]:
    """The stored successions after those of the batch, without those that the batch replaces."""
    replaced = {(draft.id, True) for draft in drafts if FIELD in draft.rows}
    replaced |= {(draft.id, False) for draft in drafts if "successor_of_id" in draft.values}
    starts = {one.later for one in stated} | {one.earlier for one in stated}
    rows = await batch.connection.execute(_AFTER, {"starts": sorted(starts)})
    return [
        _Succession(earlier, later, is_row)
        for earlier, later, stated_by, is_row in rows
        if (stated_by, is_row) not in replaced
    ]


def _way_back(first: _Succession, after: dict[UUID, list[_Succession]]) -> list[_Succession]:
    """The shortest path that begins with `first` and ends at its predecessor; empty if there is none."""
    paths, seen = [[first]], {first.later}
    for path in paths:
        if path[-1].later == first.earlier:
            return path
        for following in after.get(path[-1].later, ()):
            if following.later not in seen:
                seen.add(following.later)
                paths.append([*path, following])
    return []


async def _report(batch: Batch, draft: Draft, cycle: list[_Succession]) -> None:
    names = {one.id: one.slug or "" for one in batch.of("parties")}
    if missing := [one.earlier for one in cycle if one.earlier not in names]:
        names |= {row["id"]: row["slug"] for row in await batch.select(PARTY, "id", missing)}
    path = " → ".join(names[one.earlier] for one in [*cycle, cycle[0]])
    field = FIELD if draft.rows.get(FIELD) else SINGLE
    batch.violation(
        f"{quoted(draft.slug)} would succeed itself: {path}",
        f"{draft.pointer}/{field}",
        "Remove one of these successions.",
    )


async def check_merged_successions(batch: Batch, collection: str, lost: UUID, kept: UUID) -> None:
    """Reject a merge of two parties of which one succeeded the other by `succeeded_by` and `successor_of` together."""
    if collection != "parties":
        return
    for (start,) in await batch.connection.execute(_MIXED_PATH, {"lost": lost, "kept": kept}):
        (row,) = await batch.select(PARTY, "id", {start})
        batch.conflict(
            f"{quoted(row['slug'])} was succeeded, through others, by the other party, and would succeed itself",
            "/into",
            f"Either they are different parties, or remove a succession (`{FIELD}`, `{SINGLE}`) first.",
        )
