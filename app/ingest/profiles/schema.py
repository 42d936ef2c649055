"""What a profile says. A profile is data: whoever adds a data set writes YAML, and no Python."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from typing_extensions import TypeAliasType

from app.scalars import Line, Prose, Slug, WebAddress

#: `{name}` or `{name|slug}` in a text.
PLACEHOLDER = re.compile(r"\{(\w+)(?:\|(\w+))?\}")
FILTERS = ("slug", "lower", "digest")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Column(_Strict):
    """A column of the table, under the name by which the profile speaks of it."""

    header: list[Line] = Field(
        min_length=1,
        description="Its headers, in all releases; letters' case and blanks at the ends do not matter.",
        examples=[["med_location - MULTISELECT", "med_location"]],
    )
    is_needed: bool = Field(
        False, description="Whether a file without it is refused; else its values are unknown.", examples=[True]
    )
    split: Annotated[str, Field(min_length=1, max_length=3)] | None = Field(
        None, description="What stands between the values of a cell; null = a cell is one value.", examples=[";"]
    )
    unknown: list[str] = Field(
        default_factory=list, description="Values that stand for “unknown”: they become null.", examples=[["NL", "-99"]]
    )
    odd: dict[str, Prose] = Field(
        default_factory=dict,
        description="Values that do not belong there, and what is to be said of each: it becomes null, with a warning.",
        examples=[{"Virtual": "A virtual meeting has no coordinates"}],
    )
    caution: Prose | None = Field(
        None,
        description="What to say, once a file, of a header that misleads; null = nothing.",
        examples=["It holds ids of persons, whatever its name says"],
    )


class ReadAs(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    DATE = "date"
    COUNTRY = "country"
    ADDRESS = "address"
    CODE = "code"


class Cell(_Strict):
    """The value of a cell. One that cannot be read so becomes null, with a warning."""

    from_: Annotated[list[str], Field(min_length=1)] = Field(
        alias="from",
        description="The column; of a date also three: year, month, day.",
        examples=[["year", "month", "day"]],
    )
    read: ReadAs = Field(ReadAs.TEXT, description="How it is read.", examples=["date"])
    pattern: Line | None = Field(
        None,
        description="How a date in one column is written: YYYY, MM and DD; unknown parts are XX, 00 or 99.",
        examples=["DD/MM/YYYY"],
    )
    cut: Line | None = Field(
        None, description="Regular expression for the part of the cell that is read.", examples=["^[A-Z]+"]
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
        if isinstance(given, dict) and isinstance(given.get("from"), str):
            return {**given, "from": [given["from"]]}
        return given

    @model_validator(mode="after")
    def _fits(self) -> "Cell":
        if (self.read is ReadAs.CODE) != (self.codes is not None):
            raise ValueError("`read: code` and `codes` go together")
        if self.pattern is not None and self.read is not ReadAs.DATE:
            raise ValueError("`pattern` belongs to `read: date`")
        if len(self.from_) > 1 and (self.read is not ReadAs.DATE or len(self.from_) != 3 or self.pattern):
            raise ValueError("several columns make a date only: year, month, day, without `pattern`")
        try:
            re.compile(self.cut or "")
        except re.error as error:
            raise ValueError(f"`cut` is no regular expression: {error}") from None
        return self


class First(_Strict):
    """The first of several values that is known."""

    first: list["Value"] = Field(min_length=1)


class Each(_Strict):
    """A list: an entry for each of the values that columns hold side by side."""

    each: list[str] = Field(min_length=1)
    make: "Value"
    only_if_one: str | None = None


class Joined(_Strict):
    """A list put together from several; what is unknown is left out."""

    joined: list["Value"] = Field(min_length=1)


def _form(value: Any) -> str:
    # The sign keeps the forms apart from the keys of a profile, among which Pydantic names them in a fault's place.
    if isinstance(value, str):
        return "$text"
    if isinstance(value, list):
        return "$list"
    if not isinstance(value, dict | BaseModel):
        return "$constant"
    for sign, model in (("from", Cell), ("first", First), ("each", Each), ("joined", Joined)):
        if isinstance(value, model) or (isinstance(value, dict) and sign in value):
            return f"${sign}"
    return "$object"


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
            | Annotated[list["Value"], Tag("$list")]
            | Annotated[dict[str, "Value"], Tag("$object")],
            Discriminator(_form),
        ],
    )


class Codes(_Strict):
    """A code list: what the words of the data set are here. The raw word is kept in `coded_from`."""

    words: dict[str, str | None] = Field(description="Their word and ours; null: none of ours, and no warning.")
    otherwise: str | None = Field(None, description="Ours for all other words, with a warning; null = unknown.")
    is_partial: bool = Field(
        False, description="Whether it speaks of these words only: of others it says nothing, and warns of none."
    )


class Rule(_Strict):
    """A record that a row makes, or several of them. Rows whose records have one slug speak of one record."""

    collection: str
    each: list[str] = Field(default_factory=list, description="Columns side by side, of whose entries each makes one.")
    when: dict[str, list[str]] = Field(default_factory=dict, description="Values that columns must have.")
    needs: list[str] = Field(default_factory=list, description="Columns without which there is no record.")
    is_the_row: bool = Field(
        False,
        description="Whether the row is this record: one that makes none is a fault, and a second row of the same slug"
        " is told, and not taken.",
    )
    body: dict[str, Value] = Field(description="The body, as POST takes it; its `slug` tells the record from others.")


class Doubt(_Strict):
    """What is said of a row in which columns have certain values."""

    when: dict[str, list[str]] = Field(min_length=1)
    column: str
    message: Prose
    hint: Prose | None = None


class Profile(_Strict):
    """How a foreign table becomes records."""

    format: Literal["parley-profile/1"]
    name: Slug
    title: Line
    about: Prose
    homepage: WebAddress | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encodings: list[Literal["utf-8", "windows-1252", "iso-8859-1"]] = Field(default=["utf-8"], min_length=1)
    schemes: list[Slug] = Field(default_factory=list)
    columns: dict[str, Column]
    passed_over: dict[str, Prose] = Field(default_factory=dict)
    codes: dict[str, Codes] = Field(default_factory=dict)
    records: list[Rule] = Field(min_length=1)
    doubts: list[Doubt] = Field(default_factory=list)

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "Profile":
        wrong = [*self._unknown_names(), *self._doubled_headers()]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _unknown_names(self) -> Iterator[str]:
        for number, rule in enumerate(self.records):
            used = [*rule.each, *rule.when, *rule.needs, *names_in(rule.body)]
            yield from (f"/records/{number}: no column is called {n!r}" for n in used if n not in self.columns)
            slug = rule.body.get("slug")
            if slug is None:
                yield f"/records/{number}/body: without a `slug` rows that speak of one record cannot be joined"
            for cell in cells_in(rule.body):
                if cell.codes is not None and cell.codes not in self.codes:
                    yield f"/records/{number}: no code list is called {cell.codes!r}"
            for name in filters_in(rule.body):
                if name not in FILTERS:
                    yield f"/records/{number}: no filter is called {name!r}; there are {', '.join(FILTERS)}"
        for number, doubt in enumerate(self.doubts):
            used = [doubt.column, *doubt.when]
            yield from (f"/doubts/{number}: no column is called {n!r}" for n in used if n not in self.columns)

    def _doubled_headers(self) -> Iterator[str]:
        bearers: dict[str, str] = {}
        headers = [(name, header) for name, column in self.columns.items() for header in column.header]
        for name, header in (*headers, *(("passed_over", header) for header in self.passed_over)):
            if (other := bearers.setdefault(plain(header), name)) != name:
                yield f"/columns: the header {header!r} stands at {other!r} and at {name!r}"


def plain(header: str) -> str:
    """A header as it is compared: blanks and the case of letters drift between releases."""
    return " ".join(header.split()).casefold()


def _parts(value: Any) -> Iterator[Any]:
    """A value and all values in it."""
    yield value
    if isinstance(value, dict):
        inner: Any = value.values()
    elif isinstance(value, list):
        inner = value
    elif isinstance(value, First):
        inner = value.first
    elif isinstance(value, Joined):
        inner = value.joined
    elif isinstance(value, Each):
        inner = [value.make]
    else:
        return
    for one in inner:
        yield from _parts(one)


def cells_in(value: Any) -> Iterator[Cell]:
    """All cells that a value is made of, at any depth."""
    return (part for part in _parts(value) if isinstance(part, Cell))


def filters_in(value: Any) -> Iterator[str]:
    """All filters that texts of a value use."""
    for part in _parts(value):
        if isinstance(part, str):
            yield from (found[2] for found in PLACEHOLDER.finditer(part) if found[2])


def names_in(value: Any) -> Iterator[str]:
    """All columns that a value is made of, by the profile's names."""
    for part in _parts(value):
        if isinstance(part, str):
            yield from (found[1] for found in PLACEHOLDER.finditer(part))
        elif isinstance(part, Cell):
            yield from part.from_
        elif isinstance(part, Each):
            yield from part.each
            if part.only_if_one is not None:
                yield part.only_if_one
