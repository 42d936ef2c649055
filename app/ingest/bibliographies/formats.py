"""The bibliography formats, with their names and the functions that split files and parse entries."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from app.bibliography import bibtex, csl, ris
from app.bibliography.reference import Reference
from app.ingest.bibliographies.bibtex_entries import split_bibtex
from app.ingest.bibliographies.json_entries import split_json
from app.ingest.bibliographies.ris_entries import split_ris
from app.web.json_body import parse_object
from app.web.upload_stream import Line

Split = Callable[[AsyncIterator[bytes], int], AsyncIterator[list[Line]]]


@dataclass(frozen=True, slots=True)
class BibliographyFormat:
    """A bibliography format: its media types, its file extensions, and its parser."""

    name: str
    about: str
    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]
    prefix: str
    split: Split
    read: Callable[[str, dict[str, str]], Reference | None]
    example: str


_CSL_EXAMPLE = json.dumps(
    [
        {
            "id": "doe2025",
            "type": "article-newspaper",
            "title": "Delegations meet in Istanbul",
            "author": [{"family": "Doe", "given": "Jane"}],
            "container-title": "The Gazette",
            "issued": {"date-parts": [[2025, 6, 2]]},
            "URL": "https://gazette.example/istanbul",
        }
    ]
)
FORMATS: Final = {
    one.name: one
    for one in (
        BibliographyFormat(
            "csljson",
            "CSL-JSON: an array of entries, or a single entry, as exported by Zotero and returned by doi.org.",
            (csl.MEDIA_TYPE,),
            (".json", ".csljson"),
            csl.PREFIX,
            split_json,
            lambda text, _: csl.read(parse_object(text.encode())),
            _CSL_EXAMPLE,
        ),
        BibliographyFormat(
            "ris",
            "RIS: entries from TY to ER, as exported by Zotero, EndNote and literature databases.",
            (ris.MEDIA_TYPE, "application/x-endnote-refer"),
            (".ris",),
            ris.PREFIX,
            split_ris,
            lambda text, _: ris.read(text.split("\n")),
            "TY  - NEWS\r\nTI  - Delegations meet in Istanbul\r\nAU  - Doe, Jane\r\nT2  - The Gazette\r\nDA  - 2025/06/02/\r\nER  - \r\n",
        ),
        BibliographyFormat(
            "bibtex",
            "BibTeX or BibLaTeX, as exported by JabRef and Zotero and returned by doi.org.",
            (bibtex.MEDIA_TYPE, "text/x-bibtex"),
            (".bib", ".bibtex"),
            bibtex.PREFIX,
            split_bibtex,
            bibtex.read,
            "@article{doe2025,\n  title = {Delegations meet in Istanbul},\n  author = {Doe, Jane},\n  journal = {The Gazette},\n  year = 2025,\n  month = jun\n}\n",
        ),
    )
}
"""The bibliography formats by name."""
