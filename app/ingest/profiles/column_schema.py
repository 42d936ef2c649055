"""The schema of the columns of a table, in a mapping profile."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from app.domain.texts import Line, Prose
from app.ingest.profiles.expressions import check_expression
from app.ingest.profiles.value_forms import Strict


class CellOptions(Strict):
    """Options that columns and families have in common."""

    unknown: list[str] = Field(
        default_factory=list,
        description="Values that are read as null, in addition to the profile's own `unknown`.",
        examples=[["NL", "-99"]],
    )
    known: list[str] = Field(
        default_factory=list,
        description="Values that are not read as null here, although the profile's own `unknown` lists them.",
        examples=[["NA"]],
    )
    like: Line | None = Field(
        None,
        description="Regular expression (RE2) that values must match; others become null, with a warning (`not-like`)."
        " Write ^ and $ to match whole values.",
        examples=["^[A-Z]+_[0-9]+$"],
    )
    whole_numbers: bool | None = Field(
        None,
        description="Whether to drop a zero fraction, also in texts and ids: `854.0` is read as `854`. null = use the"
        " profile's own `whole_numbers`.",
        examples=[True],
    )
    odd: dict[str, Prose] = Field(
        default_factory=dict,
        description="Values that do not belong in this column, each with a warning message; they become null.",
        examples=[{"Virtual": "A virtual meeting has no coordinates"}],
    )
    doubtful: dict[str, Prose] = Field(
        default_factory=dict,
        description="Doubtful values, each with a warning message; they are still used.",
        examples=[{"2": "Only 0 and 1 are documented"}],
    )
    doubtful_signs: dict[str, Prose] = Field(
        default_factory=dict,
        description="Characters that no value should contain, each with a warning message; values that contain them are"
        " still used.",
        examples=[{";": "Several countries are named, but a talk belongs to one process"}],
    )
    caution: Prose | None = Field(
        None,
        description="Warning about a misleading header, reported once per file; null = none.",
        examples=["Despite its name, it holds ids of persons"],
    )

    @model_validator(mode="after")
    def _matches(self) -> Self:
        if self.like is not None:
            check_expression(self.like)
        return self


class Column(CellOptions):
    """A column of the table, under its name in the profile."""

    header: list[Line] = Field(
        min_length=1,
        description="Headers of the column in all releases. Case and extra whitespace are ignored.",
        examples=[["med_location - MULTISELECT", "med_location"]],
    )
    is_needed: bool = Field(
        False,
        description="Whether a file without this column is rejected. If not, the values of the column are null for"
        " such a file.",
        examples=[True],
    )
    comes_with: str | None = Field(
        None,
        description="Another column, by its name in the profile. If a file has neither column, only the other column"
        " is reported as missing."
        " null = this column is reported if a file lacks it.",
        examples=["signature"],
    )
    split: Annotated[str, Field(min_length=1, max_length=3)] | None = Field(
        None, description="Separator between the values of a cell; null = a cell is one value.", examples=[";"]
    )
    whole: list[str] = Field(
        default_factory=list,
        description="Values that contain the separator and must not be split.",
        examples=[["Peace, Unity and Development Party"]],
    )


class Family(CellOptions):
    """A group of columns that are read as one list: the header names a property, and the cell holds its value.

    The name of the family refers to the list of the cells that are not null; `header_as` is the name of the parallel
    list of headers."""

    headers: list[Line] = Field(
        min_length=1, description="Headers of the columns.", examples=[["5201", "5202", "5203"]]
    )
    header_as: str | None = Field(
        None, description="Name for the list of headers; null = the headers are not used.", examples=["code"]
    )


def normalize_header(header: str) -> str:
    """Normalize a header for comparison: whitespace and case vary between releases."""
    return " ".join(header.split()).casefold()
