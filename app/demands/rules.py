"""How demands and assessments are written: what a demand takes from its proposal, and in which account it stands."""

from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import text

from app.db.demands import Assessment, Demand
from app.db.proposals import Account, Part, Proposal, ProposalAuthor
from app.db.vocabulary_values import ResolvedBasis
from app.demands.timing import resolve
from app.demands.write_schemas import AssessmentWrite, DemandWrite
from app.schemas.nested_writes import DemandInProposal
from app.schemas.values import TimingWrite
from app.writing.batch import Batch, Draft, Row, Values, by, grouped
from app.writing.building import as_json
from app.writing.write_spec import WriteSpec

TABLES = Demand.metadata.tables
DEMAND, ACCOUNT, PART = TABLES["demand"], TABLES[Account.__tablename__], TABLES[Part.__tablename__]
PROPOSAL, AUTHOR = TABLES[Proposal.__tablename__], TABLES[ProposalAuthor.__tablename__]


async def _prepare(batch: Batch, drafts: list[Draft]) -> None:
    """Account, part, process and dates from the proposal; its authors as claimants; the next place in the order."""
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
    """The account that the body names among those of its proposal; the reference account where it names none."""
    own = [row for row in accounts if row["proposal_id"] == draft.values["proposal_id"]]
    slug = getattr(draft.body, "account", None)
    found = next((row for row in own if (row["slug"] == slug if slug else row["is_reference"])), None)
    if found is None:
        known = ", ".join(sorted(row["slug"] for row in own)) or "none"
        batch.violation(
            f"The proposal has no account {slug!r}" if slug else "The proposal has no reference account",
            f"{draft.pointer}/account",
            f"Its accounts: {known}.",
        )
    return found


async def _find_parts(batch: Batch, drafts: list[Draft], accounts: dict[UUID, Values]) -> None:
    wanting = [draft for draft in drafts if draft.body.part is not None and draft.values["account_id"]]
    for draft in drafts:
        draft.values["part_id"] = None
    if not wanting:
        return
    parts = await batch.rows(PART, "account_id", {draft.values["account_id"] for draft in wanting})
    of_account = grouped(parts, "account_id")
    for draft in wanting:
        account = accounts[draft.values["account_id"]]
        draft.values["part_id"] = part_of(batch, draft, of_account.get(account["id"], []), account)


def part_of(batch: Batch, draft: Draft, parts: list[Values], account: Values) -> UUID | None:
    """The part of the account with the key that the body names; a fault that says which there are, if none has it."""
    own = {row["key"]: row["id"] for row in parts if row["account_id"] == account["id"]}
    key = draft.body.part
    if key in own:
        found: UUID = own[key]
        return found
    known = ", ".join(sorted(own)) or "none"
    batch.violation(
        f"The account {account['slug']!r} has no part {key!r}",
        f"{draft.pointer}/part",
        f"Its parts: {known}.",
    )
    return None


async def _default_claimants(batch: Batch, drafts: list[Draft]) -> None:
    wanting = [draft for draft in drafts if draft.body.claimants is None]
    if not wanting:
        return
    authors = await batch.rows(AUTHOR, "proposal_id", {draft.values["proposal_id"] for draft in wanting})
    of_proposal = grouped(authors, "proposal_id")
    for draft in wanting:
        plan = next(rows for rows in draft.plan.rows if rows.name == "claimants")
        # Where two have one position, the order of an answer (`Rows.in_order`).
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
    """Where no place is given: the stored one, else after the last of the account."""
    for draft in drafts:
        if draft.values["position"] is None and draft.found is not None:
            draft.values["position"] = draft.found["position"]
    wanting = [draft for draft in drafts if draft.values["position"] is None]
    if not wanting:
        return
    accounts = {draft.values["account_id"] for draft in wanting} - {None}
    last: dict[Any, int] = await batch.greatest(DEMAND, "position", "account_id", accounts)
    for draft in drafts:
        account, position = draft.values["account_id"], draft.values["position"]
        if position is not None:
            last[account] = max(last.get(account, 0), position)
    for draft in wanting:
        account = draft.values["account_id"]
        last[account] = draft.values["position"] = last.get(account, 0) + 1


def _resolve_timing(draft: Draft) -> None:
    """Add the calendar date to which the timing leads, unless the body gives one.

    A day that the timing states is not computed, whatever the body says of it: files of earlier versions did.
    """
    assert isinstance(draft.body, DemandInProposal)
    timing = draft.body.timing
    if timing is None:
        return
    given, day = timing.resolved_on, resolve(timing)
    if day is None:
        return
    if given is None or (given.basis is ResolvedBasis.COMPUTED and given.date == day.date):
        draft.values["timing"]["resolved_on"] = as_json(day)


