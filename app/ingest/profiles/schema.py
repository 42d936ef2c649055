"""The schema of mapping profiles. A profile is YAML: adding a data set needs no Python."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.texts import Line, Prose, Slug, WebAddress
from app.ingest.data_sets import DataSet
from app.ingest.profiles.code_lists import Codes
from app.ingest.profiles.column_schema import CellOptions, Column, Family
from app.ingest.profiles.encodings import Encoding
from app.ingest.profiles.rule_schema import Doubt, Rule
from app.ingest.profiles.value_forms import Strict


class Profile(Strict):
    """A mapping profile. It describes how the rows of another data set's table become records."""

    format: Literal["parley-profile/1"] = Field(description="Format of this file, with its version.")
    name: Slug = Field(description="Name of the profile, for `profile=` of an import.", examples=["mend"])
    prefix: Slug | None = Field(
        None,
        description="Prefix of the slugs of its records, without the hyphen; null = the profile's name. Profiles with the"
        " same prefix may write the same records.",
        examples=["ucdp"],
    )
    title: Line = Field(description="The data set that the profile reads.", examples=["MEND mediation events"])
    about: Prose = Field(
        description="How rows become records, and what users should know before an import.",
        examples=["Each event becomes a talk; its third parties, delegations."],
    )
    homepage: WebAddress | None = Field(
        None,
        description="Web page of the data set; null = not given.",
        examples=["https://doi.org/10.7910/DVN/PYRHS6"],
    )
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = Field(
        ",", description="Delimiter of CSV files.", examples=["|"]
    )
    encodings: list[Encoding] = Field(
        default=["utf-8"],
        min_length=1,
        description="Encodings of CSV files, tried in this order for each row; a row that is not in the first encoding"
        " gets a warning (`encoding`). List single-byte encodings last, since they can decode nearly any row. UTF-16 is"
        " recognized for the whole file, if it is listed.",
        examples=[["utf-8", "windows-1252"], ["mac-roman"], ["utf-16", "utf-8"]],
    )
    unknown: list[str] = Field(
        default_factory=list,
        description="Values that are read as null in every column and family. A column can add values with its own"
        " `unknown` and exclude values with `known`.",
        examples=[["NA", "N/A", "-99"]],
    )
    whole_numbers: bool = Field(
        False,
        description="Whether `854.0` is read as `854`, in every column and family without its own `whole_numbers`.",
        examples=[True],
    )
    releases: Literal["add", "replace"] = Field(
        "add",
        description="What an import does with records of earlier files that are missing from the new file: `replace`"
        " withdraws them,"
        " since every file is complete; `add` leaves them as they are.",
        examples=["replace"],
    )
    sheets: list[Line] = Field(
        default_factory=list,
        description="Name of the sheet to read from a workbook (.xlsx), in all releases; empty = the first sheet.",
        examples=[["Dataset"]],
    )
    schemes: list[Slug] = Field(
        default_factory=list,
        description="Schemes of external ids in the file. The linter does not report them as unknown.",
        examples=[["mend", "mend-event"]],
    )
    columns: dict[str, Column] = Field(
        description="The columns that are read individually, by their names in the profile.",
        examples=[{"country": {"header": ["conflict_country"], "is_needed": True}}],
    )
    families: dict[str, Family] = Field(
        default_factory=dict,
        description="The groups of columns that are read as one list each, by their names in the profile.",
        examples=[{"ceasefire": {"headers": ["Ce", "CeProv"], "unknown": ["0"]}}],
    )
    passed_over: dict[str, Prose] = Field(
        default_factory=dict,
        description="Headers of columns that are ignored, each with the reason. A column that the profile does not"
        " mention is reported (`unknown-column`).",
        examples=[{"num_med": "The number of third parties, which are read individually."}],
    )
    codes: dict[str, Codes] = Field(
        default_factory=dict,
        description="Code lists by name, for `read: code` and as filters in texts, `{column|list}`.",
        examples=[{"actor": {"words": {"CON": "state"}, "otherwise": "other"}}],
    )
    records: list[Rule] = Field(
        min_length=1,
        description="The records that a row produces. A record must come before the records that refer to it.",
        examples=[
            [{"collection": "parties", "body": {"slug": "mend-{actor|slug}", "name": "{actor}", "kind": "other"}}]
        ],
    )
    doubts: list[Doubt] = Field(
        default_factory=list,
        description="Warnings about doubtful combinations of values in a row.",
    )

    @property
    def own_prefix(self) -> str:
        """The prefix of the slugs of its records."""
        return self.prefix or self.name

    def unknown_in(self, cells: CellOptions) -> list[str]:
        """Return the values that become null in a column or family."""
        given = dict.fromkeys([*self.unknown, *cells.unknown, *cells.odd])
        return [one for one in given if one in cells.odd or one not in cells.known]

    @property
    def data_set(self) -> DataSet:
        """The data set that the profile reads."""
        return DataSet(self.name, self.own_prefix, self.title, self.releases == "replace", schemes=tuple(self.schemes))

    @property
    def names(self) -> set[str]:
        """The names of all columns, families and header lists."""
        return {
            *self.columns,
            *self.families,
            *(family.header_as for family in self.families.values() if family.header_as),
        }
