"""A release as it is stored, for all that is told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.releases.shapes import Creator, FileForm

MEDIA_TYPES = {
    FileForm.CSV: "text/csv",
    FileForm.NDJSON: "application/x-ndjson",
    FileForm.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a release. `is_packed`: stored as raw deflate (RFC 1951), `stored_size` bytes long."""

    id: int
    collection: str
    format: FileForm
    rows: int
    size: int
    sha256: str
    crc32: int
    is_packed: bool
    stored_size: int

    @property
    def name(self) -> str:
        return f"{self.collection}.{self.format}"


@dataclass(frozen=True, slots=True)
class Published:
    """A release. `tables`: of each collection what it holds (`about`) and its `columns`, each with `name`, `kind`,
    `is_list` and `about`."""

    id: UUID
    name: str
    revision: int
    at: datetime
    made_at: datetime
    made_by: str
    title: str
    note: str | None
    licence: str
    licence_url: str
    creators: Sequence[Creator]
    publisher: str | None
    doi: str | None
    url: str | None
    tables: Mapping[str, Any]
    files: Sequence[StoredFile] = ()

    @property
    def address(self) -> str:
        """Its path at the service."""
        return f"/v1/releases/{self.name}"

    @property
    def whole_title(self) -> str:
        return f"{self.title}, release {self.name}"

    @property
    def forms(self) -> list[FileForm]:
        """The forms in which its files are there."""
        return [form for form in FileForm if any(file.format == form for file in self.files)]
