"""The response of an import: one line of progress per batch, and finally a summary."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from app.schemas.differences import DifferenceView

#: Maximum number of errors, and of warnings, that a summary lists; the others are only counted.
MOST_LISTED = 1_000


class LineError(BaseModel):
    """An error in one line of the file. The line is not imported."""

    line: int = Field(description="Line number, from 1; the first line of a row that spans several.", examples=[3])
    column: str | None = Field(
        None,
        description="Column name in the header, if a profile reads the file; null = no column, or no profile.",
        examples=["med_loc_x"],
    )
    pointer: str = Field(description="JSON Pointer into the record.", examples=["/addressees/0"])
    message: str = Field(description="What is wrong.", examples=["No party has the slug 'ukrane'"])
    hint: str | None = Field(None, description="How to fix it.", examples=["Did you mean 'ukraine'?"])


class LineWarning(LineError):
    """A warning about one line. The line is imported all the same."""

    rule: str = Field(description="The linter rule that causes the warning.", examples=["sentinel"])


class LineChange(BaseModel):
    """A stored record that a line of the file would change."""

    line: int = Field(description="Line number, from 1; the first line of a row that spans several.", examples=[3])
    collection: str = Field(description="Collection of the record.", examples=["parties"])
    slug: str = Field(description="Slug of the record.", examples=["ukraine"])
    changes: list[DifferenceView] = Field(
        description="The values that would change, in the record as `PUT` accepts it.",
        examples=[[{"op": "replace", "pointer": "/name", "from": "Ukrane", "to": "Ukraine"}]],
    )


class RemovedHow(StrEnum):
    """What happened to a record that the newest file of its data set lacks."""

    WITHDRAWN = "withdrawn"
    KEPT = "kept"


class Removed(BaseModel):
    """A record that an earlier file of the data set contained and that this file lacks."""

    collection: str = Field(description="Collection of the record.", examples=["talks"])
    slug: str = Field(description="Slug of the record.", examples=["mend-lby202301-1"])
    key: str = Field(description="Key of the record in the data set.", examples=["mend-lby202301-1"])
    how: RemovedHow = Field(
        description="`withdrawn`, or `kept` because it is still in use; a kept record loses the values that only this data"
        " set stated."
    )
    why: str | None = Field(
        None, description="Why the record was kept.", examples=["ucdp-peace-agreements also states it"]
    )


class WarningCount(BaseModel):
    """The number of warnings of one rule in a column, listed or not."""

    rule: str = Field(description="The linter rule.", examples=["unmapped"])
    column: str | None = Field(
        description="Column name in the header; null = there is no profile, or no column to name.",
        examples=["Status"],
    )
    count: int = Field(description="Number of warnings.", examples=[2956])


class ErrorCount(BaseModel):
    """The number of errors at one place of the records, listed or not."""

    column: str | None = Field(
        description="Column name in the header; null = there is no profile, or no column to name.",
        examples=["third_party"],
    )
    pointer: str | None = Field(
        description="JSON Pointer into the records, with `*` for indexes of lists; null = all places beyond the first"
        f" {MOST_LISTED:,}.",
        examples=["/delegations/*/party"],
    )
    count: int = Field(description="Number of errors.", examples=[12])


class LineCounts(BaseModel):
    """What happened to the lines so far."""

    lines: int = Field(description="Number of the last line that was read.", examples=[1000])
    created: int = Field(0, description="Records that were created.", examples=[998])
    changed: int = Field(0, description="Stored records that were changed.", examples=[0])
    unchanged: int = Field(0, description="Records that were stored with the same values already.", examples=[0])
    faulty: int = Field(0, description="Lines that were not imported because of an error.", examples=[2])
    emptied: int = Field(
        0,
        description="Records that lost a value or a list entry, because this file of the data set lacks the value or"
        " entry.",
        examples=[0],
    )
    withdrawn: int = Field(
        0,
        description="Records that were withdrawn, because this file of the data set lacks them.",
        examples=[0],
    )
    warned: int = Field(0, description="Warnings of the linter. Lines with warnings are imported.", examples=[1])


class Progress(LineCounts):
    """The line of the response that is sent after each batch."""

    type: Literal["progress"] = Field("progress", description="Always `progress`.", examples=["progress"])
    revision: int | None = Field(
        None, description="Revision of the batch; null = it changed nothing, or this is a dry run.", examples=[42]
    )


class Ending(StrEnum):
    """How an import ended."""

    COMPLETE = "complete"
    ABORTED = "aborted"
    INTERRUPTED = "interrupted"


class Summary(LineCounts):
    """The last line of the response. A response without a summary is incomplete, and the import must be repeated."""

    type: Literal["summary"] = Field("summary", description="Always `summary`.", examples=["summary"])
    ending: Ending = Field(
        description="`complete`: all lines were read, and imported or listed in `faults`. `aborted`: an error ended the"
        " import; earlier batches were written. `interrupted`: the database was unavailable, or the request body was"
        " incomplete. To import the rest, repeat the import.",
        examples=["complete"],
    )
    detail: str = Field(description="The result as a sentence.", examples=["998 records imported, 2 lines skipped."])
    dry_run: bool = Field(False, description="Whether this was a dry run, which writes nothing.", examples=[False])
    first_revision: int | None = Field(
        None, description="Revision of the first batch that changed something.", examples=[42]
    )
    last_revision: int | None = Field(
        None, description="Revision of the last batch that changed something.", examples=[42]
    )
    removal: str | None = Field(
        None,
        description="Why nothing was withdrawn although the file may lack records of an earlier one; null = all missing"
        " records were processed, or the profile says that files only add records.",
        examples=["The file lacks 310 of 1,959 agreements, more than max_removed=5 percent: it may be truncated."],
    )
    removed: list[Removed] = Field(
        default_factory=list, description=f"Records that the file lacks, at most {MOST_LISTED:,}."
    )
    removed_not_listed: int = Field(0, description="Number of further records that the file lacks.", examples=[0])
    changes: list[LineChange] = Field(
        default_factory=list,
        description=f"On a dry run: the stored records that would change, at most {MOST_LISTED:,}, each with the old and the"
        " new values.",
    )
    changes_not_listed: int = Field(
        0,
        description="Number of further records that would change, including those that refer to records that the same file"
        " would create; these are not compared.",
        examples=[0],
    )
    faults: list[LineError] = Field(default_factory=list, description=f"The errors, at most {MOST_LISTED:,}.")
    faults_not_listed: int = Field(0, description="Number of further errors.", examples=[0])
    fault_counts: list[ErrorCount] = Field(
        default_factory=list, description="All errors, counted by column and place, the most frequent first."
    )
    warnings: list[LineWarning] = Field(default_factory=list, description=f"The warnings, at most {MOST_LISTED:,}.")
    warnings_not_listed: int = Field(0, description="Number of further warnings.", examples=[0])
    warning_counts: list[WarningCount] = Field(
        default_factory=list,
        description="All warnings, counted by rule and column, the most frequent first, including those not listed.",
    )
