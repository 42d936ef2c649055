"""Reads and writes BibTeX and biblatex entries, as JabRef, Zotero and doi.org write them. Parsed with pybtex."""

from app.bibliography.bibtex.entry_parser import Broken, new_macros
from app.bibliography.bibtex.fields import MEDIA_TYPE, PREFIX, spell
from app.bibliography.bibtex.reader import read
from app.bibliography.bibtex.writer import write

__all__ = ["MEDIA_TYPE", "PREFIX", "Broken", "new_macros", "read", "spell", "write"]
