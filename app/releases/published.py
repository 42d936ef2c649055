"""The data sets that can be described, with their files: the current data, and stored releases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.releases.schemas import TITLE, Creator, FileForm

MEDIA_TYPES = {
    FileForm.CSV: "text/csv",
    FileForm.NDJSON: "application/x-ndjson",
    FileForm.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """All records of a collection in one format. `size` and `sha256` are None for a live export, whose content changes."""

    collection: str
    format: FileForm
    size: int | None = None
    sha256: str | None = None

    @property
    def name(self) -> str:
        return f"{self.collection}.{self.format}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile(DataFile):
    """A file of a release. `is_packed` is true if the `stored_size` bytes are raw deflate data (RFC 1951)."""

    id: int
    rows: int
    size: int
    sha256: str
    crc32: int
    is_packed: bool
    stored_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedData:
    """The data at one revision, with their metadata. This class describes the current data, which have no creators and
    no licence; `Published` describes a release. `tables` has for each collection a description (`about`) and the
    `columns`, each with `name`, `kind`, `is_list` and `about`.
    """

    revision: int
    at: datetime
    tables: Mapping[str, Any]
    files: Sequence[DataFile] = ()
    title: str = TITLE
    note: str | None = None
    licence: str | None = None
    licence_url: str | None = None
    creators: Sequence[Creator] = ()
    publisher: str | None = None
    doi: str | None = None
    url: str | None = None

    @property
    def address(self) -> str:
        """Path of the data set on the server."""
        return "/"

    @property
    def key(self) -> str:
        """Machine-readable name of the data set."""
        return "parley"

    @property
    def version(self) -> str:
        return str(self.revision)

    @property
    def whole_title(self) -> str:
        return self.title

    @property
    def issued(self) -> datetime:
        return self.at

    @property
    def identifier(self) -> str | None:
        """Permanent identifier as a URI; None for the current data, because they change."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(PublishedData):
    """A release."""

    id: UUID
    name: str
    files: Sequence[StoredFile] = ()
    made_at: datetime
    made_by: str
    licence: str
    licence_url: str

    @property
    def address(self) -> str:
        return f"/v1/releases/{self.name}"

    @property
    def key(self) -> str:
        return f"parley-{self.name}"

    @property
    def version(self) -> str:
        return self.name

    @property
    def whole_title(self) -> str:
        return f"{self.title}, release {self.name}"

    @property
    def issued(self) -> datetime:
        return self.made_at

    @property
    def identifier(self) -> str:
        return f"https://doi.org/{self.doi}" if self.doi else f"urn:uuid:{self.id}"

    @property
    def formats(self) -> list[FileForm]:
        """The formats of the files in the release."""
        return [form for form in FileForm if any(file.format == form for file in self.files)]
