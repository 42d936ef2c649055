"""How proposals with their accounts and parts, and agreements are written."""

from typing import Any

from app.db.demands import Demand, Response
from app.db.proposals import Account, Agreement, Part, Proposal
from app.db.vocabulary import AccountKind
from app.proposals.write_schemas import AgreementWrite, ProposalWrite
from app.writing.batch import Batch, Draft, Row
from app.writing.building import rows_of
from app.writing.plan import Rows
from app.writing.slugs import LONGEST, free
from app.writing.write_spec import WriteSpec

ACCOUNT = Account.metadata.tables["account"]
_LONGEST = LONGEST - len("-text-99")
PART = Part.metadata.tables["part"]
DEMAND, RESPONSE = Demand.metadata.tables["demand"], Response.metadata.tables["response"]


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
        "slug": f"{(draft.slug or '')[:_LONGEST].rstrip('-')}-text",
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
                    f"Another proposal has the account {slug!r}",
                    f"{row.pointer}/slug",
                    "Give it a slug of its own.",
                )


async def _check(batch: Batch, drafts: list[Draft]) -> None:
    """An account or part in which demands stand, or that was answered, cannot be left out."""
    stored = [draft for draft in drafts if not draft.is_new]
    accounts = {id(draft): _gone(draft.rows["accounts"], batch.stored[ACCOUNT][draft.id]) for draft in stored}
    parts = {
        id(draft): [
            part
            for row in draft.rows["accounts"]
            if "parts" in row.below
            for part in _gone(row.below["parts"], batch.stored.get(PART, {}).get(row.values["id"], []))
        ]
        for draft in stored
    }
    gone_accounts = {row["id"] for rows in accounts.values() for row in rows}
    gone_parts = {row["id"] for rows in parts.values() for row in rows}
    standing = await batch.rows(DEMAND, "account_id", gone_accounts) if gone_accounts else []
    placed = await batch.rows(DEMAND, "part_id", gone_parts) if gone_parts else []
    answered = await batch.rows(RESPONSE, "part_id", gone_parts) if gone_parts else []
    for draft in stored:
        for row in accounts[id(draft)]:
            _refuse_gone(
                batch, draft, f"account {row['slug']!r}", [d for d in standing if d["account_id"] == row["id"]]
            )
        for row in parts[id(draft)]:
            users = [user for user in (*placed, *answered) if user["part_id"] == row["id"]]
            _refuse_gone(batch, draft, f"part {row['key']!r}", users)


def _gone(rows: list[Row], stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = {row.values["id"] for row in rows}
    return [row for row in stored if row["id"] not in kept]


def _refuse_gone(batch: Batch, draft: Draft, what: str, users: list[dict[str, Any]]) -> None:
    if users:
        slugs = ", ".join(sorted(row["slug"] for row in users)[:5])
        batch.conflict(
            f"The {what} cannot be left out: demands or responses name it ({slugs})",
            f"{draft.pointer}/{'accounts' if draft.body.accounts else 'parts'}",
            "Keep it in the list, or let them name another first.",
        )


PROPOSAL_WRITE_SPEC = WriteSpec(
    Proposal,
    ProposalWrite,
    slug=lambda draft, slug_of: draft.words("title"),
    prepare=_prepare,
    check=_check,
    inside=(("responses", "proposal_id"),),
    same_in=(("title", "process_id", "tabled_on"),),
)
AGREEMENT_WRITE_SPEC = WriteSpec(
    Agreement,
    AgreementWrite,
    slug=lambda draft, slug_of: draft.words("title"),
    is_mergeable=True,
    same_in=(("title", "process_id", "agreed_on"),),
)
