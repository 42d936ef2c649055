"""Write specifications of demands and assessments, including the values that a demand takes from its proposal."""

from typing import Any
from uuid import UUID

from pydantic import ValidationError

from app.db.demands import Assessment, Demand
from app.db.proposals import Account, Part, ProposalAuthor
from app.db.vocabulary_values import ResolvedBasis
from app.demands.merge_rules import check_merged_parties
from app.demands.timing import resolve_timing
from app.demands.write_schemas import AssessmentWrite, DemandWrite
from app.domain.types import LARGEST_COUNT
from app.errors import quoted
from app.schemas.nested_writes import DemandInProposal
from app.schemas.timing import TimingWrite
from app.writing.batch import Batch, Draft, Row, Values, by, grouped
from app.writing.building import to_json_data
from app.writing.write_spec import WriteSpec

TABLES = Demand.metadata.tables
DEMAND, ACCOUNT, PART = TABLES["demand"], TABLES[Account.__tablename__], TABLES[Part.__tablename__]
AUTHOR = TABLES[ProposalAuthor.__tablename__]


async def _prepare(batch: Batch, drafts: list[Draft]) -> None:
    """Set account, part, default claimants (the proposal's authors), default position and the resolved timing."""
    placed = [draft for draft in drafts if draft.values.get("proposal_id") is not None]
    if not placed:
        return
    proposals = {draft.values["proposal_id"] for draft in placed}
    accounts = await batch.rows(ACCOUNT, "proposal_id", proposals)
    of_proposal = grouped(accounts, "proposal_id")
    for draft in placed:
        account = account_of(batch, draft, of_proposal.get(draft.values["proposal_id"], []))
        draft.values["account_id"] = account["id"] if account else None
        draft.values["is_reference"] = account["is_reference"] if account else None
    await _find_parts(batch, placed, by(accounts, "id"))
    await _default_claimants(batch, placed)
    await _default_positions(batch, placed)
    for draft in placed:
        _resolve_timing(draft)


def account_of(batch: Batch, draft: Draft, accounts: list[Values]) -> Values | None:
    """Return the account that the body names, or the reference account if it names none. Report an error if the proposal
    has no such account."""
    own = [row for row in accounts if row["proposal_id"] == draft.values["proposal_id"]]
    slug = getattr(draft.body, "account", None)
    found = next((row for row in own if (row["slug"] == slug if slug else row["is_reference"])), None)
    if found is None:
        known = ", ".join(sorted(row["slug"] for row in own)) or "none"
        batch.violation(
            f"The proposal has no account {quoted(slug)}" if slug else "The proposal has no reference account",
            f"{draft.pointer}/account",
            f"Accounts of the proposal: {known}.",
        )
    return found


async def _find_parts(batch: Batch, drafts: list[Draft], accounts: dict[UUID, Values]) -> None:
    incomplete = [draft for draft in drafts if draft.body.part is not None and draft.values["account_id"]]
    for draft in drafts:
        draft.values["part_id"] = None
    if not incomplete:
        return
    parts = await batch.rows(PART, "account_id", {draft.values["account_id"] for draft in incomplete})
    of_account = grouped(parts, "account_id")
    for draft in incomplete:
        account = accounts[draft.values["account_id"]]
        draft.values["part_id"] = part_id(batch, draft, of_account.get(account["id"], []), account)


def part_id(batch: Batch, draft: Draft, parts: list[Values], account: Values) -> UUID | None:
    """Return the id of the part whose key the body names. If there is no such part, report an error that lists the
    keys."""
    own = {row["key"]: row["id"] for row in parts if row["account_id"] == account["id"]}
    key = draft.body.part
    if key in own:
        found: UUID = own[key]
        return found
    known = ", ".join(sorted(own)) or "none"
    batch.violation(
        f"The account {quoted(account['slug'])} has no part {quoted(key)}",
        f"{draft.pointer}/part",
        f"Parts of the account: {known}.",
    )
    return None


async def _default_claimants(batch: Batch, drafts: list[Draft]) -> None:
    incomplete = [draft for draft in drafts if draft.body.claimants is None]
    if not incomplete:
        return
    authors = await batch.rows(AUTHOR, "proposal_id", {draft.values["proposal_id"] for draft in incomplete})
    of_proposal = grouped(authors, "proposal_id")
    for draft in incomplete:
        plan = next(rows for rows in draft.plan.rows if rows.name == "claimants")
        # Authors with equal positions are ordered as in a response (`Rows.in_order`).
        found = sorted(
            of_proposal.get(draft.values["proposal_id"], []), key=lambda row: (row["position"], str(row["party_id"]))
        )
        draft.rows["claimants"] = [
            Row(
                plan,
                {"party_id": row["party_id"], "position": place, **plan.constants},
                f"{draft.pointer}/claimants",
            )
            for place, row in enumerate(found, 1)
        ]


async def _default_positions(batch: Batch, drafts: list[Draft]) -> None:
    """Set missing positions to the stored position or, for new demands, to one after the last demand of the account."""
    for draft in drafts:
        if draft.values["position"] is None and draft.found is not None:
            draft.values["position"] = draft.found["position"]
    incomplete = [draft for draft in drafts if draft.values["position"] is None]
    if not incomplete:
        return
    accounts = {draft.values["account_id"] for draft in incomplete} - {None}
    last: dict[Any, int] = await batch.greatest(DEMAND, "position", "account_id", accounts)
    for draft in drafts:
        account, position = draft.values["account_id"], draft.values["position"]
        if position is not None:
            last[account] = max(last.get(account, 0), position)
    for draft in incomplete:
        account = draft.values["account_id"]
        # Demands with equal positions are ordered by id, so a new demand comes last even if the last position is the
        # maximum.
        last[account] = draft.values["position"] = min(last.get(account, 0) + 1, LARGEST_COUNT)


