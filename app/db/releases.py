"""Tables of releases: named states of the data, published with their files.

The files are stored and not generated for each download, because a published file must always match its checksum.
Generated files would depend on the versions of Parley, PostgreSQL and Parquet.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Release(Base):
    """A permanent name for a revision."""

    __tablename__ = "release"
    # Releases are not part of the domain data, so creating a release makes no revision.
    __is_versioned__ = False
    __table_args__ = (
        CheckConstraint(r"name ~ '^[0-9]{4}\.[1-9][0-9]{0,2}(\.[1-9][0-9]{0,2})?$'", name="name"),
        CheckConstraint("jsonb_typeof(creators) = 'array' AND jsonb_array_length(creators) > 0", name="creators"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    revision: Mapped[int] = mapped_column(ForeignKey("revision.number"), index=True)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    made_by: Mapped[str]
    title: Mapped[str]
    note: Mapped[str | None]
    licence: Mapped[str]
    licence_url: Mapped[str]
    creators: Mapped[list[Any]]
    publisher: Mapped[str | None]
    doi: Mapped[str | None]
    url: Mapped[str | None]
    #: For each collection: a description of the records, and the columns of the table at the time of the release.
    tables: Mapped[dict[str, Any]]


class ReleaseFile(Base):
    """A file of a release: a collection in one format."""

    __tablename__ = "release_file"
    __is_versioned__ = False
    __table_args__ = (
        UniqueConstraint("release_id", "collection", "format"),
        CheckConstraint("format IN ('csv', 'ndjson', 'parquet')", name="format"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    collection: Mapped[str]
    format: Mapped[str]
    #: Number of rows; size in bytes and SHA-256 of the uncompressed file.
    rows: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    crc32: Mapped[int] = mapped_column(BigInteger)
    #: Whether the file is stored as raw deflate data (RFC 1951), and the stored size in bytes.
    is_packed: Mapped[bool]
    stored_size: Mapped[int] = mapped_column(BigInteger)


class ReleaseChunk(Base):
    """A chunk of a stored file; the chunks are numbered in order."""

    __tablename__ = "release_chunk"
    __is_versioned__ = False

    file_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("release_file.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)
