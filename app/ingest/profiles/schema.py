"""What a profile says. A profile is data: whoever adds a data set writes YAML, and no Python."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from app.domain.types import Line, Prose, Slug, WebAddress
from app.ingest.data_sets import DataSet
from app.ingest.profiles.encodings import Encoding
from app.ingest.profiles.expressions import check
from app.ingest.profiles.value_forms import Strict, Value, or_one


class _Cells(Strict):
    """What columns say of their cells."""

    unknown: list[str] = Field(
        default_factory=list,
        description="Values that stand for “unknown”, besides those of the whole profile: they become null.",
        examples=[["NL", "-99"]],
    )
    known: list[str] = Field(
        default_factory=list,
        description="Values that do not stand for “unknown” in this column, although the profile's own `unknown` has"
        " them.",
        examples=[["NA"]],
    )
    like: Line | None = Field(
        None,
        description="Regular expression (RE2) for what the column holds: a value in which nothing matches it is not"
        " read and becomes null, with a warning (`not-like`). Write ^ and $ to match whole values.",
        examples=["^[A-Z]+_[0-9]+$"],
    )
    whole_numbers: bool | None = Field(
        None,
        description="Whether a whole number that is written with a fraction of zeros is read without it, also in texts"
        " and ids: `854.0` as `854`; null = as the profile says.",
        examples=[True],
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
    doubtful_signs: dict[str, Prose] = Field(
        default_factory=dict,
        description="Signs that no value should hold, and what is to be said of one that does: it is kept, with a"
        " warning.",
        examples=[{";": "Several countries are named, and a talk belongs to one process"}],
    )
    caution: Prose | None = Field(
        None,
        description="What to say, once a file, of a header that misleads; null = nothing.",
        examples=["It holds ids of persons, whatever its name says"],
    )

    @model_validator(mode="after")
    def _matches(self) -> Self:
        if self.like is not None:
            check(self.like)
        return self


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
    comes_with: str | None = Field(
        None,
        description="Another column, by its name in the profile: if a file has neither, only that one is reported as missing."
        " null = this column is reported if a file lacks it.",
        examples=["signature"],
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
        default_factory=dict,
        description="Their word and ours; null: none of ours, and no warning.",
        examples=[{"CON": "state", "IGO": "igo"}],
    )
    patterns: dict[str, str] = Field(
        default_factory=dict,
        description="Regular expressions (RE2) for other words, in order, and our word for each. They are looked for in"
        " cells of at most 2,000 characters.",
        examples=[{"^Government of ": "government"}],
    )
    otherwise: str | None = Field(
        None, description="Ours for all other words, with a warning; null = unknown.", examples=["other"]
    )
    keeps_others: bool = Field(
        False, description="Whether all other words stand for themselves, without a warning.", examples=[True]
    )
    is_partial: bool = Field(
        False,
        description="Whether it speaks of these words only: of others it says nothing, and warns of none.",
        examples=[True],
    )

    @model_validator(mode="after")
    def _fits(self) -> "Codes":
        if not self.words and not self.patterns:
            raise ValueError("a code list has `words` or `patterns`")
        if self.keeps_others + self.is_partial + (self.otherwise is not None) > 1:
            raise ValueError("`otherwise`, `keeps_others` and `is_partial` exclude each other")
        for pattern in self.patterns:
            check(pattern)
        return self


class Rule(Strict):
    """A record that a row makes, or several of them. Rows whose records have one slug speak of one record: the first
    word stands, later rows fill what is unknown, and what they say otherwise is told (`differs`)."""

    collection: str = Field(description="The collection of the record, as in addresses.", examples=["parties"])
    each: list[str] = Field(
        default_factory=list,
        description="Columns whose cells hold lists side by side: each entry makes a record, and in the body these names"
        " stand for the entry. Where a list has another length than the first, its entries are unknown.",
        examples=[["third_party", "third_party_id"]],
    )
    when: dict[str, list[str]] = Field(
        default_factory=dict,
        description="The values of which each of these columns must have one; else the row makes no such record.",
        examples=[{"kind": ["1", "2"]}],
    )
    needs: list[str] = Field(
        default_factory=list,
        description="Columns that must be known; where one is not, the row makes no such record.",
        examples=[["id", "country"]],
    )
    is_the_row: bool = Field(
        False,
        description="Whether the row is this record: one that makes none is a fault, and a second row of the same slug"
        " is told (`same-key`), and not taken, unless the rule `gathers`.",
        examples=[True],
    )
    identified_by: list[Slug] = Field(
        default_factory=list,
        description="The scheme of the external id that identifies the record: a stored record that bears it is the same."
        " Several schemes only where each identifies it in its own data set. All other external ids are cross-references,"
        " which are stored and reported, but never matched by; none = the slug alone identifies it.",
        examples=["pax-agreement"],
        json_schema_extra=or_one,
    )
    keeps: dict[str, str | None] = Field(
        default_factory=dict,
        description="Fields in which rows of one record may differ, and the list of names that takes the other word as a"
        " further one, so that nothing is lost; null = it is reported only. A stored record keeps what somebody else said"
        " of it in any field: a file changes only what its data set said, and fills what is missing (`differs`).",
        examples=[{"name": "names", "kind": None}],
    )
    gathers: list[str] = Field(
        default_factory=list,
        description="Fields that are lists to which later rows of the same record add, each row some entries: one"
        " signatory a row, one issue a row. An entry that the list has already is not added again; of entries with one"
        " key (one issue, one party) later ones fill what is unknown, and what they say otherwise is told (`differs`)."
        " With `is_the_row` a second row of the same slug is then no `same-key`, but more of the same record.",
        examples=[["issues", "signatures"]],
    )
    body: dict[str, Value] = Field(
        description="The body, as POST to the collection takes it, each field with a value or a way to make one. Its"
        " `slug` tells the record from others, and begins with the profile's name, or `prefix`.",
        examples=[{"slug": "mend-{country|slug}", "title": "{country}: mediation", "kind": "peace"}],
    )

    @model_validator(mode="before")
    @classmethod
    def _one_scheme(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("identified_by"), str):
            return {**given, "identified_by": [given["identified_by"]]}
        return given


class Doubt(Strict):
    """What is said of a row in which columns have certain values (`doubt`); the row is taken as it stands."""

    when: dict[str, list[str]] = Field(
        min_length=1,
        description="The values of which each of these columns must have one.",
        examples=[{"place": ["Tripoli, Lebanon"], "country": ["Libya"]}],
    )
    column: str = Field(description="The column at whose cell it is told.", examples=["place"])
    message: Prose = Field(description="What is to be said.", examples=["Tripoli in Libya is more likely"])
    hint: Prose | None = Field(
        None, description="What to do, or what is done; null = nothing.", examples=["The place is taken as it stands."]
    )


class Profile(Strict):
    """How a foreign table becomes records."""

    format: Literal["parley-profile/1"] = Field(description="The form of this text, and its version.")
    name: Slug = Field(description="Its name, as `profile=` takes it.", examples=["mend"])
    prefix: Slug | None = Field(
        None,
        description="How the slugs of its records begin, before a hyphen; null = with its name. Profiles with one prefix"
        " may speak of the same records.",
        examples=["ucdp"],
    )
    title: Line = Field(description="The files that it reads.", examples=["MEND mediation events"])
    about: Prose = Field(
        description="What a row becomes, and what is to be known before.",
        examples=["Each event becomes a talk; its third parties, delegations."],
    )
    homepage: WebAddress | None = Field(
        None,
        description="Where the files come from; null = not said.",
        examples=["https://doi.org/10.7910/DVN/PYRHS6"],
    )
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = Field(
        ",", description="What stands between the cells of a CSV file.", examples=["|"]
    )
    encodings: list[Encoding] = Field(
        default=["utf-8"],
        min_length=1,
        description="The encodings of a CSV file, tried in this order: a row is read in the first in which it can be, and"
        " warned of (`encoding`) where that is not the first of all. An encoding of one byte a character can read nearly"
        " any row, so it belongs at the end. A file in UTF-16 is recognised as a whole, where one of these is.",
        examples=[["utf-8", "windows-1252"], ["mac-roman"], ["utf-16", "utf-8"]],
    )
    unknown: list[str] = Field(
        default_factory=list,
        description="Values that stand for “unknown” in every column and family; those of a column come on top, and"
        " `known` of a column takes some away.",
        examples=[["NA", "N/A", "-99"]],
    )
    whole_numbers: bool = Field(
        False,
        description="Whether `854.0` is read as `854` in every column and family that does not say otherwise.",
        examples=[True],
    )
    releases: Literal["add", "replace"] = Field(
        "add",
        description="What a newer file means for records of an older one that it no longer has: `replace`, each file is"
        " complete, and they are withdrawn; `add`, a file only adds to those before it.",
        examples=["replace"],
    )
    sheets: list[Line] = Field(
        default_factory=list,
        description="Of a workbook (.xlsx) the sheet, by its names in all releases; none = the first.",
        examples=[["Dataset"]],
    )
    schemes: list[Slug] = Field(
        default_factory=list,
        description="Schemes of external ids that the file brings: the linter does not take them for slips.",
        examples=[["mend", "mend-event"]],
    )
    columns: dict[str, Column] = Field(
        description="The columns that are read one by one, each under the name by which the profile speaks of it.",
        examples=[{"country": {"header": ["conflict_country"], "is_needed": True}}],
    )
    families: dict[str, Family] = Field(
        default_factory=dict,
        description="Columns that are alike, each family under the name by which the profile speaks of it.",
        examples=[{"ceasefire": {"headers": ["Ce", "CeProv"], "unknown": ["0"]}}],
    )
    passed_over: dict[str, Prose] = Field(
        default_factory=dict,
        description="Headers of columns that are left alone, and why; a column that stands nowhere is told"
        " (`unknown-column`).",
        examples=[{"num_med": "The number of third parties, which are taken one by one."}],
    )
    codes: dict[str, Codes] = Field(
        default_factory=dict,
        description="Code lists by name: for `read: code`, and as filters, `{column|list}`.",
        examples=[{"actor": {"words": {"CON": "state"}, "otherwise": "other"}}],
    )
    records: list[Rule] = Field(
        min_length=1,
        description="The records that a row makes, in order: what another mentions stands before it.",
        examples=[
            [{"collection": "parties", "body": {"slug": "mend-{actor|slug}", "name": "{actor}", "kind": "other"}}]
        ],
    )
    doubts: list[Doubt] = Field(
        default_factory=list,
        description="Rows to be doubted for what several columns say together.",
    )

    @property
    def own_prefix(self) -> str:
        """How the slugs of its records begin."""
        return self.prefix or self.name

    def unknown_in(self, cells: _Cells) -> list[str]:
        """The values that become null in a column or family."""
        given = dict.fromkeys([*self.unknown, *cells.unknown, *cells.odd])
        return [one for one in given if one in cells.odd or one not in cells.known]

    @property
    def data_set(self) -> DataSet:
        """The data set that it reads."""
        return DataSet(self.name, self.own_prefix, self.title, self.releases == "replace", schemes=tuple(self.schemes))

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
