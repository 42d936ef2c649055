"""Agreement of coders: for each coded field, how often different coders gave the same value to the same record."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, groupby
from typing import Any, Final

from pydantic import BaseModel, Field, JsonValue

from app.db.term import Term
from app.db.vocabulary import Confidence, Stance
from app.domain.texts import FieldPointer, Line
from app.errors import ApiError, ProblemType, Violation, allowed_hint, count_errors, quoted
from app.reading.query import ClockQuery, Many
from app.reading.reader import Reader
from app.reading.record_parameters import RecordParameters
from app.reading.unknown_names import find_unknown_rows, unknown_collections
from app.reports.agreement_coefficients import count_pairs, interval_alpha, kappa, nominal_alpha, ordinal_alpha
from app.reports.coder_agreement_statements import coded_points, kind_of_values, stored_fields
from app.reports.counts import COUNTS
from app.reports.descriptions import Processes
from app.reports.scale import CODED_SCALE
from app.reports.statement import fetch_report
from app.resources.empty_answers import Causes, NoRows, ReasonOfAnswer
from app.resources.report import Report, ReportOptions, ReportRequest, ReportRows

#: Closed lists with an order: term → place; None = off the scale.
_ORDERS: Final[dict[type[Term], Mapping[str, int | None]]] = {
    Stance: CODED_SCALE,
    Confidence: {str(term): place for place, term in enumerate(Confidence)},
}


class Undefined(StrEnum):
    """Why a coefficient has no value."""

    NO_POINT_CODED_TWICE = "no_point_coded_twice"
    ONE_VALUE_ONLY = "one_value_only"
    NOT_TWO_CODERS = "not_two_coders"
    NOT_ORDERED = "not_ordered"
    NOT_NUMBERS = "not_numbers"


class CoderAgreementQuery(ClockQuery, ReportOptions):
    """Query parameters of the report on the agreement of coders."""

    process: Processes = None
    collection: Many[Line] | None = Field(
        None, description="Only records of these collections.", examples=[["responses"]]
    )
    field: Many[FieldPointer] | None = Field(None, description="Only these fields.", examples=[["/stance"]])
    coder: Many[Line] | None = Field(
        None, description="Only codings of these coders; two coders have a kappa.", examples=[["anna", "ben"]]
    )


class CoderValue(BaseModel):
    """A value that a coder gave."""

    coder: str = Field(description="The name of the coder.", examples=["anna"])
    value: JsonValue = Field(description="The value.", examples=["accepted"])


class Disagreement(BaseModel):
    """Two different values that two coders gave to the same records."""

    first: CoderValue = Field(description="The value of one coder.")
    second: CoderValue = Field(description="The value of the other coder.")
    count: int = Field(description="The number of records.", examples=[1])
    records: list[str] = Field(
        description="The records, as `collection/slug`.", examples=[["responses/boria-rejects-plan-1"]]
    )


_REASON = (
    "Why it is null: `no_point_coded_twice`, or `one_value_only` (all coders always gave the same value, so that agreement by"
    " chance would be complete"
)


class CoderAgreement(BaseModel):
    """The agreement of coders on one field."""

    collection: str = Field(description="The collection of the coded records.", examples=["responses"])
    field: str = Field(description="The coded field, as a JSON Pointer.", examples=["/stance"])
    coders: list[str] = Field(description="The coders of the field.", examples=[["anna", "ben"]])
    codings: int = Field(description="The number of codings.", examples=[8])
    points: int = Field(description="The number of records that were coded at least once.", examples=[5])
    doubly_coded: int = Field(
        description="The number of records that at least two coders coded. All following numbers are about these.",
        examples=[3],
    )
    pairs: int = Field(description="The number of pairs of codings of the same record.", examples=[3])
    agreeing_pairs: int = Field(description="The number of these pairs with the same value.", examples=[2])
    agreement: float | None = Field(
        description="Raw agreement: `agreeing_pairs` divided by `pairs`; null = no record was coded twice.",
        examples=[0.666667],
    )
    unanimous: int = Field(description="The number of records to which all coders gave the same value.", examples=[2])
    kappa: float | None = Field(
        description="Cohen's kappa of the two coders; null = see `kappa_reason`.", examples=[0.5]
    )
    kappa_reason: Undefined | None = Field(
        description=f"{_REASON}), or `not_two_coders`; null = it is not null.", examples=[None]
    )
    alpha: float | None = Field(
        description="Krippendorff's nominal alpha; null = see `alpha_reason`.", examples=[0.545455]
    )
    alpha_reason: Undefined | None = Field(description=f"{_REASON}); null = it is not null.", examples=[None])
    alpha_ordinal: float | None = Field(
        description="Krippendorff's ordinal alpha of ordered values: stances, confidence and numbers; null = see"
        " `alpha_ordinal_reason`.",
        examples=[0.8],
    )
    alpha_ordinal_reason: Undefined | None = Field(
        description=f"{_REASON}), or `not_ordered`; null = it is not null.", examples=[None]
    )
    off_scale: int = Field(
        description="The number of codings that `alpha_ordinal` leaves out, because their value has no place on the scale.",
        examples=[0],
    )
    alpha_interval: float | None = Field(
        description="Krippendorff's interval alpha of numbers; null = see `alpha_interval_reason`.", examples=[None]
    )
    alpha_interval_reason: Undefined | None = Field(
        description=f"{_REASON}), or `not_numbers`; null = it is not null.", examples=["not_numbers"]
    )
    disagreements: list[Disagreement] = Field(
        description="The confusion pairs: which different values two coders gave to the same records, the most frequent first.",
        examples=[[]],
    )
    records: list[str] = Field(
        description="The records that at least two coders coded, as `collection/slug`.",
        examples=[["responses/boria-accepts-plan-2", "responses/boria-rejects-plan-1"]],
    )
    coded_once: list[str] = Field(
        description="The records that one coder coded, as `collection/slug`.", examples=[["responses/alba-replies"]]
    )


@dataclass(frozen=True, slots=True)
class _Point:
    """A field of a record, with the values of its coders, ordered by coder."""

    record: str
    codings: Sequence[tuple[str, Any]]

    @property
    def values(self) -> list[Any]:
        return [value for _, value in self.codings]


async def _coder_agreement(request: ReportRequest) -> ReportRows:
    query = request.query
    violations = [
        *unknown_collections(request.reader, query.collection or [], parameter="collection"),
        *_unknown_fields(query.field or []),
        *await _unknown_coders(request.reader, query.coder or []),
    ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    records = RecordParameters(request.reader)
    processes = await records.find("process", query.process, "processes")
    records.raise_errors()
    found = await fetch_report(request, coded_points(), processes, query.collection, query.field, query.coder)
    # All codings of a database are compared, which may take longer than other requests should wait.
    rows = await asyncio.to_thread(_rows, found.rows)
    return ReportRows(rows, found.revision, found.at)


def _unknown_fields(fields: Iterable[str]) -> list[Violation]:
    known = stored_fields()
    return [
        Violation(f"No record has the field {quoted(field)}.", parameter="field", hint=allowed_hint(field, known))
        for field in fields
        if field not in known
    ]


async def _unknown_coders(reader: Reader, coders: list[str]) -> list[Violation]:
    """An error for each coder without codings at the clocks and now; if there are no codings at all, the answer says so."""
    head = reader.without_known_by().at_head()
    async with head.connection() as connection:
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM coding)"):
            return []
    now, found = [
        [unknown.violation for unknown in await find_unknown_rows(one, "coding", "coder", coders, "coder")]
        for one in (head, reader)
    ]
    return [violation for violation in found if violation.message in {one.message for one in now}]


def _rows(points: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the report. `points`: ordered by collection and field."""
    return [
        _row(collection, field, [_Point(f"{collection}/{point['slug']}", point["codings"]) for point in several])
        for (collection, field), several in groupby(points, key=lambda point: (point["collection"], point["field"]))
    ]


