"""Tables of issues, sources, citations, external ids, codings and slug aliases."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.base import Base, Entry, Record
from app.db.columns import DEFERRED, indexed_both_ways, term, texts
from app.db.vocabulary import PublishedBasis, SourceKind, Verdict


class Issue(Record):
    """A subject of negotiation. The bundled taxonomy has two levels, but any number of levels is possible."""

    __tablename__ = "issue"
    __collection__ = "issues"
    __below__ = "broader_id"
    __dated__ = ("valid_from", "valid_to")
    __search__ = {"label": "A", "definition": "B", "scope_note": "C"}
    __labelled__ = "labels"
    __spelt__ = "label"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("code ~ '^[A-Z][A-Z0-9_]*([.][A-Z][A-Z0-9_]*)*$'", name="code"),
        CheckConstraint("broader_id <> id", name="not_in_itself"),
    )

    code: Mapped[str]
    label: Mapped[str]
    #: Labels in languages other than `lang`, by language (BCP 47).
    labels: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    broader_id: Mapped[UUID | None] = mapped_column(ForeignKey("issue.id", **DEFERRED), index=True)
    definition: Mapped[str | None]
    scope_note: Mapped[str | None]
    exact_match: Mapped[list[str]] = texts()
    close_match: Mapped[list[str]] = texts()
    valid_from: Mapped[str | None]
    valid_to: Mapped[str | None]
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("issue.id", **DEFERRED), index=True)

    broader: Mapped["Issue | None"] = relationship(foreign_keys=[broader_id], remote_side="Issue.id", viewonly=True)
    narrower: Mapped[list["Issue"]] = relationship(foreign_keys=[broader_id], order_by="Issue.code", viewonly=True)
    replaced_by: Mapped["Issue | None"] = relationship(
        foreign_keys=[replaced_by_id], remote_side="Issue.id", viewonly=True
    )


class Source(Record):
    """A document that can be consulted. A source remains stored even if no citation refers to it."""

    __tablename__ = "source"
    __collection__ = "sources"
    __is_claim__ = True
    __dated__ = ("published", "accessed_on")
    __together__ = (("published", "published_basis"), ("reliability", "reliability_note"))
    __search__ = {"title": "A", "summary": "B", "publisher": "C"}
    __spelt__ = "title"
    __table_args__ = (
        CheckConstraint("via_id <> id", name="not_via_itself"),
        CheckConstraint("published_basis IS NULL OR published IS NOT NULL", name="basis_of_a_date"),
        Index("ix_source_published", "published_min", "id"),
        Index("ix_source_publisher", "publisher"),
        *indexed_both_ways("ix_source_published", "published_min", "date"),
    )

    title: Mapped[str]
    summary: Mapped[str | None]
    kind: Mapped[SourceKind | None] = term(SourceKind)
    url: Mapped[str | None]
    archived_url: Mapped[str | None]
    publisher: Mapped[str | None]
    authors: Mapped[list[str]] = texts()
    published: Mapped[str | None]
    published_basis: Mapped[PublishedBasis | None] = term(PublishedBasis)
    accessed_on: Mapped[str | None]
    via_id: Mapped[UUID | None] = mapped_column(ForeignKey("source.id", **DEFERRED), index=True)
    reliability: Mapped[str | None]
    reliability_note: Mapped[str | None]
    licence: Mapped[str | None]

    via: Mapped["Source | None"] = relationship(remote_side="Source.id", viewonly=True)


class Citation(Record):
    """A place in a source that supports or contradicts a statement of a record, or a source that is silent on the
    statement.
    """

    __tablename__ = "citation"
    __collection__ = "citations"
    __is_claim__ = True
    __dated__ = ("public_by",)
    __search__ = {"quote": "B", "locator": "D"}
    __table_args__ = (
        UniqueConstraint("target_id", "key"),
        CheckConstraint("field IS NULL OR field ~ '^(/[^/]+)+$'", name="field_is_a_pointer"),
        Index("ix_citation_source", "source_id", "id"),
    )

    target_id: Mapped[UUID] = mapped_column(ForeignKey("entry.id", **DEFERRED), index=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id", **DEFERRED))
    #: Identifies the citation among the citations of the target. If no key is given, it is generated from source, field
    #: and verdict.
    key: Mapped[str]
    field: Mapped[str | None]
    verdict: Mapped[Verdict] = term(Verdict, server_default="supports")
    #: Any JSON value, or SQL NULL if no value was recorded.
    asserted_value: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    locator: Mapped[str | None]
    quote: Mapped[str | None]
    coder: Mapped[str | None]
    public_by: Mapped[str | None]
    note: Mapped[str | None]

    target: Mapped[Entry] = relationship(foreign_keys=[target_id], viewonly=True)
    source: Mapped[Source] = relationship(foreign_keys=[source_id], viewonly=True)
    attribution: Mapped[list["Attribution"]] = relationship(order_by="Attribution.position", viewonly=True)


class Attribution(Base):
    """One link in a citation's attribution chain, which states who made or relayed the claim.

    The chain leads from the original speaker to the document. A link has the wording of the document, references to
    stored records, or both.
    """

    __tablename__ = "attribution"
    __inside__ = "citation_id"
    __table_args__ = (CheckConstraint("num_nonnulls(text, party_id, person_id, source_id) >= 1", name="names_someone"),)

    citation_id: Mapped[UUID] = mapped_column(ForeignKey("citation.id", **DEFERRED), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str | None]
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("party.id", **DEFERRED), index=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id", **DEFERRED), index=True)
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("source.id", **DEFERRED), index=True)

    party: Mapped["Party | None"] = relationship(viewonly=True)  # type: ignore[name-defined]  # noqa: F821
    person: Mapped["Person | None"] = relationship(viewonly=True)  # type: ignore[name-defined]  # noqa: F821
    source: Mapped[Source | None] = relationship(viewonly=True)


class ExternalId(Base):
    """A record's identity in another data set."""

    __tablename__ = "external_id"
    __inside__ = "record_id"
    __table_args__ = (
        Index("ix_external_id_scheme_value", "scheme", "value"),
        CheckConstraint("scheme ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="scheme"),
    )
    __dated__ = ("valid_from", "valid_to")

    record_id: Mapped[UUID] = mapped_column(ForeignKey("entry.id", **DEFERRED), primary_key=True)
    scheme: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    uri: Mapped[str | None]
    valid_from: Mapped[str | None]
    valid_to: Mapped[str | None]


class Coding(Base):
    """The value that a named coder gave to a field of a record. The record has the value that was decided on, and
    `review` says whether differences between coders were resolved.
    """

    __tablename__ = "coding"
    __inside__ = "record_id"
    __dated__ = ("coded_on",)
    __table_args__ = (
        CheckConstraint("field ~ '^/[^/]+$'", name="field_is_a_pointer"),
        CheckConstraint("jsonb_typeof(value) IN ('string', 'number', 'boolean')", name="value_is_scalar"),
        Index("ix_coding_field", "field"),
    )

    record_id: Mapped[UUID] = mapped_column(ForeignKey("entry.id", **DEFERRED), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    coder: Mapped[str] = mapped_column(primary_key=True)
    #: A JSON string, number or boolean.
    value: Mapped[Any] = mapped_column(JSONB)
    coded_on: Mapped[str | None]


class SlugAlias(Base):
    """Another key of a record: a former slug, or the slug or id of a record merged into it. Requests with this key are
    redirected (308).
    """

    __tablename__ = "slug_alias"
    __inside__ = "record_id"

    collection: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(ForeignKey("entry.id", **DEFERRED), index=True)
