"""The schema of the records that a row produces, and of the warnings about rows, in a mapping profile."""

from pydantic import Field, model_validator

from app.domain.texts import Prose, Slug
from app.ingest.profiles.value_forms import Strict, Value, allow_single_string


class Rule(Strict):
    """A record that a row produces, or one for each entry of a list. Rows that produce the same slug describe the same
    record: the first value of a field is used, later rows fill null fields, and conflicts are warnings (`differs`)."""

    collection: str = Field(description="The collection of the record, as in its URL.", examples=["parties"])
    each: list[str] = Field(
        default_factory=list,
        description="Columns whose cells hold parallel lists. Each entry produces a record; in the body, the names of"
        " these columns refer to the values of the current entry. If a list is not as long as the first list, its"
        " values are null.",
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
        description="Whether each row is one such record. If so, a row that does not produce the record is an error,"
        " and a second row with the same slug is skipped with a warning (`same-key`), unless the rule has `gathers`.",
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
        description="Fields in which rows of one record may differ, each with the list of names to which the other"
        " value is added; null = the other value is only reported. A file never overwrites values in a stored record"
        " that others wrote: it changes values of its own data set, fills null fields, and reports other differences"
        " (`differs`).",
        examples=[{"name": "names", "kind": None}],
    )
    gathers: list[str] = Field(
        default_factory=list,
        description="Lists to which later rows of the same record add entries, such as one signatory or one issue per"
        " row. Duplicates are not added. Entries with the same key (the same issue, the same party) are merged: later"
        " entries fill null fields, and conflicts are warnings (`differs`). With `is_the_row`, a second row with the same"
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
    def _one_scheme(cls, given: object) -> object:
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
        description="What the user should do, or what the import does; null = nothing.",
        examples=["The place is imported unchanged."],
    )
