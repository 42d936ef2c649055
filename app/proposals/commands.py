"""How proposals with their accounts and parts, and agreements are written."""

from typing import Any

from app.db.demands import Demand
from app.db.proposals import Account, Agreement, Proposal
from app.db.vocabulary import AccountKind
from app.proposals.writes import AgreementWrite, ProposalWrite
from app.writing.batch import Batch, Draft, Row
from app.writing.building import rows_of
from app.writing.kinds import Kind
from app.writing.naming import free
from app.writing.plan import Rows

ACCOUNT = Account.metadata.tables["account"]
DEMAND = Demand.metadata.tables["demand"]


async def _prepare(batch: Batch, drafts: list[Draft]) -> None:
    """Accounts: one is made where a proposal has none; a body without accounts keeps those that are there.

    It keeps them because demands stand in them: a PUT of the dates and authors must not ask for the whole text again.
    """
    made: list[tuple[Draft, Row]] = []
    for draft in drafts:
        body = draft.body
        assert isinstance(body, ProposalWrite)
        if body.accounts:
            continue
        stored = batch.stored.get(ACCOUNT, {}).get(draft.id, [])
        plan = next(rows for rows in draft.plan.rows if rows.name == "accounts")
        if not stored:
            row = _silent(batch, draft, plan)
            draft.rows["accounts"] = [row]
            made.append((draft, row))
        else:
            draft.rows["accounts"] = [_kept(batch, draft, plan, account) for account in stored]
    await _refuse_taken_slugs(batch, drafts, made)


def _silent(batch: Batch, draft: Draft, plan: Rows) -> Row:
    values: dict[str, Any] = {
        "slug": f"{draft.slug}-text",
        "kind": str(AccountKind.TEXT),
        "position": 1,
        "is_reference": True,
    }
    return Row(plan, values, draft.pointer, {"parts": _short_parts(batch, draft, plan)})


def _kept(batch: Batch, draft: Draft, plan: Rows, account: dict[str, Any]) -> Row:
    row = Row(plan, dict(account), draft.pointer)
    if account["is_reference"] and "parts" in draft.body.model_fields_set:
        row.below = {"parts": _short_parts(batch, draft, plan)}
    return row


def _short_parts(batch: Batch, draft: Draft, plan: Rows) -> list[Row]:
    assert isinstance(draft.body, ProposalWrite)
    parts = next(rows for rows in plan.rows if rows.name == "parts")
    return rows_of(batch, parts, draft.body.parts, f"{draft.pointer}/parts")


async def _refuse_taken_slugs(batch: Batch, drafts: list[Draft], made: list[tuple[Draft, Row]]) -> None:
    """No two proposals have an account of the same slug; a silent one gets another, a given one is a fault."""
    own = {
        draft.id: {account["slug"] for account in batch.stored.get(ACCOUNT, {}).get(draft.id, ())} for draft in drafts
    }
    asked = {row.values["slug"] for draft in drafts for row in draft.rows["accounts"]} - set().union(*own.values())
    if not asked:
        return
    owner_of: dict[str, Any] = {row["slug"]: row["proposal_id"] for row in await batch.select(ACCOUNT, "slug", asked)}
    silent = {id(row) for _, row in made}
    for draft in drafts:
        for row in draft.rows["accounts"]:
            slug = row.values["slug"]
            owner = owner_of.setdefault(slug, draft.id)
            if owner == draft.id:
                continue
            if id(row) in silent:
                row.values["slug"] = free(slug, owner_of.__contains__)
                owner_of[row.values["slug"]] = draft.id
            else:
                batch.conflict(
                    f"Another proposal has the account {slug!r}", f"{row.pointer}/slug", "Give it a slug of its own."
                )


async def _check(batch: Batch, drafts: list[Draft]) -> None:
    """An account or part in which demands stand cannot be left out."""
    for draft in drafts:
        if draft.is_new:
            continue
        kept = {row.values["id"] for row in draft.rows.get("accounts", [])}
        gone = {row["id"]: row for row in batch.stored.get(ACCOUNT, {}).get(draft.id, ()) if row["id"] not in kept}
        standing = await batch.rows(DEMAND, "account_id", gone) if gone else []
        for account in {row["account_id"] for row in standing}:
            slugs = ", ".join(sorted(row["slug"] for row in standing if row["account_id"] == account)[:5])
            batch.conflict(
                f"The account {gone[account]['slug']!r} cannot be left out: demands stand in it ({slugs})",
                f"{draft.pointer}/accounts",
                "Keep it in the list, or move its demands to another account first.",
            )


PROPOSALS = Kind(
    Proposal, ProposalWrite, slug=lambda draft, slug_of: draft.words("title"), prepare=_prepare, check=_check
)
AGREEMENTS = Kind(Agreement, AgreementWrite, slug=lambda draft, slug_of: draft.words("title"))
