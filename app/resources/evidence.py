"""The records behind the numbers of a report, and their citations: `include=evidence` of all reports."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias

from pydantic import BaseModel, Field, create_model

from app.reading.query import Many
from app.reading.reader import Reader

#: Finds the records behind a row, as `collection/slug`.
RecordsOf: TypeAlias = Callable[[Mapping[str, Any]], Iterable[str]]

#: The citations of these records (collections $1, slugs $2).
_CITATIONS = """
SELECT target.collection || '/' || target.slug AS record, c.slug AS citation, source.slug AS source, c.verdict, c.locator, c.quote
FROM unnest($1::text[], $2::text[]) AS cited(collection, slug)
JOIN entry AS target ON target.collection = cited.collection AND target.slug = cited.slug
JOIN citation AS c ON c.target_id = target.id AND c.withdrawn_at IS NULL
JOIN source ON source.id = c.source_id
ORDER BY target.collection, target.slug COLLATE "C", c.slug COLLATE "C"
"""


class Evidence(StrEnum):
    EVIDENCE = "evidence"


class EvidenceOptions(BaseModel):
    """The parameter of reports whose rows name the records behind them."""

    include: Many[Evidence] | None = Field(
        None,
        description="`evidence` adds the citations of the records behind each row.",
        examples=[["evidence"]],
    )

    @property
    def has_evidence(self) -> bool:
        return bool(self.include)


class CitationOfRow(BaseModel):
    """A citation of a record behind the row."""

    record: str = Field(
        description="The cited record, as `collection/slug`.", examples=["demands/russian-memorandum-2025-06-02-i-3"]
    )
    citation: str = Field(
        description="The slug of the citation.", examples=["russian-memorandum-2025-06-02-on-interfax"]
    )
    source: str = Field(description="The slug of the source.", examples=["interfax"])
    verdict: str = Field(description="Whether the source supports the record.", examples=["supports"])
    locator: str | None = Field(
        description="The place in the source; null = the whole source.", examples=["section I.3"]
    )
    quote: str | None = Field(description="The words of the source; null = not quoted.", examples=[None])


@cache
def cited(row: type[BaseModel]) -> type[BaseModel]:
    """The schema of these rows with the citations as the last column, for reports with `EvidenceOptions`."""
    field = Field(
        description="The citations of the records behind the row; null = not requested by `include=evidence`.",
        examples=[None],
    )
    return create_model(row.__name__, __base__=row, __doc__=row.__doc__, citations=(list[CitationOfRow] | None, field))


async def _citations(reader: Reader, records: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The citations of these records (`collection/slug`) as rows of `CitationOfRow`, by record."""
    pairs = [record.split("/", 1) for record in sorted(set(records))]
    found: dict[str, list[dict[str, Any]]] = {}
    async with reader.connection() as connection:
        rows = await connection.fetch(_CITATIONS, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    for row in rows:
        found.setdefault(row["record"], []).append(dict(row))
    return found


async def with_evidence(
    reader: Reader, rows: Sequence[Mapping[str, Any]], records_of: Sequence[Sequence[str]], *, has_evidence: bool
) -> list[dict[str, Any]]:
    """Add the citations of the records behind each row; null if they were not requested."""
    found = await _citations(reader, (one for records in records_of for one in records)) if has_evidence else None
    return [
        {
            **row,
            "citations": None
            if found is None
            else [citation for record in sorted(set(records)) for citation in found.get(record, ())],
        }
        for row, records in zip(rows, records_of, strict=True)
    ]