def _resolve_timing(draft: Draft) -> None:
    """Add the resolved calendar date of the timing, unless the body gives another date.

    If the body has the same date with the basis `computed`, the basis is set again, because older files use `computed`
    even for dates that the timing itself states.
    """
    assert isinstance(draft.body, DemandInProposal)
    timing = draft.body.timing
    if timing is None:
        return
    given, day = timing.resolved_on, resolve_timing(timing)
    if day is None:
        return
    if given is None or (given.basis is ResolvedBasis.COMPUTED and given.date == day.date):
        draft.values["timing"]["resolved_on"] = to_json_data(day)


async def _check(batch: Batch, drafts: list[Draft]) -> None:
    """Check that mutual demands bind at least two parties, that no claimant is a backer, and that no demand depends on a
    mutually exclusive option."""
    for draft in drafts:
        claimants = {row.values["party_id"] for row in draft.rows.get("claimants", [])}
        for row in draft.rows.get("backers", []):
            if row.values["party_id"] in claimants:
                batch.violation(
                    f"A party that makes the {draft.name} cannot also be one of its backers",
                    row.pointer,
                    "Omit it from `backers`, or, if it only backs it, from `claimants`.",
                )
        if draft.values.get("is_mutual"):
            bound = {row.values["party_id"] for role in ("claimants", "addressees") for row in draft.rows.get(role, [])}
            if len(bound) < 2:
                batch.violation(
                    f"A mutual {draft.name} must bind at least two parties, got {len(bound)}",
                    f"{draft.pointer}/is_mutual",
                    "Add claimants or addressees, or set `is_mutual` to false.",
                )
    await _reject_excluded_dependencies(batch, drafts)


async def _reject_excluded_dependencies(batch: Batch, drafts: list[Draft]) -> None:
    dependent = [draft for draft in drafts if draft.rows.get("depends_on") and draft.values.get("part_id")]
    if not dependent:
        return
    wanted = {row.values["depends_on_id"] for draft in dependent for row in draft.rows["depends_on"]}
    targets = by(await batch.rows(DEMAND, "id", wanted), "id")
    accounts = {draft.values["account_id"] for draft in dependent}
    parts = by(await batch.rows(PART, "account_id", accounts), "id")
    for draft in dependent:
        own_options = _options(parts, draft.values["part_id"])
        for row in draft.rows["depends_on"]:
            target = targets.get(row.values["depends_on_id"])
            if target is None:
                continue
            # A demand in the same request body is not stored yet: its slug is read from its draft, and it may have no part.
            slug = target.get("slug") or next((one.slug for one in drafts if one.id == target["id"]), "it")
            target_options = _options(parts, target.get("part_id"))
            for group in own_options.keys() & target_options.keys():
                if own_options[group] != target_options[group]:
                    batch.violation(
                        f"The demand {quoted(slug)} belongs to another option of the alternative group {quoted(group)}, and the"
                        " options exclude each other",
                        row.pointer,
                        "Depend on a demand of the same option, or of no option.",
                    )


def _options(parts: dict[UUID, Values], part: UUID | None) -> dict[str, UUID]:
    """Return the options that contain a part, by alternative group."""
    found: dict[str, UUID] = {}
    seen: set[UUID] = set()
    while part is not None and part in parts and part not in seen:
        seen.add(part)
        row = parts[part]
        if row["alternative_group"] is not None:
            found.setdefault(row["alternative_group"], part)
        part = row["parent_id"]
    return found


async def _recall(select: Any, bodies: dict[UUID, Values], rows: dict[UUID, Values]) -> None:
    """Complete stored bodies with the account's slug and the part's key."""
    accounts = by(await select(ACCOUNT, "id", {row["account_id"] for row in rows.values()}), "id")
    parts = by(await select(PART, "id", {row["part_id"] for row in rows.values()} - {None}), "id")
    for key, row in rows.items():
        if timing := bodies[key].get("timing"):
            bodies[key]["timing"] = _without_resolved(timing)
        bodies[key]["account"] = accounts[row["account_id"]]["slug"]
        if row["part_id"] is not None:
            bodies[key]["part"] = parts[row["part_id"]]["key"]


def _without_resolved(timing: Values) -> Values:
    """Return the timing without its resolved date if resolving it again gives the same date. If such a date were kept,
    a patch of the trigger would not change it. Any other date was given explicitly and is kept."""
    rest = {name: value for name, value in timing.items() if name != "resolved_on"}
    try:
        day = resolve_timing(TimingWrite.model_validate(rest))
    except ValidationError:
        # Under `known_by` the trigger may be hidden.
        return timing
    return rest if day is not None and to_json_data(day) == timing.get("resolved_on") else timing


def _number(draft: Draft) -> str:
    number, position = draft.body.number, draft.body.position
    return str(number or position or draft.place or "point")


DEMAND_WRITE_SPEC = WriteSpec(
    Demand,
    DemandWrite,
    slug=lambda draft, slug_of: f"{slug_of('proposal')} {_number(draft)}",
    prepare=_prepare,
    check=_check,
    recall=_recall,
    keep=check_merged_parties,
    inside=(("responses", "demand_id"),),
    same_in=(("text", "account_id", "number"),),
)
ASSESSMENT_WRITE_SPEC = WriteSpec(
    Assessment,
    AssessmentWrite,
    slug=lambda draft, slug_of: " ".join([draft.words("kind"), *draft.words("text").split()[:7]]),
    same_in=(("text", "said_on", "by_id"),),
)
