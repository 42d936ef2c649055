"""Write specifications of proposals, with their accounts and parts, and of agreements."""

from collections.abc import Mapping
from typing import Any

from app.db.agreements import Agreement
from app.db.demands import Demand
from app.db.proposals import Account, Part, Proposal
from app.db.responses import Response
from app.db.vocabulary import AccountKind
from app.errors import quoted
from app.proposals.agreement_write_schemas import AgreementWrite
from app.proposals.signature_rules import check_merged_signatures, check_signatures
from app.proposals.write_schemas import ProposalWrite
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
    """Create a default account for a new proposal without accounts; keep the stored accounts if the body lists none.

    Stored accounts are kept because demands belong to them: a PUT that changes dates or authors need not repeat the
    whole text.
    """
    default_accounts: list[tuple[Draft, Row]] = []
    for draft in drafts:
        body = draft.body
        assert isinstance(body, ProposalWrite)
        if body.accounts:
            continue
        stored = batch.stored.get(ACCOUNT, {}).get(draft.id, [])
        plan = next(rows for rows in draft.plan.rows if rows.name == "accounts")
        if not stored:
            row = _default_account(batch, draft, plan)
            draft.rows["accounts"] = [row]
            default_accounts.append((draft, row))
        else:
            draft.rows["accounts"] = [_stored_account(batch, draft, plan, account) for account in stored]
    await _resolve_account_slugs(batch, drafts, default_accounts)


def _default_account(batch: Batch, draft: Draft, plan: Rows) -> Row:
    values: dict[str, Any] = {
        "slug": f"{(draft.slug or '')[:_LONGEST].rstrip('-')}-text",
        "kind": str(AccountKind.TEXT),
        "position": 1,
        "is_reference": True,
    }
    return Row(plan, values, draft.pointer, {"parts": _shorthand_parts(batch, draft, plan)})


def _stored_account(batch: Batch, draft: Draft, plan: Rows, account: Mapping[str, object]) -> Row:
    row = Row(plan, dict(account), draft.pointer)
    if account["is_reference"] and "parts" in draft.body.model_fields_set:
        row.below = {"parts": _shorthand_parts(batch, draft, plan)}
    return row


def _shorthand_parts(batch: Batch, draft: Draft, plan: Rows) -> list[Row]:
    assert isinstance(draft.body, ProposalWrite)
    parts = next(rows for rows in plan.rows if rows.name == "parts")
    return rows_of(batch, parts, draft.body.parts, f"{draft.pointer}/parts")


async def _resolve_account_slugs(batch: Batch, drafts: list[Draft], default_accounts: list[tuple[Draft, Row]]) -> None:
    """Make account slugs unique across proposals: number the slugs of default accounts, and report taken slugs as
    errors."""
    own = {
        draft.id: {account["slug"] for account in batch.stored.get(ACCOUNT, {}).get(draft.id, ())} for draft in drafts
    }
    new_slugs = {row.values["slug"] for draft in drafts for row in draft.rows["accounts"]} - set().union(*own.values())
    if not new_slugs:
        return
    owner_of: dict[str, object] = {
        row["slug"]: row["proposal_id"] for row in await batch.select(ACCOUNT, "slug", new_slugs)
    }
    default_rows = {id(row) for _, row in default_accounts}
    for draft in drafts:
        for row in draft.rows["accounts"]:
            slug = row.values["slug"]
            owner = owner_of.setdefault(slug, draft.id)
            if owner == draft.id:
                continue
            if id(row) in default_rows:
                row.values["slug"] = free(slug, owner_of.__contains__)
                owner_of[row.values["slug"]] = draft.id
            else:
                batch.conflict(
                    f"Another proposal already has an account with the slug {quoted(slug)}",
                    f"{row.pointer}/slug",
                    "Choose another slug.",
                )


async def _check(batch: Batch, drafts: list[Draft]) -> None:
    """Reject bodies that omit an account or part if demands belong to it or responses refer to it."""
    stored = [draft for draft in drafts if not draft.is_new]
    accounts = {id(draft): _removed(draft.rows["accounts"], batch.stored[ACCOUNT][draft.id]) for draft in stored}
    parts = {
        id(draft): [
            part
            for row in draft.rows["accounts"]
            if "parts" in row.below
            for part in _removed(row.below["parts"], batch.stored.get(PART, {}).get(row.values["id"], []))
        ]
        for draft in stored
    }
    gone_accounts = {row["id"] for rows in accounts.values() for row in rows}
    gone_parts = {row["id"] for rows in parts.values() for row in rows}
    demands_in_accounts = await batch.rows(DEMAND, "account_id", gone_accounts) if gone_accounts else []
    demands_in_parts = await batch.rows(DEMAND, "part_id", gone_parts) if gone_parts else []
    responses_to_parts = await batch.rows(RESPONSE, "part_id", gone_parts) if gone_parts else []
    for draft in stored:
        for row in accounts[id(draft)]:
            _reject_removed(
                batch,
                draft,
                f"account {quoted(row['slug'])}",
                [d for d in demands_in_accounts if d["account_id"] == row["id"]],
            )
        for row in parts[id(draft)]:
            users = [user for user in (*demands_in_parts, *responses_to_parts) if user["part_id"] == row["id"]]
            _reject_removed(batch, draft, f"part {quoted(row['key'])}", users)


def _removed(rows: list[Row], stored: list[dict[str, Any]]) -> list[dict[str, object]]:
    kept_ids = {row.values["id"] for row in rows}
    return [row for row in stored if row["id"] not in kept_ids]


def _reject_removed(batch: Batch, draft: Draft, what: str, users: list[dict[str, Any]]) -> None:
    if users:
        slugs = ", ".join(sorted(row["slug"] for row in users)[:5])
        batch.conflict(
            f"The {what} cannot be removed: demands or responses refer to it ({slugs})",
            f"{draft.pointer}/{'accounts' if draft.body.accounts else 'parts'}",
            "Keep it in the list, or first make the demands or responses refer to another.",
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
    check=check_signatures,
    is_mergeable=True,
    keep=check_merged_signatures,
    same_in=(("title", "process_id", "agreed_on"),),
)