def _row(collection: str, field: str, points: Sequence[_Point]) -> dict[str, Any]:
    twice = [point for point in points if len(point.codings) > 1]
    units = [point.values for point in twice]
    pairs, agreeing = count_pairs(units)
    kappa_value, kappa_reason = _kappa(twice)
    alpha, alpha_reason = _stated(nominal_alpha(units), twice)
    scale, are_numbers = _scale_of(collection, field)
    placed = [_places(unit, scale, are_numbers) for unit in units]
    ordinal, ordinal_reason = _stated(ordinal_alpha(placed), [unit for unit in placed if len(unit) > 1])
    interval, interval_reason = _stated(interval_alpha(placed), twice) if are_numbers else (None, Undefined.NOT_NUMBERS)
    if scale is None and not are_numbers:
        ordinal, ordinal_reason = None, Undefined.NOT_ORDERED
    return {
        "collection": collection,
        "field": field,
        "coders": sorted({coder for point in points for coder, _ in point.codings}),
        "codings": sum(len(point.codings) for point in points),
        "points": len(points),
        "doubly_coded": len(twice),
        "pairs": pairs,
        "agreeing_pairs": agreeing,
        "agreement": round(agreeing / pairs, 6) if pairs else None,
        "unanimous": sum(len(set(unit)) == 1 for unit in units),
        "kappa": kappa_value,
        "kappa_reason": kappa_reason,
        "alpha": alpha,
        "alpha_reason": alpha_reason,
        "alpha_ordinal": ordinal,
        "alpha_ordinal_reason": ordinal_reason,
        "off_scale": sum(map(len, units)) - sum(map(len, placed)) if scale is not None else 0,
        "alpha_interval": interval,
        "alpha_interval_reason": interval_reason,
        "disagreements": _disagreements(twice),
        "records": [point.record for point in twice],
        "coded_once": [point.record for point in points if len(point.codings) == 1],
    }