async def _check(batch: Batch, drafts: list[Draft]) -> None:
    """Mutual obligations bind two parties at least; nothing depends on a point of an excluded alternative."""
    for draft in drafts:
        if draft.values.get("is_mutual"):
            bound = {row.values["party_id"] for role in ("claimants", "addressees") for row in draft.rows.get(role, [])}
            if len(bound) < 2:
                batch.violation(
                    f"The mutual {draft.name} binds {len(bound)} of the two parties that it needs",
                    f"{draft.pointer}/is_mutual",
                    "Name them as claimants or addressees, or say false.",
                )
    await _refuse_excluded(batch, drafts)


_ONE_SIDED = text("""
    SELECT d.slug FROM demand d
    WHERE d.is_mutual AND d.withdrawn_at IS NULL
      AND d.id IN (SELECT demand_id FROM demand_party WHERE party_id = :lost AND role <> 'beneficiary')
      AND d.id IN (SELECT demand_id FROM demand_party WHERE party_id = :kept AND role <> 'beneficiary')
      AND NOT EXISTS (
        SELECT FROM demand_party other
        WHERE other.demand_id = d.id AND other.role <> 'beneficiary' AND other.party_id NOT IN (:lost, :kept)
      )
    ORDER BY d.slug
""")


async def _keep_mutual(batch: Batch, collection: str, lost: UUID, kept: UUID) -> None:
    """Two parties that are one cannot bind each other."""
    if collection == "parties":
        for (slug,) in await batch.connection.execute(_ONE_SIDED, {"lost": lost, "kept": kept}):
            batch.conflict(
                f"The mutual demand {slug!r} would bind one party alone",
                "/into",
                "Correct its claimants and addressees first, or say that it is not mutual.",
            )


async def _refuse_excluded(batch: Batch, drafts: list[Draft]) -> None:
    leaning = [draft for draft in drafts if draft.rows.get("depends_on") and draft.values.get("part_id")]
    if not leaning:
        return
    wanted = {row.values["depends_on_id"] for draft in leaning for row in draft.rows["depends_on"]}
    targets = by(await batch.rows(DEMAND, "id", wanted), "id")
    accounts = {draft.values["account_id"] for draft in leaning}
    parts = by(await batch.rows(PART, "account_id", accounts), "id")
    for draft in leaning:
        here = _options(parts, draft.values["part_id"])
        for row in draft.rows["depends_on"]:
            target = targets.get(row.values["depends_on_id"])
            if target is None:
                continue
            # A point that is written in the same body is not stored yet; its draft knows what it is called.
            called = target.get("slug") or next((one.slug for one in drafts if one.id == target["id"]), "it")
            there = _options(parts, target["part_id"])
            for group in here.keys() & there.keys():
                if here[group] != there[group]:
                    batch.violation(
                        f"{called!r} stands in another alternative of {group!r}: where one holds, the other does not",
                        row.pointer,
                        "Depend on a point of the same option, or of none.",
                    )


def _options(parts: dict[UUID, Values], part: UUID | None) -> dict[str, UUID]:
    """The options in which a part lies: by alternative group, upwards."""
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
    """Account and part by their keys."""
    accounts = by(await select(ACCOUNT, "id", {row["account_id"] for row in rows.values()}), "id")
    parts = by(await select(PART, "id", {row["part_id"] for row in rows.values()} - {None}), "id")
    for key, row in rows.items():
        if timing := bodies[key].get("timing"):
            bodies[key]["timing"] = _without_resolved(timing)
        bodies[key]["account"] = accounts[row["account_id"]]["slug"]
        if row["part_id"] is not None:
            bodies[key]["part"] = parts[row["part_id"]]["key"]


def _without_resolved(timing: Values) -> Values:
    """The timing without a date that would be resolved again to the same value: a patch of the trigger must not keep the
    date of the former one. Any other date was given, and is kept."""
    rest = {name: value for name, value in timing.items() if name != "resolved_on"}
    try:
        day = resolve(TimingWrite.model_validate(rest))
    except ValidationError:
        # Of what is known on a day the trigger may be missing.
        return timing
    return rest if day is not None and as_json(day) == timing.get("resolved_on") else timing


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
    keep=_keep_mutual,
    inside=(("responses", "demand_id"),),
    same_in=(("text", "account_id", "number"),),
)
ASSESSMENT_WRITE_SPEC = WriteSpec(
    Assessment,
    AssessmentWrite,
    slug=lambda draft, slug_of: " ".join([draft.words("kind"), *draft.words("text").split()[:7]]),
    same_in=(("text", "said_on", "by_id"),),
)
