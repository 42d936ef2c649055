"""Rules that no schema can state for the acts of an agreement: the order of the acts, and the sum of their shares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.db.agreements import Agreement, AgreementSignature
from app.db.vocabulary import SignatureAct
from app.errors import quoted
from app.writing.batch import Batch, Draft, Row, Values, by, grouped, select_rows
from app.writing.merge_checks import correction_hint

TABLES = Agreement.metadata.tables
AGREEMENT, SIGNATURE = TABLES[Agreement.__tablename__], TABLES[AgreementSignature.__tablename__]

#: Acts by which a party consents to be bound.
BINDING = (SignatureAct.RATIFIED, SignatureAct.ACCEPTED, SignatureAct.ACCEDED)
_SIGNED = (None, SignatureAct.SIGNED)


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """`place`: the index of the row; None = all rows together."""

    place: int | None
    field: str
    message: str
    hint: str


async def check_signatures(batch: Batch, drafts: list[Draft]) -> None:
    """Report the rules that the signatures of a draft break."""
    for draft in drafts:
        rows = draft.rows.get("signatures", [])
        for broken in broken_rules([row.values for row in rows]):
            owner = f"{draft.pointer}/signatures" if broken.place is None else rows[broken.place].pointer
            batch.violation(_with_slug(batch, broken, rows), f"{owner}{broken.field}", broken.hint)


def _with_slug(batch: Batch, broken: BrokenRule, rows: Sequence[Row]) -> str:
    """The message of a broken rule, with the slug of the signatory."""
    if broken.place is None:
        return broken.message
    signatory = _signatory(rows[broken.place].values)
    slug = next((known.slug for known in batch.known.values() if known.id == signatory), None)
    return broken.message.replace("The party", f"The party {quoted(slug)}", 1) if slug else broken.message


async def check_merged_signatures(batch: Batch, collection: str, lost: UUID, kept: UUID) -> None:
    """Check a merge of signatories or of agreements: afterwards, the acts of both are the acts of one record."""
    column = {"parties": "party_id", "people": "person_id", "agreements": "agreement_id"}.get(collection)
    if column is None:
        return
    found = await select_rows(batch.connection, SIGNATURE, column, (lost, kept))
    owners = {row["agreement_id"] for row in found}
    merged = [
        {name: kept if value == lost else value for name, value in row.items()}
        for row in await select_rows(batch.connection, SIGNATURE, "agreement_id", owners)
    ]
    agreements = by(await select_rows(batch.connection, AGREEMENT, "id", owners), "id")
    for agreement, rows in grouped(merged, "agreement_id").items():
        slug = agreements[agreement]["slug"]
        for broken in broken_rules(rows):
            batch.conflict(
                f"After the merge, the agreement {quoted(slug)} would break a rule: {broken.message}",
                "/into",
                correction_hint(
                    "agreement",
                    slug,
                    f"correct its signatures. {broken.hint}",
                    is_withdrawn=agreements[agreement]["withdrawn_at"] is not None,
                ),
            )


def broken_rules(rows: Sequence[Values]) -> Iterator[BrokenRule]:
    """The rules that the signatures of one agreement break. The rows have the columns of the table."""
    acts: dict[Any, list[Values]] = {}
    for row in rows:
        acts.setdefault(_signatory(row), []).append(row)
    shares: dict[Any, Decimal] = {}
    for place, row in enumerate(rows):
        signatory = _signatory(row)
        own = acts[signatory]
        if row["act"] in BINDING:
            yield from _bound_before_signing(place, row, own)
            shares[signatory] = max(shares.get(signatory, Decimal(0)), row["share"] or Decimal(0))
        elif row["act"] == SignatureAct.WITHDREW and not any(_may_precede(other, row) for other in own):
            yield BrokenRule(
                place,
                "/act",
                "The party `withdrew` without an earlier act that bound it",
                f"Add the act that bound it ({', '.join(BINDING)}), or correct the days.",
            )
    if (total := sum(shares.values(), Decimal(0))) > 100:
        yield BrokenRule(
            None,
            "",
            f"The shares of the parties that consented to be bound add up to {total.normalize():f} percent",
            "Correct the shares; together they are at most 100.",
        )


def _signatory(row: Values) -> Any:
    return row["party_id"] or row["person_id"]


def _bound_before_signing(place: int, row: Values, own: Sequence[Values]) -> Iterator[BrokenRule]:
    signed = [other for other in own if other["act"] in _SIGNED]
    if signed and all(map(_is_certain, (row, *signed))) and row["on_max"] < min(other["on_min"] for other in signed):
        first = min(signed, key=lambda other: other["on_min"])
        yield BrokenRule(
            place,
            "/on",
            f"The party {row['act']} on {quoted(row['on'])}, before it signed on {quoted(first['on'])}",
            "Correct one of the days, or mark the doubtful one as uncertain with `?`.",
        )


def _is_certain(row: Values) -> bool:
    """Whether the date is known and not marked as uncertain; a month or a year can be certain, too."""
    return row["on"] is not None and not set(row["on"]) & set("~?%")


def _may_precede(bound: Values, withdrew: Values) -> bool:
    if bound["act"] not in BINDING:
        return False
    return bound["on"] is None or withdrew["on"] is None or bool(bound["on_min"] <= withdrew["on_max"])