def _kappa(points: Sequence[_Point]) -> tuple[float | None, Undefined | None]:
    if points and len({coder for point in points for coder, _ in point.codings}) != 2:
        return None, Undefined.NOT_TWO_CODERS
    return _stated(kappa([(point.values[0], point.values[1]) for point in points]), points)


def _stated(coefficient: float | None, units: Sequence[object]) -> tuple[float | None, Undefined | None]:
    """A coefficient with six decimal places, and the reason why it is null. `units`: those with at least two values."""
    if coefficient is not None:
        return round(coefficient, 6), None
    return None, Undefined.ONE_VALUE_ONLY if units else Undefined.NO_POINT_CODED_TWICE


def _scale_of(collection: str, field: str) -> tuple[Mapping[str, int | None] | None, bool]:
    """The places of the terms of a field (None = its values have no order), and whether its values are numbers."""
    terms, are_numbers = kind_of_values(collection, field)
    return None if terms is None else _ORDERS.get(terms), are_numbers


def _places(unit: Sequence[Any], scale: Mapping[str, int | None] | None, are_numbers: bool) -> list[float]:
    if are_numbers:
        return list(unit)
    return [place for value in unit if (place := (scale or {}).get(value)) is not None]


def _disagreements(points: Iterable[_Point]) -> list[dict[str, Any]]:
    found: dict[tuple[tuple[str, Any], tuple[str, Any]], list[str]] = {}
    for point in points:
        for first, second in combinations(map(tuple, point.codings), 2):
            if first[1] != second[1]:
                found.setdefault((first, second), []).append(point.record)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), str(item[0])))
    return [
        {
            "first": {"coder": first[0], "value": first[1]},
            "second": {"coder": second[0], "value": second[1]},
            "count": len(records),
            "records": records,
        }
        for (first, second), records in ordered
    ]


CODER_AGREEMENT = Report(
    name="CoderAgreements",
    operation="listCoderAgreement",
    path="/reports/coder-agreement",
    tag="reports",
    summary="Measure how far coders agree",
    about="For each field that coders coded: how many records two or more of them coded, their raw agreement, Cohen's kappa,"
    " Krippendorff's alpha, and the pairs of values on which they differ. The codings are the `codings` of the records.",
    example="/v1/reports/coder-agreement?process=russia-ukraine&field=/stance",
    query=CoderAgreementQuery,
    row=CoderAgreement,
    fetch=_coder_agreement,
    extra=ReasonOfAnswer,
    causes=Causes((), NoRows.NO_CODINGS),
    collections=COUNTS.collections,
    data="The coded fields, ordered by collection and field.",
)
