"""Parses and validates requests of the reconciliation service: JSON in a form field or a query parameter."""

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from app.domain.texts import Line
from app.domain.types import Number
from app.errors import ApiError, ProblemType, Violation, count_errors, nearest, quoted
from app.reconcile import descriptions
from app.reconcile.entities import PROPERTIES, TYPES
from app.web.json_body import parse_object
from app.web.validation import pointer, violations_of_body

#: Maximum number of queries per batch. OpenRefine reads it from the manifest; a larger batch gets 413.
BATCH = 100
#: Maximum number of records per `extend` request.
MOST_ROWS = 500
FORM = "application/x-www-form-urlencoded"

Text = Annotated[str, Field(max_length=500)]


class RecordValue(BaseModel):
    """A property value that refers to a record, for example one that was matched before."""

    model_config = ConfigDict(extra="ignore")

    id: Text = Field(description=descriptions.ENTITY_ID, examples=["parties/ukraine"])
    name: Text | None = Field(None, description="Name of the record.", examples=["Ukraine"])


Value = Text | StrictBool | Number | RecordValue


class PropertyValue(BaseModel):
    """A property value that candidates should have."""

    model_config = ConfigDict(extra="forbid")

    pid: Line = Field(description="Id of the property, or a scheme of external ids.", examples=["country"])
    v: Value | Annotated[list[Value], Field(max_length=50)] | None = Field(
        description="The value, or a list of values.", examples=["UA"]
    )

    @property
    def values(self) -> list[Any]:
        """The values as plain JSON, without empty values."""
        given = self.v if isinstance(self.v, list) else [self.v]
        plain = [one.model_dump() if isinstance(one, RecordValue) else one for one in given]
        return [one for one in plain if one is not None and one != ""]


class Strictness(StrEnum):
    """How several types in a query are combined."""

    ANY = "any"
    SHOULD = "should"
    ALL = "all"


class BatchQuery(BaseModel):
    """One query of a batch."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, Field(min_length=1, max_length=300)] | None = Field(
        None, description="The name to match.", examples=["Umierov"]
    )
    type: Text | Annotated[list[Text], Field(max_length=20)] | None = Field(
        None, description="Only records of this type, or one of these types.", examples=["people"]
    )
    type_strict: Strictness | None = Field(
        None,
        description="`all`: only records that have all of the types; `any` or `should`: records that have one of the"
        " types.",
        examples=["any"],
    )
    limit: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Maximum number of candidates; values above 50 mean 50. null = 10.", examples=[5]
    )
    properties: Annotated[list[PropertyValue], Field(max_length=20)] = Field(
        default_factory=list,
        description="Property values that candidates should have.",
        examples=[[{"pid": "party", "v": "Ukraine"}]],
    )

    @property
    def types(self) -> list[str]:
        """The types that a candidate may have. Empty if the query requires several types at once, because a record has
        only one."""
        given = [self.type] if isinstance(self.type, str) else list(dict.fromkeys(self.type or ()))
        if self.type_strict is Strictness.ALL and len(given) > 1:
            return []
        return given or list(TYPES)


class RequestedProperty(BaseModel):
    """A property whose values are requested."""

    model_config = ConfigDict(extra="forbid")

    id: Line = Field(description="Id of the property, or a scheme of external ids.", examples=["wikidata"])
    settings: dict[str, Any] = Field(
        default_factory=dict, description="`limit`: maximum number of values; 0 = all.", examples=[{"limit": 1}]
    )


class ExtendRequest(BaseModel):
    """A data extension request: records, and the properties to return for them."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[Text], Field(max_length=MOST_ROWS)] = Field(
        description="Ids of the records.", examples=[["people/rustem-umerov"]]
    )
    properties: Annotated[list[RequestedProperty], Field(min_length=1, max_length=30)] = Field(
        description="The properties to return.", examples=[[{"id": "post"}]]
    )


class ReconcileForm(BaseModel):
    """The form fields of a POST request; send exactly one."""

    queries: str | None = Field(
        None, description=descriptions.QUERIES, examples=['{"q0": {"query": "Umierov", "type": "people"}}']
    )
    extend: str | None = Field(
        None,
        description="A data extension request, as JSON.",
        examples=['{"ids": ["people/rustem-umerov"], "properties": [{"id": "post"}]}'],
    )


