"""The expressions with which a profile builds a value from cells: `from`, `first`, `each`, `joined`, `greatest`, `if`."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from typing_extensions import TypeAliasType

from app.domain.texts import Line
from app.errors import quoted
from app.ingest.profiles.expressions import check_expression
from app.web.validation import pointer

#: `{name}` or `{name|slug}` in a text. A code list can be used as a filter, too: `{name|list}` is the cell translated
#: by the code list.
PLACEHOLDER = re.compile(r"\{(\w+)(?:\|(\w+))?\}")
FILTERS = ("slug", "lower", "digest")


#: The parts of a date in a pattern.
DATE_PARTS = ("YYYY", "YY", "MON", "MM", "DD")


def is_date_pattern(pattern: str) -> bool:
    """Whether the pattern has a year, and a day only together with a month."""
    parts = re.findall(rf"{'|'.join(DATE_PARTS)}|[A-Za-z]+", pattern)
    plain = sorted({"YY": "YYYY", "MON": "MM"}.get(part, part) for part in parts)
    return plain in (["YYYY"], ["MM", "YYYY"], ["DD", "MM", "YYYY"])


def has_short_year(pattern: str) -> bool:
    """Whether the pattern has a two-digit year."""
    return "YYYY" not in pattern and "YY" in pattern


class Strict(BaseModel):
    """Base class of the parts of a profile: unknown keys are rejected."""

    model_config = ConfigDict(extra="forbid")


class ReadAs(StrEnum):
    """How a cell is parsed."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    TRUTH = "truth"
    DATE = "date"
    COUNTRY = "country"
    COUNTRIES = "countries"
    COUNTRY_NAME = "country_name"
    ADDRESS = "address"
    CODE = "code"


def allow_single_string(schema: dict[str, Any]) -> None:
    """Let the JSON Schema also accept a single string in place of a list."""
    about = ("description", "examples", "title", "default")
    whole = {name: schema.pop(name) for name in list(schema) if name not in about}
    schema["anyOf"] = [{"type": "string"}, *whole.get("anyOf", [whole])]


class Cell(Strict):
    """The value of a cell. A cell that cannot be parsed becomes null, with a warning."""

    from_: Annotated[list[str], Field(min_length=1)] = Field(
        alias="from",
        description="The column; for a date also three columns: year, month, day.",
        examples=["since", ["year", "month", "day"]],
        json_schema_extra=allow_single_string,
    )
    read: ReadAs = Field(ReadAs.TEXT, description="How the cell is parsed.", examples=["date"])
    pattern: Annotated[list[Line], Field(min_length=1, max_length=20)] | None = Field(
        None,
        description="Format of a date in one column, made of YYYY, MM and DD, with YY for a two-digit year and MON for the"
        " English name of a month (`Jul`, `July`); unknown parts are XX, 00 or 99. Several patterns are tried in order,"
        " and a cell that fits none becomes null, with a warning. null = YYYY-MM-DD.",
        examples=["DD/MM/YYYY", ["YYYY-MM-DD", "DD/MM/YYYY"], ["DD MON YYYY"]],
        json_schema_extra=allow_single_string,
    )
    years_from: int | None = Field(
        None,
        ge=0,
        le=9900,
        description="First of the hundred years to which a two-digit year (YY) belongs: with 1950, `50` is 1950 and `49`"
        " is 2049.",
        examples=[1950],
    )
    cut: Line | None = Field(
        None,
        description="Regular expression (RE2) for the part of the cell to use: its first group, or the whole match if it"
        " has no group. A cell of more than 2,000 characters becomes null, with a warning.",
        examples=["^[A-Z]+", r"^(.*) \([0-9/]+\)$"],
    )
    codes: str | None = Field(
        None, description="The code list that translates the cell (with `read: code`).", examples=["party_kind"]
    )
    until: int | None = Field(
        None,
        ge=1,
        description="Use only this many characters from the start of the cell; null = all.",
        examples=[20000],
    )
    after: int | None = Field(
        None, ge=1, description="Skip this many characters at the start of the cell; null = none.", examples=[20000]
    )

    @model_validator(mode="before")
    @classmethod
    def _one_column(cls, given: object) -> object:
        if isinstance(given, dict):
            single = {name: [given[name]] for name in ("from", "pattern") if isinstance(given.get(name), str)}
            return {**given, **single} if single else given
        return given

    @model_validator(mode="after")
    def _fits(self) -> "Cell":
        if (self.read is ReadAs.CODE) != (self.codes is not None):
            raise ValueError("`read: code` and `codes` require each other")
        if self.pattern is not None and self.read is not ReadAs.DATE:
            raise ValueError("`pattern` is only allowed with `read: date`")
        for pattern in self.pattern or ():
            if not is_date_pattern(pattern):
                raise ValueError(
                    f"{quoted(pattern, 60)} is not a date pattern: write YYYY (or YY), MM (or MON) and DD, each at most once,"
                    " with the characters between them, as in DD/MM/YYYY"
                )
        if any(map(has_short_year, self.pattern or ())) != (self.years_from is not None):
            raise ValueError(
                "a two-digit year (YY in `pattern`) and `years_from` require each other: with years_from: 1950, 49 is 2049"
            )
        if len(self.from_) > 1 and (self.read is not ReadAs.DATE or len(self.from_) != 3 or self.pattern):
            raise ValueError(
                "several columns in `from` must be year, month and day of a `read: date` without `pattern`"
            )
        if self.cut is not None:
            check_expression(self.cut)
        return self


