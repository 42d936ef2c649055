"""The schema of mapping profiles. A profile is YAML: adding a data set needs no Python."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from app.domain.types import Line, Prose, Slug, WebAddress
from app.ingest.data_sets import DataSet
from app.ingest.profiles.encodings import Encoding
from app.ingest.profiles.expressions import check
from app.ingest.profiles.value_forms import Strict, Value, allow_single_string


class _Cells(Strict):
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
            check(self.like)
        return self


class Column(_Cells):
    """A column of the table, under its name in the profile."""

    header: list[Line] = Field(
        min_length=1,
        description="Headers of the column in all releases. Case and extra whitespace are ignored.",
        examples=[["med_location - MULTISELECT", "med_location"]],
    )
    is_needed: bool = Field(
        False,
        description="Whether a file without this column is rejected. Otherwise its values are null in such a file.",
        examples=[True],
    )
    comes_with: str | None = Field(
        None,
        description="Another column, by its name in the profile: if a file has neither, only that one is reported as missing."
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


class Family(_Cells):
    """A group of columns that are read as one list: the header names a property, and the cell holds its value.

    Under its name, the family is the list of the cells that are not null; `header_as` names the parallel list of their headers."""

    headers: list[Line] = Field(
        min_length=1, description="Headers of the columns.", examples=[["5201", "5202", "5203"]]
    )
    header_as: str | None = Field(
        None, description="Name for the list of headers; null = the headers are not used.", examples=["code"]
    )


class Codes(Strict):
    """A code list: it translates the codes of the data set. The original code is stored in `coded_from`."""

    words: dict[str, str | None] = Field(
        default_factory=dict,
        description="Each code of the data set with its translation; null = no translation, without a warning.",
        examples=[{"CON": "state", "IGO": "igo"}],
    )
    patterns: dict[str, str] = Field(
        default_factory=dict,
        description="Regular expressions (RE2) for other codes, tried in order, each with its translation. They are only"
        " matched against cells of at most 2,000 characters.",
        examples=[{"^Government of ": "government"}],
    )
    otherwise: str | None = Field(
        None, description="Translation of all other codes, with a warning; null = they become null.", examples=["other"]
    )
    keeps_others: bool = Field(
        False, description="Whether all other codes are used unchanged, without a warning.", examples=[True]
    )
    is_partial: bool = Field(
        False,
        description="Whether all other codes become null without a warning, and without an entry in `coded_from`.",
        examples=[True],
    )

    @model_validator(mode="after")
    def _fits(self) -> "Codes":
        if not self.words and not self.patterns:
            raise ValueError("a code list must have `words` or `patterns`")
        if self.keeps_others + self.is_partial + (self.otherwise is not None) > 1:
            raise ValueError("only one of `otherwise`, `keeps_others` and `is_partial` is allowed")
        for pattern in self.patterns:
            check(pattern)
        return self


class Rule(Strict):
    """A record that a row produces, or one for each entry of a list. Rows that produce the same slug describe the same
    record: the first value of a field is used, later rows fill null fields, and conflicts are warnings (`differs`)."""

    collection: str = Field(description="The collection of the record, as in its URL.", examples=["parties"])
    each: list[str] = Field(
        default_factory=list,
        description="Columns whose cells hold parallel lists: each entry produces a record, and in the body these names"
        " refer to the values of the current entry. If a list is not as long as the first, its values are null.",
        examples=[["third_party", "third_party_id"]],
    )
    when: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Columns with their accepted values. A row produces the record only if each of these columns has one"
        " of its values.",
        examples=[{"kind": ["1", "2"]}],
    )
    needs: list[str] = Field(
        default_factory=list,
        description="Columns that must not be null; if one is, the row does not produce the record.",
        examples=[["id", "country"]],
    )
    is_the_row: bool = Field(
        False,
        description="Whether each row is one such record. Then a row that does not produce it is an error, and a second"
        " row with the same slug is skipped with a warning (`same-key`), unless the rule has `gathers`.",
        examples=[True],
    )
    identified_by: list[Slug] = Field(
        default_factory=list,
        description="The scheme of the external id that identifies the record: a stored record with the same id is"
        " updated. List several schemes only if each identifies the record in its own data set. All other external ids"
        " are cross-references, which are stored and reported but never used for matching. Empty = only the slug"
        " identifies the record.",
        examples=["pax-agreement"],
        json_schema_extra=allow_single_string,
    )
    keeps: dict[str, str | None] = Field(
        default_factory=dict,
        description="Fields in which rows of one record may differ, each with the list of names to which the other value"
        " is added; null = it is only reported. A file never overwrites values in a stored record that others wrote: it"
        " changes values of its own data set, fills null fields, and reports other differences (`differs`).",
        examples=[{"name": "names", "kind": None}],
    )
    gathers: list[str] = Field(
        default_factory=list,
        description="Lists to which later rows of the same record add entries, such as one signatory or one issue per"
        " row. Duplicates are not added. Entries with the same key (the same issue, the same party) are merged: later"
        " ones fill null fields, and conflicts are warnings (`differs`). With `is_the_row`, a second row with the same"
        " slug then adds to the record instead of being skipped.",
        examples=[["issues", "signatures"]],
    )
    body: dict[str, Value] = Field(
        description="The request body, as for POST to the collection, with a value or an expression for each field."
        " `slug` identifies the record and begins with the profile's `prefix`, or else its name.",
        examples=[{"slug": "mend-{country|slug}", "title": "{country}: mediation", "kind": "peace"}],
    )

    @model_validator(mode="before")
    @classmethod
    def _one_scheme(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("identified_by"), str):
            return {**given, "identified_by": [given["identified_by"]]}
        return given


class Doubt(Strict):
    """A warning (`doubt`) about rows with a certain combination of values; the row is imported unchanged."""

    when: dict[str, list[str]] = Field(
        min_length=1,
        description="Columns with values. The warning applies to rows in which each of these columns has one of its"
        " values.",
        examples=[{"place": ["Tripoli, Lebanon"], "country": ["Libya"]}],
    )
    column: str = Field(description="The column to which the warning refers.", examples=["place"])
    message: Prose = Field(description="Text of the warning.", examples=["Tripoli in Libya is more likely"])
    hint: Prose | None = Field(
        None,
        description="What to do about it, or what the import does; null = nothing.",
        examples=["The place is imported unchanged."],
    )


class Profile(Strict):
    """A mapping profile: it describes how the table of another data set becomes records."""

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
        description="How a new file treats records of earlier files that are missing from it: `replace` withdraws them,"
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

    def unknown_in(self, cells: _Cells) -> list[str]:
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


def normalize_header(header: str) -> str:
    """Normalize a header for comparison: whitespace and case vary between releases."""
    return " ".join(header.split()).casefold()
