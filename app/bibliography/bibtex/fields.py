"""The fields of BibTeX and biblatex, and the CSL variables that they set."""

from typing import Final

from app.bibliography.kinds import TYPES

PREFIX: Final = "bib"
MEDIA_TYPE: Final = "application/x-bibtex"
#: CSL variables by field. If several fields set the same variable, the first in the entry wins.
VARIABLES: Final = {
    "title": "title", "shorttitle": "title-short", "journal": "container-title", "journaltitle": "container-title",
    "booktitle": "container-title", "shortjournal": "container-title-short", "series": "collection-title",
    "volume": "volume", "volumes": "number-of-volumes", "number": "number", "issue": "issue", "pages": "page",
    "pagetotal": "number-of-pages", "chapter": "chapter-number", "part": "part", "edition": "edition",
    "version": "version", "publisher": "publisher", "institution": "publisher", "school": "publisher",
    "organization": "publisher", "howpublished": "publisher", "address": "publisher-place",
    "location": "publisher-place", "origtitle": "original-title", "origpublisher": "original-publisher",
    "origlocation": "original-publisher-place", "eventtitle": "event-title", "venue": "event-place", "type": "genre",
    "pubstate": "status", "library": "call-number", "keywords": "keyword", "abstract": "abstract",
    "language": "language", "langid": "language", "copyright": "license", "rights": "license", "license": "license",
    "url": "URL", "doi": "DOI", "isbn": "ISBN", "issn": "ISSN", "pmid": "PMID", "pmcid": "PMCID",
    "annote": "annote", "annotation": "annote",
}  # fmt: skip
#: Lists of names.
NAME_FIELDS: Final = {
    "author": "author", "editor": "editor", "translator": "translator", "bookauthor": "container-author",
    "director": "director", "holder": "compiler",
}  # fmt: skip
#: Fields whose content is not LaTeX.
VERBATIM: Final = frozenset(("url", "doi", "file", "eprint", "pdf", "isbn", "issn", "pmid", "pmcid", "langid"))
DATE_FIELDS: Final = {"urldate": "accessed", "eventdate": "event-date", "origdate": "original-date"}
#: For each CSL variable, the field that an export writes.
WRITTEN_FIELDS: Final = {
    "title-short": "shorttitle", "container-title-short": "shortjournal", "collection-title": "series", "volume": "volume",
    "number-of-volumes": "volumes", "issue": "issue", "number": "number", "page": "pages", "number-of-pages": "pagetotal",
    "chapter-number": "chapter", "part": "part", "edition": "edition", "version": "version", "publisher-place": "address",
    "original-title": "origtitle", "original-publisher": "origpublisher", "original-publisher-place": "origlocation",
    "event-title": "eventtitle", "event-place": "venue", "genre": "type", "status": "pubstate", "call-number": "library",
    "keyword": "keywords", "language": "language", "license": "copyright", "URL": "url", "DOI": "doi", "ISBN": "isbn",
    "ISSN": "issn", "PMID": "pmid", "PMCID": "pmcid", "abstract": "abstract",
}  # fmt: skip
#: CSL types by the `entrysubtype` of an article.
SUBTYPES: Final = {"newspaper": "article-newspaper", "magazine": "article-magazine"}
#: Fields about the user's own library, such as file paths; they are not imported.
PRIVATE: Final = frozenset(("file", "pdf", "owner", "timestamp", "local-url", "bdsk-file-1", "bdsk-file-2"))
#: Prefix of the names of fields that only Parley writes.
OWN: Final = "parley"


def spell(type_: str) -> str:
    """Return the word that `coded_from` uses for a CSL type, such as `@article`."""
    return "@article" if type_ in SUBTYPES.values() else f"@{TYPES[type_].bibtex}"