class First(Strict):
    """The first of several values that is not null."""

    first: list["Value"] = Field(min_length=1, description="The alternatives, in order.")


class Each(Strict):
    """A list with one entry for each value of columns that hold parallel lists."""

    each: list[str] = Field(
        min_length=1,
        description="The columns; the first determines the number of entries. In `make`, each name refers to the single"
        " value of the current entry.",
        examples=[["person", "person_id"]],
    )
    make: "Value" = Field(description="The entry. Duplicates are left out, with a warning (`twice`).")
    only_if_one: str | None = Field(
        None,
        description="A column that must hold exactly one value in the row; otherwise the list is null. null = no condition.",
        examples=["third_party"],
    )


class Greatest(Strict):
    """The greatest whole number in several columns. Numbers outside the bounds are ignored, with a warning."""

    greatest: list[str] = Field(min_length=1, description="The columns, or families of columns.", examples=[["ceas"]])
    words: dict[str, int] = Field(
        default_factory=dict, description="Texts to read as a number.", examples=[{"True": 1}]
    )
    at_least: int = Field(description="Lower bound, inclusive.", examples=[1])
    at_most: int = Field(description="Upper bound, inclusive.", examples=[3])


class If(Strict):
    """A conditional value."""

    if_: "Value" = Field(alias="if", description="The condition: true unless this value is null or false.")
    then: "Value" = Field(description="The value if the condition is true.")
    else_: "Value" = Field(None, alias="else", description="The value if the condition is false.")


class Joined(Strict):
    """A concatenation of lists. Null entries are left out."""

    joined: list["Value"] = Field(min_length=1, description="The lists, in order.")


def form_of(value: object) -> str:
    """Return the tag of a value's form, such as `$from` or `$list`."""
    # Pydantic puts the tag into the location of an error. The `$` distinguishes the tag from the keys of a profile.
    if isinstance(value, str):
        return "$text"
    if isinstance(value, list):
        return "$list"
    if not isinstance(value, dict | BaseModel):
        return "$constant"
    is_object = isinstance(value, dict)
    return next(
        (f"${sign}" for sign, form in FORMS.items() if (is_object and sign in value) or type(value) is form), "$object"
    )


#: The forms of a value that are objects, by their distinguishing key.
FORMS: dict[str, type[Strict]] = {
    "from": Cell,
    "first": First,
    "each": Each,
    "joined": Joined,
    "greatest": Greatest,
    "if": If,
}


def _exclude_forms(schema: dict[str, Any]) -> None:
    """Exclude the distinguishing keys from plain objects in the JSON Schema."""
    schema["propertyNames"] = {"not": {"enum": list(FORMS)}}


if TYPE_CHECKING:
    # Mypy does not follow a recursive alias through Pydantic models.
    Value = Any
else:
    Value = TypeAliasType(
        "Value",
        Annotated[
            Annotated[str, Tag("$text")]
            | Annotated[bool | int | float | None, Tag("$constant")]
            | Annotated[Cell, Tag("$from")]
            | Annotated[First, Tag("$first")]
            | Annotated[Each, Tag("$each")]
            | Annotated[Joined, Tag("$joined")]
            | Annotated[Greatest, Tag("$greatest")]
            | Annotated[If, Tag("$if")]
            | Annotated[list["Value"], Tag("$list")]
            | Annotated[dict[str, "Value"], Tag("$object"), Field(json_schema_extra=_exclude_forms)],
            Discriminator(form_of),
        ],
    )


def nested_values(value: object, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield a value and all values nested in it, each with its JSON Pointer."""
    yield at, value
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    elif isinstance(value, First | Joined):
        name = "first" if isinstance(value, First) else "joined"
        inner = [(name, value.first if isinstance(value, First) else value.joined)]
    elif isinstance(value, Each):
        inner = [("make", value.make)]
    elif isinstance(value, If):
        inner = [("if", value.if_), ("then", value.then), ("else", value.else_)]
    for step, one in inner:
        yield from nested_values(one, at + pointer(step))


def columns_read_by(part: object) -> list[str]:
    """Return the names of the columns that a form reads itself, without its nested values."""
    if isinstance(part, str):
        return [found[1] for found in PLACEHOLDER.finditer(part)]
    if isinstance(part, Cell):
        return part.from_
    if isinstance(part, Greatest):
        return part.greatest
    if isinstance(part, Each):
        return [*part.each, *([part.only_if_one] if part.only_if_one is not None else [])]
    return []


def names_in(value: object) -> Iterator[str]:
    """Yield the names of all columns that a value depends on."""
    for _, part in nested_values(value):
        yield from columns_read_by(part)