async def read_form(request: Request, max_bytes: int) -> dict[str, str]:
    """Read the fields of a form. Raises `ApiError` if the body is not a form, is too large or malformed, or has wrong
    fields."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise ApiError(
            ProblemType.MEDIA_TYPE,
            f"Send Content-Type: {FORM}, with `queries` or `extend`.",
            headers={"Accept-Post": FORM},
        )
    raw = b""
    try:
        async for part in request.stream():
            raw += part
            if len(raw) > max_bytes:
                raise ApiError(ProblemType.TOO_LARGE, f"The body has more than {max_bytes} bytes.")
    except ClientDisconnect:
        raise ApiError(ProblemType.MALFORMED, "The body ended before it was complete.") from None
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise ApiError(ProblemType.MALFORMED, "The body is not a valid form in UTF-8.") from None
    fields = list(ReconcileForm.model_fields)
    violations = [
        Violation(f"Unknown form field {quoted(name, 100)}.", parameter=name[:100], hint="Send `queries` or `extend`.")
        for name, _ in pairs
        if name not in fields
    ]
    if len(pairs) != 1 and not violations:
        message = f"The form must have exactly one field; got {len(pairs)}."
        violations.append(Violation(message, parameter="queries", hint="Send either `queries` or `extend`."))
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    return dict(pairs)


def parse_queries(text: str) -> dict[str, BatchQuery]:
    """Parse a batch of queries. Raises `ApiError` with all violations; their pointers refer to this JSON."""
    sent = _parsed(text)
    if len(sent) > BATCH:
        raise ApiError(ProblemType.TOO_LARGE, f"The batch has {len(sent)} queries; the maximum is {BATCH}.")
    batch: dict[str, BatchQuery] = _valid(dict[str, BatchQuery], sent)
    violations: list[Violation] = []
    for key, query in batch.items():
        if query.query is None and not query.properties:
            hint = "Send the name to match as `query`."
            violations.append(Violation("`query` or `properties` is required.", pointer(key), hint=hint))
        given = [query.type] if isinstance(query.type, str) else query.type or []
        violations += (unknown_type(one, pointer(key, "type")) for one in given if one not in TYPES)
    _raise_if_any(violations)
    return batch


def parse_extend_request(text: str) -> ExtendRequest:
    """Parse a data extension request. Raises `ApiError` with all violations."""
    extend_request: ExtendRequest = _valid(ExtendRequest, _parsed(text))
    limits = [requested.settings.get("limit", 0) for requested in extend_request.properties]
    violations = [
        Violation(
            f"`limit` must be a whole number, 0 or greater; got {quoted(str(limit), 20)}.",
            pointer("properties", place, "settings", "limit"),
            hint="0 returns all values.",
        )
        for place, limit in enumerate(limits)
        if not str(limit).isdecimal() or len(str(limit)) > 6
    ]
    _raise_if_any(violations)
    return extend_request


def unknown_type(name: str, place: str | None = None, parameter: str | None = None) -> Violation:
    """The violation for a type that does not exist."""
    near = nearest(name, TYPES)
    hint = f"Did you mean {quoted(near)}?" if near else f"The types are {', '.join(TYPES)}."
    return Violation(f"Unknown type {quoted(name, 100)}.", place, parameter, hint)


def unknown_property(name: str, place: str) -> Violation:
    """The violation for a property that does not exist."""
    near = nearest(name, PROPERTIES)
    known = f"The properties are {', '.join(PROPERTIES)}, and every scheme of `/v1/schemes`."
    return Violation(
        f"Unknown property {quoted(name, 100)}.", place, hint=f"Did you mean {quoted(near)}?" if near else known
    )


def _parsed(text: str) -> dict[str, Any]:
    return parse_object(text.encode("utf-8", "surrogatepass"))


def _valid(model: Any, sent: Any) -> Any:
    try:
        return TypeAdapter(model).validate_python(sent)
    except ValidationError as error:
        _raise_if_any(violations_of_body(error, model, sent))
        raise


def _raise_if_any(violations: list[Violation]) -> None:
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
