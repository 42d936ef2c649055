"""Releases: named states of the ledger, published with the files that were made of them.

The files are kept, and not made anew at each download: the bytes of a published file must be those of its checksum for
ever, and rows made again would depend on the version of Parley, PostgreSQL and Parquet that makes them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class Release(Base):
    """A state of the ledger that has a name for ever."""

    __tablename__ = "release"
    # It says which revision is meant and changes none: making a release is no revision of the data.
    __is_kept__ = False
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
    #: Of each collection, by its name: what its records are and the columns of its table, as they were then.
    tables: Mapped[dict[str, Any]]


class ReleaseFile(Base):
    """A file of a release: a collection in one form."""

    __tablename__ = "release_file"
    __is_kept__ = False
    __table_args__ = (
        UniqueConstraint("release_id", "collection", "format"),
        CheckConstraint("format IN ('csv', 'ndjson', 'parquet')", name="format"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    release_id: Mapped[UUID] = mapped_column(ForeignKey("release.id"))
    collection: Mapped[str]
    format: Mapped[str]
    #: Rows; bytes and SHA-256 of the file itself.
    rows: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    crc32: Mapped[int] = mapped_column(BigInteger)
    #: Whether it is stored as raw deflate (RFC 1951), and the bytes that are stored.
    is_packed: Mapped[bool]
    stored_size: Mapped[int] = mapped_column(BigInteger)


class ReleaseChunk(Base):
    """A piece of a file as it is stored, in their order."""

    __tablename__ = "release_chunk"
    __is_kept__ = False

    file_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("release_file.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)
