"""What a profile says. A profile is data: whoever adds a data set writes YAML, and no Python."""

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.ingest.profiles.forms import Strict, Value
from app.scalars import Line, Prose, Slug, WebAddress


class _Cells(Strict):
    """What columns say of their cells."""

    unknown: list[str] = Field(
        default_factory=list, description="Values that stand for “unknown”: they become null.", examples=[["NL", "-99"]]
    )
    odd: dict[str, Prose] = Field(
        default_factory=dict,
        description="Values that do not belong there, and what is to be said of each: it becomes null, with a warning.",
        examples=[{"Virtual": "A virtual meeting has no coordinates"}],
    )
    doubtful: dict[str, Prose] = Field(
        default_factory=dict,
        description="Values to be doubted, and what is to be said of each: it is kept, with a warning.",
        examples=[{"2": "Only 0 and 1 are documented"}],
    )
    caution: Prose | None = Field(
        None,
        description="What to say, once a file, of a header that misleads; null = nothing.",
        examples=["It holds ids of persons, whatever its name says"],
    )


class Column(_Cells):
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
    whole: list[str] = Field(
        default_factory=list,
        description="Values in which that stands too, and which are not split.",
        examples=[["Peace, Unity and Development Party"]],
    )


class Family(_Cells):
    """Columns that are alike: the header says of what, the cell how it stands with it.

    The family is a list of the cells that are known; `header_as` is the name by which their headers go, side by side."""

    headers: list[Line] = Field(
        min_length=1, description="The headers of its columns.", examples=[["5201", "5202", "5203"]]
    )
    header_as: str | None = Field(
        None, description="The name by which the headers go; null = they are not spoken of.", examples=["code"]
    )


class Codes(Strict):
    """A code list: what the words of the data set are here. The raw word is kept in `coded_from`."""

    words: dict[str, str | None] = Field(
        default_factory=dict, description="Their word and ours; null: none of ours, and no warning."
    )
    patterns: dict[str, str] = Field(
        default_factory=dict, description="Regular expressions for other words, in order, and our word for each."
    )
    otherwise: str | None = Field(None, description="Ours for all other words, with a warning; null = unknown.")
    keeps_others: bool = Field(False, description="Whether all other words stand for themselves, without a warning.")
    is_partial: bool = Field(
        False, description="Whether it speaks of these words only: of others it says nothing, and warns of none."
    )

    @model_validator(mode="after")
    def _fits(self) -> "Codes":
        if not self.words and not self.patterns:
            raise ValueError("a code list has `words` or `patterns`")
        if self.keeps_others + self.is_partial + (self.otherwise is not None) > 1:
            raise ValueError("`otherwise`, `keeps_others` and `is_partial` exclude each other")
        for pattern in self.patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return self


class Rule(Strict):
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


class Doubt(Strict):
    """What is said of a row in which columns have certain values."""

    when: dict[str, list[str]] = Field(min_length=1)
    column: str
    message: Prose
    hint: Prose | None = None


class Profile(Strict):
    """How a foreign table becomes records."""

    format: Literal["parley-profile/1"]
    name: Slug
    prefix: Slug | None = Field(
        None,
        description="How the slugs of its records begin, before a hyphen; null = with its name. Profiles with one prefix"
        " may speak of the same records.",
        examples=["ucdp"],
    )
    title: Line
    about: Prose
    homepage: WebAddress | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encodings: list[Literal["utf-8", "windows-1252", "iso-8859-1"]] = Field(default=["utf-8"], min_length=1)
    sheets: list[Line] = Field(
        default_factory=list,
        description="Of a workbook (.xlsx) the sheet, by its names in all releases; none = the first.",
        examples=[["Dataset"]],
    )
    schemes: list[Slug] = Field(default_factory=list)
    columns: dict[str, Column]
    families: dict[str, Family] = Field(default_factory=dict)
    passed_over: dict[str, Prose] = Field(default_factory=dict)
    codes: dict[str, Codes] = Field(default_factory=dict)
    records: list[Rule] = Field(min_length=1)
    doubts: list[Doubt] = Field(default_factory=list)

    @property
    def own_prefix(self) -> str:
        """How the slugs of its records begin."""
        return self.prefix or self.name

    @property
    def names(self) -> set[str]:
        """The names by which the profile speaks of columns."""
        return {
            *self.columns,
            *self.families,
            *(family.header_as for family in self.families.values() if family.header_as),
        }


def plain(header: str) -> str:
    """A header as it is compared: blanks and the case of letters drift between releases."""
    return " ".join(header.split()).casefold()
