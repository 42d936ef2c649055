"""The options of an import: how a record of the file is applied to the stored record, and what happens on an error."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.errors import ApiError, ProblemType, Violation
from app.ingest.profiles.schema import Profile


class ImportMode(StrEnum):
    """How a record of the file is applied to the stored record."""

    MERGE = "merge"
    REPLACE = "replace"
    CREATE = "create"


class OnError(StrEnum):
    """What happens to the other lines if one line is invalid."""

    ABORT = "abort"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Order:
    """The options of an import, and the editor in whose name the import writes."""

    mode: ImportMode
    on_error: OnError
    dry_run: bool
    editor: str
    message: str | None = None
    key_id: UUID | None = None
    max_removed: float = 5.0
    """For complete files: the percentage of records that may be missing. If more are missing, the file is
    considered truncated."""
    profile: Profile | None = None
    """The profile that reads the file; None = the file is in a format of Parley."""

    def __post_init__(self) -> None:
        """Raise `ApiError` if a profile is used with `replace` or `create`. Each row may describe only a part of a
        record, so the rows must be merged."""
        if self.profile is not None and self.mode is not ImportMode.MERGE:
            violation = Violation("A profile can only be used with `mode=merge`", parameter="mode", hint="Omit `mode`.")
            raise ApiError(ProblemType.INVALID, f"`mode={self.mode}` cannot be used with a profile.", [violation])
