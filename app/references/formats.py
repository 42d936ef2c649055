"""Issues, sources and citations in other formats: feeds, and bibliographies of sources."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, create_model

from app.reading.formats.news import FeedEntry, shorten_text
from app.references.read_schemas import CitationSummary, IssueSummary, SourceDetail, SourceSummary

#: The verb for each verdict, as in "The Moscow Times contradicts: talks/istanbul-2025-06-02".
VERBS: Final = {"supports": "supports", "contradicts": "contradicts", "silent": "is silent on"}


class IssueAsNews(IssueSummary):
    """An issue as an entry of a feed."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        return FeedEntry(f"{row['code']}: {row['label']}", categories=((row["broader"] or {}).get("label"),))


class SourceAsNews(SourceSummary):
    """A source as an entry of a feed."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        return FeedEntry(
            row["title"],
            text=", ".join(part for part in (row["publisher"], row["published"]) if part) or None,
            on=row["published"],
            authors=(row["publisher"],),
            categories=(row["kind"],),
            related=row["url"],
        )


_CITED = ("id", "slug", "title", "summary", "kind", "url", "archived_url", "publisher", "authors", "published",
          "accessed_on", "lang", "licence", "notes", "coded_from", "external_ids")  # fmt: skip
_CITED_FIELDS: dict[str, Any] = {
    name: (info.annotation, info) for name, info in SourceDetail.model_fields.items() if name in _CITED
}
#: The fields of a source that bibliography formats use.
SourceInBibliography: type[BaseModel] = create_model(
    "SourceInBibliography", __config__=ConfigDict(extra="forbid"), **_CITED_FIELDS
)


class CitationAsNews(CitationSummary):
    """A citation as an entry of a feed."""

    @staticmethod
    def entry(row: Mapping[str, Any]) -> FeedEntry:
        source, target = row["source"], f"{row['target']['collection']}/{row['target']['slug']}"
        return FeedEntry(
            shorten_text(
                f"{source['publisher'] or source['title']} {VERBS[row['verdict']]}: {target}{row['field'] or ''}"
            ),
            text="\n\n".join(part for part in (row["quote"], row["locator"], source["title"]) if part),
            on=row["public_by"] or source["published"],
            authors=(source["publisher"],),
            categories=(row["verdict"],),
            related=source["url"],
        )


ISSUE_OFFERS = {"news": IssueAsNews}
SOURCE_OFFERS: dict[str, type[BaseModel]] = {
    "news": SourceAsNews,
    "reference": SourceInBibliography,
}
CITATION_OFFERS = {"news": CitationAsNews}
