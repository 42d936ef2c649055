"""CSL-JSON, RIS and BibTeX: sources for citation managers and LaTeX."""

from collections.abc import Callable, Mapping
from typing import Final

from app.bibliography import bibtex, csl, ris
from app.bibliography.reference import Reference
from app.bibliography.source_references import reference_of
from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import RowBatch, compact


class CslWriter:
    """Writes a JSON array of CSL items."""

    def __init__(self, context: AnswerContext) -> None:
        self._is_first = True

    def head(self) -> bytes:
        return b"["

    def rows(self, batch: RowBatch) -> bytes:
        entries = ",\n".join(compact(csl.write(reference_of(row, csl.spell))) for row in batch.rows)
        if not entries:
            return b""
        before, self._is_first = ("\n" if self._is_first else ",\n"), False
        return (before + entries).encode()

    def tail(self) -> bytes:
        return b"\n]\n"


class _TextWriter:
    """Writes one text entry for each row."""

    def __init__(self, spell: Callable[[str], str], write: Callable[[Reference], str]) -> None:
        self._spell, self._write = spell, write

    def head(self) -> bytes:
        return b""

    def rows(self, batch: RowBatch) -> bytes:
        return "".join(map(self._entry, batch.rows)).encode()

    def tail(self) -> bytes:
        return b""

    def _entry(self, row: Mapping[str, object]) -> str:
        return self._write(reference_of(row, self._spell))


_NOT_SHOWN = " It does not contain reliability, caveats, citations and review status."

CSLJSON: Final = Format(
    name="csljson",
    media_type=csl.MEDIA_TYPE,
    suffix="csl.json",
    offer="reference",
    about="CSL-JSON, for Zotero, pandoc and citation processors." + _NOT_SHOWN,
    make=CslWriter,
    takes_selection=False,
)

RIS: Final = Format(
    name="ris",
    media_type=ris.MEDIA_TYPE,
    suffix="ris",
    offer="reference",
    about="RIS, for EndNote, Zotero, Mendeley and similar programs." + _NOT_SHOWN,
    make=lambda context: _TextWriter(ris.spell, ris.write),
    takes_selection=False,
)

BIBTEX: Final = Format(
    name="bibtex",
    media_type=bibtex.MEDIA_TYPE,
    suffix="bib",
    offer="reference",
    about="BibTeX and biblatex in UTF-8, for LaTeX and JabRef." + _NOT_SHOWN,
    make=lambda context: _TextWriter(bibtex.spell, bibtex.write),
    takes_selection=False,
)
