"""What clients send, as JSON in a form or in the address: batches of queries, and of records to extend."""

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from app.domain.types import Line, Number
from app.errors import ApiError, ProblemType, Violation, nearest
from app.reconcile.entities import PROPERTIES, TYPES
from app.web.json_body import parse_object
from app.web.routing import count_of
from app.web.validation import pointer, violations_of_body

#: The largest batch; OpenRefine reads it in the manifest. Larger ones are 413.
BATCH = 100
MOST_ROWS = 500
FORM = "application/x-www-form-urlencoded"

Text = Annotated[str, Field(max_length=500)]


class Mentioned(BaseModel):
    """A value that is a record itself, perhaps matched before."""

    model_config = ConfigDict(extra="ignore")

    id: Text = Field(description="Its id.", examples=["parties/ukraine"])
    name: Text | None = Field(None, description="Its name.", examples=["Ukraine"])


Value = Text | StrictBool | Number | Mentioned


class Demanded(BaseModel):
    """A property that the record should have."""

    model_config = ConfigDict(extra="forbid")

    pid: Line = Field(description="The property, or a scheme of identifiers.", examples=["country"])
    v: Value | Annotated[list[Value], Field(max_length=50)] | None = Field(
        description="Its value, or several.", examples=["UA"]
    )

    @property
    def values(self) -> list[Any]:
        given = self.v if isinstance(self.v, list) else [self.v]
        plain = [one.model_dump() if isinstance(one, Mentioned) else one for one in given]
        return [one for one in plain if one is not None and one != ""]


class Strictness(StrEnum):
    ANY = "any"
    SHOULD = "should"
    ALL = "all"


class Asked(BaseModel):
    """One query of a batch."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, Field(min_length=1, max_length=300)] | None = Field(
        None, description="The name to match.", examples=["Umierov"]
    )
    type: Text | Annotated[list[Text], Field(max_length=20)] | None = Field(
        None, description="Only records of these types.", examples=["people"]
    )
    type_strict: Strictness | None = Field(
        None, description="`all`: of all the types at once; else of any.", examples=["any"]
    )
    limit: Annotated[int, Field(ge=1)] | None = Field(
        None, description="How many candidates; 50 at most are sent.", examples=[5]
    )
    properties: Annotated[list[Demanded], Field(max_length=20)] = Field(
        default_factory=list,
        description="Properties that the record should have.",
        examples=[[{"pid": "party", "v": "Ukraine"}]],
    )

    @property
    def types(self) -> list[str]:
        """The types that a candidate may have; none where it should be of two at once, which no record is."""
        given = [self.type] if isinstance(self.type, str) else list(dict.fromkeys(self.type or ()))
        if self.type_strict is Strictness.ALL and len(given) > 1:
            return []
        return given or list(TYPES)


class Wished(BaseModel):
    """A property whose values are wanted."""

    model_config = ConfigDict(extra="forbid")

    id: Line = Field(description="The property, or a scheme of identifiers.", examples=["wikidata"])
    settings: dict[str, Any] = Field(
        default_factory=dict, description="`limit`: how many values at most.", examples=[{"limit": 1}]
    )


class Extending(BaseModel):
    """Records and the properties of them that are wanted."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[Text], Field(max_length=MOST_ROWS)] = Field(
        description="Ids of records.", examples=[["people/rustem-umerov"]]
    )
    properties: Annotated[list[Wished], Field(min_length=1, max_length=30)] = Field(
        description="The properties.", examples=[[{"id": "post"}]]
    )


class ReconcileForm(BaseModel):
    """The form of a POST: one of the two."""

    queries: str | None = Field(
        None, description="A batch of queries, as JSON.", examples=['{"q0": {"query": "Umierov", "type": "people"}}']
    )
    extend: str | None = Field(
        None,
        description="Records and properties, as JSON.",
        examples=['{"ids": ["people/rustem-umerov"], "properties": [{"id": "post"}]}'],
    )


async def read_form(request: Request, max_bytes: int) -> dict[str, str]:
    """The fields of a form. Raises ApiError: not a form, too large, unreadable, unknown or repeated fields."""
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
        raise ApiError(ProblemType.MALFORMED, "The body is not a form in UTF-8.") from None
    fields = list(ReconcileForm.model_fields)
    violations = [
        Violation(f"There is no field '{name[:100]}' here.", parameter=name[:100], hint="Send `queries` or `extend`.")
        for name, _ in pairs
        if name not in fields
    ]
    if len(pairs) != 1 and not violations:
        violations.append(Violation("Send one field.", parameter="queries", hint="`queries` or `extend`, once."))
    if violations:
        raise ApiError(ProblemType.INVALID, count_of(violations), violations)
    return dict(pairs)


def parse_queries(text: str) -> dict[str, Asked]:
    """A batch of queries. Raises ApiError with all faults, at their places in that JSON."""
    sent = _parsed(text)
    if len(sent) > BATCH:
        raise ApiError(ProblemType.TOO_LARGE, f"The batch has {len(sent)} queries; {BATCH} are taken at once.")
    batch: dict[str, Asked] = _valid(dict[str, Asked], sent)
    violations: list[Violation] = []
    for key, asked in batch.items():
        if asked.query is None and not asked.properties:
            violations.append(
                Violation("A query needs `query` or `properties`.", pointer(key), hint="Send the name to match.")
            )
        given = [asked.type] if isinstance(asked.type, str) else asked.type or []
        violations += (unknown_type(one, pointer(key, "type")) for one in given if one not in TYPES)
    _refuse(violations)
    return batch


def parse_extending(text: str) -> Extending:
    """What to extend. Raises ApiError with all faults."""
    extending: Extending = _valid(Extending, _parsed(text))
    limits = [wished.settings.get("limit", 0) for wished in extending.properties]
    violations = [
        Violation("`limit` is a whole number from 0 on; 0 = all.", pointer("properties", place, "settings", "limit"))
        for place, limit in enumerate(limits)
        if not str(limit).isdecimal() or len(str(limit)) > 6
    ]
    _refuse(violations)
    return extending


def unknown_type(name: str, place: str | None = None, parameter: str | None = None) -> Violation:
    near = nearest(name, TYPES)
    hint = f"Did you mean '{near}'?" if near else f"The types are {', '.join(TYPES)}."
    return Violation(f"There is no type '{name[:100]}'.", place, parameter, hint)


def unknown_property(name: str, place: str) -> Violation:
    near = nearest(name, PROPERTIES)
    hint = f"Did you mean '{near}'?" if near else f"The properties are {', '.join(PROPERTIES)}, and schemes in use."
    return Violation(f"There is no property '{name[:100]}'.", place, hint=hint)


def _parsed(text: str) -> dict[str, Any]:
    return parse_object(text.encode("utf-8", "surrogatepass"))


def _valid(model: Any, sent: Any) -> Any:
    try:
        return TypeAdapter(model).validate_python(sent)
    except ValidationError as error:
        _refuse(violations_of_body(error, model, sent))
        raise


def _refuse(violations: list[Violation]) -> None:
    if violations:
        raise ApiError(ProblemType.INVALID, count_of(violations), violations)
