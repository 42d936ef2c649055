"""What an import answers: a line of progress a batch, and in the end one summary."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

#: Faults, and warnings, that a summary lists; those beyond are counted.
MOST_LISTED = 1_000


class LineError(BaseModel):
    """What is wrong with one line of the file; the line was not taken."""

    line: int = Field(description="Its number, from 1; of a row that spans several lines the first.", examples=[3])
    column: str | None = Field(
        None,
        description="Its column, as the header writes it, where a profile reads the file; null = no column's, or no profile.",
        examples=["med_loc_x"],
    )
    pointer: str = Field(description="JSON Pointer into the record.", examples=["/addressees/0"])
    message: str = Field(description="What is wrong.", examples=["No party has the slug 'ukrane'"])
    hint: str | None = Field(None, description="What would be right.", examples=["Did you mean 'ukraine'?"])


class LineWarning(LineError):
    """What is odd about one line; it was taken all the same."""

    rule: str = Field(description="The rule of the linter that speaks.", examples=["sentinel"])


class RemovedHow(StrEnum):
    """What became of a record that the newest file of its data set no longer has."""

    WITHDRAWN = "withdrawn"
    KEPT = "kept"


class Removed(BaseModel):
    """A record that an earlier file of the data set had and this one does not."""

    collection: str = Field(description="Its collection.", examples=["talks"])
    slug: str = Field(description="Its slug.", examples=["mend-lby202301-1"])
    key: str = Field(description="Its key in the data set.", examples=["mend-lby202301-1"])
    how: RemovedHow = Field(
        description="`withdrawn`; or `kept`, since somebody else uses it: it loses what only this data set said of it."
    )
    why: str | None = Field(None, description="Why it was kept.", examples=["ucdp-peace-agreements has it too"])


class WarningCount(BaseModel):
    """How many warnings of one rule a column has, listed or not."""

    rule: str = Field(description="The rule that warns.", examples=["unmapped"])
    column: str | None = Field(
        description="The column, as the header writes it; null = no column's, or no profile.", examples=["Status"]
    )
    count: int = Field(description="How many there are.", examples=[2956])


class ErrorCount(BaseModel):
    """How many faults one place of the records has, listed or not."""

    column: str | None = Field(
        description="The column, as the header writes it; null = no column's, or no profile.", examples=["third_party"]
    )
    pointer: str | None = Field(
        description="JSON Pointer into the records, with `*` for the place in a list; null = all places beyond the"
        f" {MOST_LISTED:,} that are counted one by one.",
        examples=["/delegations/*/party"],
    )
    count: int = Field(description="How many there are.", examples=[12])


class Counts(BaseModel):
    """What became of the lines so far."""

    lines: int = Field(description="Number of the last line that was read.", examples=[1000])
    created: int = Field(0, description="Records that are new.", examples=[998])
    changed: int = Field(0, description="Records that differ from what was stored.", examples=[0])
    unchanged: int = Field(0, description="Records that were there, as they are.", examples=[0])
    faulty: int = Field(0, description="Lines that were not taken.", examples=[2])
    emptied: int = Field(
        0,
        description="Records that lost a value or a list entry, since this file of their data set no longer has it.",
        examples=[0],
    )
    withdrawn: int = Field(
        0,
        description="Records that were withdrawn, since this file of their data set no longer has them.",
        examples=[0],
    )
    warned: int = Field(0, description="Warnings of the linter; they keep nothing back.", examples=[1])


class Progress(Counts):
    """The line that follows a batch."""

    type: Literal["progress"] = Field("progress", description="Always `progress`.", examples=["progress"])
    revision: int | None = Field(
        None, description="Revision of the batch; null where it changed nothing, and on a dry run.", examples=[42]
    )


class Ending(StrEnum):
    """How an import ended."""

    COMPLETE = "complete"
    ABORTED = "aborted"
    INTERRUPTED = "interrupted"


class Summary(Counts):
    """The last line: without it an answer is cut, and the import has to be sent again."""

    type: Literal["summary"] = Field("summary", description="Always `summary`.", examples=["summary"])
    ending: Ending = Field(
        description="`complete`: every line was read, and taken or listed as faulty; `aborted`: a fault ended it, what"
        " stands before `lines` is written; `interrupted`: the database could not go on, or the body broke off."
        " What is not written comes with the same import sent again.",
        examples=["complete"],
    )
    detail: str = Field(description="The same in words.", examples=["998 records taken, 2 lines left out."])
    dry_run: bool = Field(False, description="Whether nothing was written because nothing was to be.", examples=[False])
    first_revision: int | None = Field(
        None, description="Revision of the first batch that changed something.", examples=[42]
    )
    last_revision: int | None = Field(None, description="Revision of the last one.", examples=[42])
    removal: str | None = Field(
        None,
        description="Why nothing was withdrawn although the file lacks records of an earlier one; null = all that had to be"
        " was, or the profile says that files only add.",
        examples=["The file lacks 310 of 1,959 agreements, more than max_removed=5 percent: it may be truncated."],
    )
    removed: list[Removed] = Field(
        default_factory=list, description=f"Records that the file no longer has, {MOST_LISTED} at the most."
    )
    removed_not_listed: int = Field(0, description="Records beyond those.", examples=[0])
    faults: list[LineError] = Field(default_factory=list, description=f"The faults, {MOST_LISTED} at the most.")
    faults_not_listed: int = Field(0, description="Faults beyond those.", examples=[0])
    fault_counts: list[ErrorCount] = Field(
        default_factory=list, description="All faults, counted by column and place, the most frequent first."
    )
    warnings: list[LineWarning] = Field(default_factory=list, description=f"The warnings, {MOST_LISTED} at the most.")
    warnings_not_listed: int = Field(0, description="Warnings beyond those.", examples=[0])
    warning_counts: list[WarningCount] = Field(
        default_factory=list,
        description="All warnings, counted by rule and column, the most frequent first; also those that are not listed.",
    )
