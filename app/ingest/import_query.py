"""The query parameters of an import."""

from pydantic import BaseModel, ConfigDict, Field

from app.domain.texts import Line
from app.ingest.import_options import ImportMode, OnError


class ImportQuery(BaseModel):
    """The query parameters of an import."""

    model_config = ConfigDict(extra="forbid")

    collection: Line | None = Field(
        None,
        description="Collection of the records that do not name a collection; required for CSV.",
        examples=["parties"],
    )
    profile: Line | None = Field(
        None,
        description="Mapping profile that reads a table of another data set, as CSV or a workbook. Only with `mode=merge`."
        " `/v1/profiles` lists the profiles, and `/v1/profiles/schema` is their JSON Schema.",
        examples=["mend"],
    )
    mode: ImportMode = Field(
        ImportMode.MERGE,
        description="How a line is applied to the stored record. `merge`, like PATCH: the given fields are replaced,"
        " null clears a field, and all other fields remain. `replace`, like PUT: omitted fields get their defaults."
        " `create`: a record that is already stored is an error.",
        examples=["merge"],
    )
    on_error: OnError = Field(
        OnError.ABORT,
        description="What happens if a line is invalid. `abort`: its batch of 1,000 lines is not written, and the import"
        " ends; earlier batches remain. `skip`: invalid lines are skipped and listed in the summary.",
        examples=["skip"],
    )
    dry_run: bool = Field(
        False,
        description="Write nothing; report the errors of all lines, the records that would be created or changed, and the"
        " warnings of the linter.",
        examples=[True],
    )
    max_removed: float = Field(
        5.0,
        ge=0,
        le=100,
        description="Only used if each file of the data set is complete (see its profile): the maximum percentage of"
        " records in any collection that may be missing from the file, compared with the previous file. If more are"
        " missing, the file is considered truncated: its rows are imported, and nothing is withdrawn.",
        examples=[20],
    )
    message: Line | None = Field(
        None, description="Reason for the import, stored with each of its revisions.", examples=["PA-X, version 9"]
    )
