"""The forms of a value in a profile: how it is made of cells."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from typing_extensions import TypeAliasType

from app.domain.types import Line
from app.ingest.profiles.expressions import check
from app.web.validation import pointer

#: `{name}` or `{name|slug}` in a text; a code list is a filter, too: `{name|list}` is what it has for the cell.
PLACEHOLDER = re.compile(r"\{(\w+)(?:\|(\w+))?\}")
FILTERS = ("slug", "lower", "digest")


#: The parts of a date in a pattern.
DATE_PARTS = ("YYYY", "YY", "MON", "MM", "DD")


def is_date_pattern(pattern: str) -> bool:
    """Whether it says where the year stands, and a day only beside its month."""
    parts = re.findall(rf"{'|'.join(DATE_PARTS)}|[A-Za-z]+", pattern)
    plain = sorted({"YY": "YYYY", "MON": "MM"}.get(part, part) for part in parts)
    return plain in (["YYYY"], ["MM", "YYYY"], ["DD", "MM", "YYYY"])


def has_short_year(pattern: str) -> bool:
    """Whether its year has two digits."""
    return "YYYY" not in pattern and "YY" in pattern


class Strict(BaseModel):
    """The base of all that a profile says: what it does not know is a fault."""

    model_config = ConfigDict(extra="forbid")


class ReadAs(StrEnum):
    """How a cell is read."""

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


def or_one(schema: dict[str, Any]) -> None:
    """One column, or pattern, is written without its list."""
    about = ("description", "examples", "title", "default")
    whole = {name: schema.pop(name) for name in list(schema) if name not in about}
    schema["anyOf"] = [{"type": "string"}, *whole.get("anyOf", [whole])]


class Cell(Strict):
    """The value of a cell. One that cannot be read so becomes null, with a warning."""

    from_: Annotated[list[str], Field(min_length=1)] = Field(
        alias="from",
        description="The column; of a date also three: year, month, day.",
        examples=["since", ["year", "month", "day"]],
        json_schema_extra=or_one,
    )
    read: ReadAs = Field(ReadAs.TEXT, description="How it is read.", examples=["date"])
    pattern: Annotated[list[Line], Field(min_length=1, max_length=20)] | None = Field(
        None,
        description="How a date in one column is written: YYYY, MM and DD, or YY for a year of two digits, MON for the"
        " name of a month in English (`Jul`, `July`); unknown parts are XX, 00 or 99. Of several patterns the first in"
        " which the cell is a date is taken, and a warning says when there is none. null = YYYY-MM-DD.",
        examples=["DD/MM/YYYY", ["YYYY-MM-DD", "DD/MM/YYYY"], ["DD MON YYYY"]],
        json_schema_extra=or_one,
    )
    years_from: int | None = Field(
        None,
        ge=0,
        le=9900,
        description="The first of the hundred years in which a year of two digits (YY) lies: with 1950, `50` is 1950 and"
        " `49` is 2049.",
        examples=[1950],
    )
    cut: Line | None = Field(
        None,
        description="Regular expression (RE2) for the part of the cell that is read; with a group, what the first group"
        " matches. Of a cell of more than 2,000 characters nothing is read.",
        examples=["^[A-Z]+", r"^(.*) \([0-9/]+\)$"],
    )
    codes: str | None = Field(None, description="The code list by which it is read.", examples=["party_kind"])
    until: int | None = Field(
        None, ge=1, description="Only so many of its first characters; `after` has the rest.", examples=[20000]
    )
    after: int | None = Field(
        None, ge=1, description="Only what comes after so many characters; null = all.", examples=[20000]
    )

    @model_validator(mode="before")
    @classmethod
    def _one_column(cls, given: Any) -> Any:
        if isinstance(given, dict):
            single = {name: [given[name]] for name in ("from", "pattern") if isinstance(given.get(name), str)}
            return {**given, **single} if single else given
        return given

    @model_validator(mode="after")
    def _fits(self) -> "Cell":
        if (self.read is ReadAs.CODE) != (self.codes is not None):
            raise ValueError("`read: code` and `codes` go together")
        if self.pattern is not None and self.read is not ReadAs.DATE:
            raise ValueError("`pattern` belongs to `read: date`")
        for pattern in self.pattern or ():
            if not is_date_pattern(pattern):
                raise ValueError(
                    f"{pattern[:60]!r} is no pattern of a date: it is made of YYYY (or YY), MM (or MON) and DD, each"
                    " once, and the signs between them, as in DD/MM/YYYY"
                )
        if any(map(has_short_year, self.pattern or ())) != (self.years_from is not None):
            raise ValueError(
                "a year of two digits (YY in `pattern`) and `years_from` go together: with years_from: 1950, 49 is 2049"
            )
        if len(self.from_) > 1 and (self.read is not ReadAs.DATE or len(self.from_) != 3 or self.pattern):
            raise ValueError("several columns make a date only: year, month, day, without `pattern`")
        if self.cut is not None:
            check(self.cut)
        return self


class First(Strict):
    """The first of several values that is known."""

    first: list["Value"] = Field(min_length=1, description="The ways to make it, in order.")


class Each(Strict):
    """A list: an entry for each of the values that columns hold side by side."""

    each: list[str] = Field(
        min_length=1,
        description="The columns; the first leads. In `make` these names stand for the entry.",
        examples=[["person", "person_id"]],
    )
    make: "Value" = Field(description="An entry. Equal ones are taken once, with a warning (`twice`).")
    only_if_one: str | None = Field(
        None,
        description="A column that must hold one value in the row; else the list is unknown. null = no condition.",
        examples=["third_party"],
    )


class Greatest(Strict):
    """The greatest whole number that columns hold; one that is none of those allowed is left out, with a warning."""

    greatest: list[str] = Field(min_length=1, description="The columns, or families of them.", examples=[["ceas"]])
    words: dict[str, int] = Field(
        default_factory=dict, description="Words that stand for a number.", examples=[{"True": 1}]
    )
    at_least: int = Field(description="The least number that is allowed.", examples=[1])
    at_most: int = Field(description="The greatest number that is allowed.", examples=[3])


class If(Strict):
    """A value under a condition."""

    if_: "Value" = Field(alias="if", description="The condition: it holds where this is known, and not false.")
    then: "Value" = Field(description="The value where it holds.")
    else_: "Value" = Field(None, alias="else", description="The value where it does not; null = unknown.")


class Joined(Strict):
    """A list put together from several; what is unknown is left out."""

    joined: list["Value"] = Field(min_length=1, description="The lists, in order.")


def form_of(value: Any) -> str:
    """The form of a value, behind a sign: `$from`, `$list`."""
    # The sign keeps the forms apart from the keys of a profile, among which Pydantic names them in a fault's place.
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


#: The forms of a value that are objects, by the key that only they have.
FORMS: dict[str, type[Strict]] = {
    "from": Cell,
    "first": First,
    "each": Each,
    "joined": Joined,
    "greatest": Greatest,
    "if": If,
}


def _no_form(schema: dict[str, Any]) -> None:
    """An object with a key of these is that form, and no object."""
    schema["propertyNames"] = {"not": {"enum": list(FORMS)}}


if TYPE_CHECKING:
    # The checker does not follow an alias through the models that stand in it.
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
            | Annotated[dict[str, "Value"], Tag("$object"), Field(json_schema_extra=_no_form)],
            Discriminator(form_of),
        ],
    )


def parts_of(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """A value and all values in it, at any depth, each with its JSON Pointer."""
    yield at, value
    inner: list[tuple[str | int, Any]] = []
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
        yield from parts_of(one, at + pointer(step))


def columns_of(part: Any) -> list[str]:
    """The columns that one form reads itself, by the profile's names."""
    if isinstance(part, str):
        return [found[1] for found in PLACEHOLDER.finditer(part)]
    if isinstance(part, Cell):
        return part.from_
    if isinstance(part, Greatest):
        return part.greatest
    if isinstance(part, Each):
        return [*part.each, *([part.only_if_one] if part.only_if_one is not None else [])]
    return []


def names_in(value: Any) -> Iterator[str]:
    """All columns that a value is made of."""
    for _, part in parts_of(value):
        yield from columns_of(part)
