"""The endpoint that returns what data sets state about a record. Each statement is stored separately from the record,
even after a merge."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from app.db.vocabulary import Scope
from app.domain.texts import Line
from app.errors import ApiError, ProblemType, Violation, count_errors, nearest, quoted
from app.resources.state import writer_of
from app.web.access import Principal, require
from app.web.problem_responses import problems
from app.writing import data_set_statements
from app.writing.constraint_errors import translated
from app.writing.data_set_statements import Statement
from app.writing.writer import Writer


class StatementQuery(BaseModel):
    """Query parameters that select the record and the data set."""

    record: Line = Field(
        description="The record, as `collection/slug` or `collection/id`.",
        examples=["agreements/prisoner-exchange-2025-06-02"],
    )
    data_set: Line | None = Field(
        None, description="Only the statement of the data set of this profile.", examples=["pax"]
    )


class StatementView(BaseModel):
    """What one data set last stated about the record."""

    data_set: str = Field(description="Name of the profile that reads the data set.", examples=["pax"])
    collection: str = Field(description="The collection of the record.", examples=["agreements"])
    key: str = Field(description="The record's key in the data set.", examples=["pax-agreement-864"])
    identifier: str | None = Field(
        description="External id that identifies the record in the data set; null = only the key identifies it.",
        examples=["pax-agreement:864"],
    )
    is_stated: bool = Field(description="Whether the newest file of the data set contains the record.", examples=[True])
    is_merged: bool = Field(
        description="Whether the statement was about another record, which was merged into this one.", examples=[False]
    )
    first_revision: int = Field(description="Revision with the first statement of the data set.", examples=[42])
    body: dict[str, Any] | None = Field(
        description="The record that the profile made from the file. It mentions other records by the data set's own"
        " keys. null = the newest file of the data set does not contain the record. The stored record may differ,"
        " because other data sets and editors change it, too.",
        examples=[{"title": "Strelsau Accord"}],
    )


class Statements(BaseModel):
    """What data sets state about one record."""

    data: list[StatementView] = Field(
        description="The statements, the oldest first; empty = no data set contains the record."
    )


router = APIRouter(prefix="/v1", tags=["imports"])


@router.get(
    "/statements",
    operation_id="listStatements",
    summary="List the statements of data sets about a record",
    responses=problems(
        ProblemType.UNAUTHORIZED,
        ProblemType.FORBIDDEN,
        ProblemType.NOT_FOUND,
        ProblemType.INVALID,
        ProblemType.UNAVAILABLE,
    ),
)
async def list_statements(
    request: Request,
    query: Annotated[StatementQuery, Query()],
    _: Annotated[Principal, Depends(require(Scope.READ))],
) -> Statements:
    """Returns what each imported data set last stated about a record, including statements about records that were
    merged into this record. A later file of a data set changes only values that the data set stated itself. The current
    statements are returned; `as_of` does not apply.

    Example: `GET /v1/statements?record=agreements/prisoner-exchange-2025-06-02`
    """
    writer: Writer = writer_of(request)
    collection, slash, key = query.record.strip("/").removeprefix("v1/").partition("/")
    if collection not in writer.kinds or not slash or not key:
        near = nearest(collection, writer.kinds)
        hint = f"Did you mean '{near}/…'?" if near and slash else "For example: `record=agreements/pax-agreement-864`."
        violation = Violation(
            f"`record` must be collection/slug; got {quoted(query.record, 100)}", parameter="record", hint=hint
        )
        raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
    with translated():
        async with writer.engine.connect() as connection, connection.begin():
            known = await writer.found(connection, collection, key)
            stated = (await data_set_statements.by_records(connection, [known.id])).get(known.id, [])
    views = [_view(statement) for statement in stated if query.data_set in (None, statement.data_set)]
    return Statements(data=views)


def _view(statement: Statement) -> StatementView:
    return StatementView(
        data_set=statement.data_set,
        collection=statement.collection,
        key=statement.key,
        identifier=statement.identifier,
        is_stated=statement.body is not None,
        is_merged=not statement.is_native,
        first_revision=statement.first_since,
        body=statement.body,
    )
