"""What is asked of an import: how its lines stand to what is stored, and what a faulty one does."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.errors import ApiError, ProblemType, Violation
from app.ingest.profiles.schema import Profile


class ImportMode(StrEnum):
    """How a line stands to the record that is stored."""

    MERGE = "merge"
    REPLACE = "replace"
    CREATE = "create"


class OnError(StrEnum):
    """What a faulty line does to the others."""

    ABORT = "abort"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of an import, and by whom."""

    mode: ImportMode
    on_error: OnError
    dry_run: bool
    editor: str
    message: str | None = None
    key_id: UUID | None = None
    max_removed: float = 5.0
    """Of a complete file: the percentage of records that it may lack before it is taken for a truncated one."""
    profile: Profile | None = None
    """The profile that reads the file; None = it is in a form of ours."""

    def __post_init__(self) -> None:
        """Raises `ApiError`: what rows say of one record comes in pieces, which a profile can only merge."""
        if self.profile is not None and self.mode is not ImportMode.MERGE:
            violation = Violation("A profile only merges", parameter="mode", hint="Leave `mode` out.")
            raise ApiError(ProblemType.INVALID, f"`mode={self.mode}` does not go with a profile.", [violation])
