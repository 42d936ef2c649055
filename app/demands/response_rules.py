"""Write specification of responses. The target is the narrowest one that the body names: demand, else part, else
proposal."""

from typing import Any
from uuid import UUID

from app.db.responses import Response
from app.demands.merge_rules import check_merged_voters
from app.demands.rules import ACCOUNT, DEMAND, PART, account_of, part_id
from app.demands.votes import VOTERS
from app.demands.write_schemas import ResponseWrite
from app.errors import quoted
from app.writing.batch import Batch, Draft, Values, by
from app.writing.write_spec import WriteSpec


async def _prepare(batch: Batch, drafts: list[Draft]) -> None:
    """Set the proposal from the answered demand or account, and find the part by its key."""
    demands = by(await batch.rows(DEMAND, "id", {draft.values["demand_id"] for draft in drafts}), "id")
    for draft in drafts:
        if (demand := demands.get(draft.values["demand_id"])) is not None:
            _set_proposal(batch, draft, demand)
    await _find_parts(batch, drafts)


def _set_proposal(batch: Batch, draft: Draft, demand: Values) -> None:
    given = draft.values["proposal_id"]
    if given is not None and given != demand["proposal_id"]:
        batch.violation(
            f"The demand {quoted(demand['slug'])} does not belong to the proposal {quoted(draft.body.proposal)}",
            f"{draft.pointer}/proposal",
            "Omit `proposal`; it follows from the demand.",
        )
    draft.values["proposal_id"] = demand["proposal_id"]


async def _find_parts(batch: Batch, drafts: list[Draft]) -> None:
    for draft in drafts:
        draft.values["part_id"] = None
    with_part = [draft for draft in drafts if draft.body.part is not None or draft.body.account is not None]
    if not with_part:
        return
    slugs = {draft.body.account for draft in with_part}
    accounts = await batch.rows(ACCOUNT, "slug", slugs)
    proposals = {draft.values["proposal_id"] for draft in with_part}
    accounts += await batch.rows(ACCOUNT, "proposal_id", proposals)
    named = by(accounts, "slug")
    parts = await batch.rows(PART, "account_id", {row["id"] for row in accounts})
    for draft in with_part:
        slug = draft.body.account
        if draft.values["proposal_id"] is None and slug is not None:
            if slug not in named:
                batch.violation(f"There is no account with the slug {quoted(slug)}", f"{draft.pointer}/account")
                continue
            draft.values["proposal_id"] = named[slug]["proposal_id"]
        if draft.values["proposal_id"] is None:
            continue
        account = account_of(batch, draft, accounts)
        if account is not None and draft.body.part is not None:
            draft.values["part_id"] = part_id(batch, draft, parts, account)


async def _check(batch: Batch, drafts: list[Draft]) -> None:
    _check_rolls(batch, drafts)
    await _check_scopes(batch, drafts)


async def _check_scopes(batch: Batch, drafts: list[Draft]) -> None:
    """Check that `scope_demands` are demands of the answered proposal and, if one demand is answered, include that
    demand."""
    scoped = [draft for draft in drafts if draft.rows.get("scope_demands")]
    demand_ids = {row.values["demand_id"] for draft in scoped for row in draft.rows["scope_demands"]}
    demands = by(await batch.rows(DEMAND, "id", demand_ids), "id")
    for draft in scoped:
        answered = draft.values["demand_id"]
        named = draft.rows["scope_demands"]
        if answered is not None and answered not in {row.values["demand_id"] for row in named}:
            batch.violation(
                "The response answers one demand, but `scope_demands` lists only other demands",
                f"{draft.pointer}/scope_demands",
                "Omit `scope_demands`, or answer the part or proposal that contains these demands.",
            )
        for row in named:
            demand = demands.get(row.values["demand_id"])
            if demand is not None and demand["proposal_id"] != draft.values["proposal_id"]:
                batch.violation(
                    f"The demand {quoted(demand['slug'])} does not belong to the proposal that is answered",
                    row.pointer,
                    "List only demands of that proposal.",
                )


def _check_rolls(batch: Batch, drafts: list[Draft]) -> None:
    """Check that each voter is in the roll of a vote once. Voters are compared by slug, because a body may refer to one
    party in two ways."""
    for draft in drafts:
        seen: set[tuple[str, str]] = set()
        for place, entry in enumerate((draft.values.get("votes") or {}).get("roll", ())):
            ((kind, voter),) = ((name, entry[name]) for name in VOTERS if name in entry)
            if kind == "name":
                voter = " ".join(voter.split())
            if (kind, voter) in seen:
                batch.violation(
                    f"The {kind} {quoted(voter)} is in the roll twice",
                    f"{draft.pointer}/votes/roll/{place}",
                    "Keep one entry for each voter.",
                )
            seen.add((kind, voter))


async def _recall(select: Any, bodies: dict[UUID, Values], rows: dict[UUID, Values]) -> None:
    parts = by(await select(PART, "id", {row["part_id"] for row in rows.values()} - {None}), "id")
    accounts = by(await select(ACCOUNT, "id", {row["account_id"] for row in parts.values()}), "id")
    for key, row in rows.items():
        if row["part_id"] is not None:
            part = parts[row["part_id"]]
            bodies[key].update(part=part["key"], account=accounts[part["account_id"]]["slug"])


def _words(draft: Draft, slug_of: Any) -> str:
    body = draft.body
    assert isinstance(body, ResponseWrite)
    if body.demand is not None:
        target = slug_of("demand")
    else:
        whole = slug_of("proposal") if body.proposal is not None else body.account
        target = f"{whole} {body.part or ''}"
    return f"{target} {slug_of('responder')} {body.stance}"


RESPONSE_WRITE_SPEC = WriteSpec(
    Response,
    ResponseWrite,
    slug=_words,
    prepare=_prepare,
    check=_check,
    recall=_recall,
    keep=check_merged_voters,
    same_in=(("stance", "proposal_id", "part_id", "demand_id", "responder_id", "said_on"),),
)
