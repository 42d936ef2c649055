"""Parameters and schemas that several reports share, and how a report finds its process."""

import json
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from app.errors import ApiError, ProblemType, Violation, count_errors
from app.reading.known_by import KnownBy, day_of
from app.reading.query import ClockQuery, DetailQuery
from app.reading.reader import Reader
from app.reading.record_parameters import unknown_account, unknown_record
from app.reading.single_records import FoundRecord, MovedRecord, read_record
from app.reading.unknown_names import find_record_error
from app.reports import descriptions
from app.reports.points import InheritedOptions, PointOptions
from app.reports.stances import IssueTree, StanceTable
from app.resources.evidence import EvidenceOptions
from app.resources.report import ReportOptions

#: Collections whose changes may change a report about stances.
COLLECTIONS = (
    "processes",
    "proposals",
    "demands",
    "responses",
    "agreements",
    "parties",
    "issues",
    "talks",
    "citations",
)


class DayOptions(ClockQuery, PointOptions, EvidenceOptions, ReportOptions):
    """Parameters of reports about what was said up to a day."""

    on: KnownBy | None = Field(
        None,
        description="The day of the positions; for a month or a year, its last day. The default is the day of `known_by`, else"
        " today.",
        examples=["2025-06-05"],
    )

    @property
    def day(self) -> date | None:
        return day_of(self.on) if self.on else None


class StanceOptions(DayOptions, InheritedOptions):
    """Parameters of reports about the positions of parties."""


class PartyName(BaseModel):
    """A party."""

    slug: str = Field(description=descriptions.PARTY, examples=["russia"])
    name: str = Field(description="The name of the party.", examples=["Russia"])
    kind: str = Field(description="The kind of actor.", examples=["state"])


class IssueName(BaseModel):
    """An issue."""

    code: str = Field(description="The code of the issue.", examples=["EXTL.NEUTRALITY"])
    label: str = Field(description="The label of the issue.", examples=["Neutrality"])
    level: int = Field(description="The level in the hierarchy, 0 = the top.", examples=[1])


def party_name(table: StanceTable, slug: str) -> dict[str, Any]:
    name, kind = table.parties[slug]
    return {"slug": slug, "name": name, "kind": kind}


def issue_name(issues: IssueTree, code: str | None) -> dict[str, Any] | None:
    return None if code is None else {"code": code, "label": issues.labels[code], "level": issues.level(code)}


async def find_records(reader: Reader, *named: tuple[str, str, str]) -> list[str]:
    """The slugs of the records that parameters name, and the codes of issues. `named`: collection, key and parameter.
    Accounts are checked and not returned.

    Raises ApiError with an error for each record that is not found: 422 if one of them never existed, otherwise as a read
    of the first would."""
    found: list[str] = []
    errors: list[ApiError] = []
    for collection, key, parameter in named:
        try:
            name = await _find_name(reader, collection, key, parameter)
            found += [] if collection == "accounts" else [name]
        except ApiError as error:
            errors.append(error)
    if not errors:
        return found
    violations = [violation for error in errors for violation in error.violations]
    invalid = [error for error in errors if error.kind is ProblemType.INVALID]
    if invalid:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    raise ApiError(errors[0].kind, errors[0].detail, violations)


async def _find_name(reader: Reader, collection: str, key: str, parameter: str) -> str:
    if collection == "accounts":
        if violation := await unknown_account(reader, parameter, key):
            raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
        return key
    found = await _find(reader, collection, key, parameter, "code" if collection == "issues" else "slug")
    if collection != "issues":
        return found.slug
    if isinstance(found, MovedRecord):
        return await _find_name(reader, collection, found.slug, parameter)
    code: str = json.loads(found.body)["code"]
    return code


async def _find(reader: Reader, collection: str, key: str, parameter: str, field: str) -> FoundRecord | MovedRecord:
    try:
        return await read_record(reader, collection, key, DetailQuery(fields=[field]))
    except ApiError as error:
        if error.kind is ProblemType.NOT_FOUND and not await find_record_error(reader, collection, key):
            violation = await unknown_record(reader, parameter, collection, key)
            raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation]) from None
        raise ApiError(error.kind, error.detail, [Violation(error.detail, parameter=parameter)]) from None
