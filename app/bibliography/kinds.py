"""Maps the types of works in CSL, RIS and BibTeX to each other and to Parley's kinds of sources.

A kind describes the role of a source in a negotiation; a type describes how a work is cited. Few types of the
formats have an equivalent kind of source. Any other type becomes the nearest kind, and the original type is stored in
`coded_from`.
"""

from dataclasses import dataclass
from typing import Final

from app.db.vocabulary import SourceKind as Kind


@dataclass(frozen=True, slots=True)
class Type:
    """A CSL type: its kind of source, and its names in RIS and BibTeX."""

    kind: Kind | None
    ris: str
    bibtex: str
    is_exact: bool = False
    """Whether the type and the kind are equivalent."""
    is_serial: bool = False
    """Whether the container of the work (a newspaper, a website) is stored as its publisher."""


_OTHER = Kind.OTHER
TYPES: Final[dict[str, Type]] = {
    "article": Type(_OTHER, "UNPB", "unpublished", is_serial=True),
    "article-journal": Type(_OTHER, "JOUR", "article", is_serial=True),
    "article-magazine": Type(Kind.NEWS, "MGZN", "article", is_serial=True),
    "article-newspaper": Type(Kind.NEWS, "NEWS", "article", is_exact=True, is_serial=True),
    "bill": Type(Kind.OFFICIAL, "BILL", "legislation"),
    "book": Type(_OTHER, "BOOK", "book"),
    "broadcast": Type(_OTHER, "MPCT", "video", is_serial=True),
    "chapter": Type(_OTHER, "CHAP", "incollection"),
    "classic": Type(_OTHER, "CLSWK", "book"),
    "collection": Type(_OTHER, "GEN", "collection"),
    "dataset": Type(Kind.DATASET_RECORD, "DATA", "dataset", is_exact=True),
    "document": Type(None, "GEN", "misc", is_exact=True),
    "entry": Type(Kind.ENCYCLOPEDIA, "DICT", "inreference", is_serial=True),
    "entry-dictionary": Type(Kind.ENCYCLOPEDIA, "DICT", "inreference", is_serial=True),
    "entry-encyclopedia": Type(Kind.ENCYCLOPEDIA, "ENCYC", "inreference", is_exact=True, is_serial=True),
    "event": Type(_OTHER, "GEN", "misc"),
    "figure": Type(_OTHER, "FIGURE", "image"),
    "graphic": Type(_OTHER, "ART", "artwork"),
    "hearing": Type(Kind.OFFICIAL, "HEAR", "misc"),
    "interview": Type(Kind.INTERVIEW, "PCOMM", "misc", is_exact=True),
    "legal_case": Type(Kind.OFFICIAL, "CASE", "jurisdiction"),
    "legislation": Type(Kind.OFFICIAL, "STAT", "legislation"),
    "manuscript": Type(_OTHER, "MANSCPT", "unpublished"),
    "map": Type(_OTHER, "MAP", "misc"),
    "motion_picture": Type(_OTHER, "VIDEO", "movie"),
    "musical_score": Type(_OTHER, "MUSIC", "music"),
    "pamphlet": Type(_OTHER, "PAMP", "booklet"),
    "paper-conference": Type(_OTHER, "CONF", "inproceedings"),
    "patent": Type(_OTHER, "PAT", "patent"),
    "performance": Type(_OTHER, "GEN", "performance"),
    "periodical": Type(_OTHER, "JFULL", "periodical"),
    "personal_communication": Type(_OTHER, "PCOMM", "letter"),
    "post": Type(_OTHER, "ICOMM", "online", is_serial=True),
    "post-weblog": Type(Kind.BLOG, "BLOG", "online", is_exact=True, is_serial=True),
    "regulation": Type(Kind.OFFICIAL, "STAT", "legislation"),
    "report": Type(_OTHER, "RPRT", "report"),
    "review": Type(_OTHER, "JOUR", "review", is_serial=True),
    "review-book": Type(_OTHER, "JOUR", "review", is_serial=True),
    "software": Type(_OTHER, "COMP", "software"),
    "song": Type(_OTHER, "SOUND", "audio"),
    "speech": Type(Kind.STATEMENT, "SLIDE", "misc"),
    "standard": Type(_OTHER, "STAND", "standard"),
    "thesis": Type(_OTHER, "THES", "thesis"),
    "treaty": Type(Kind.OFFICIAL, "LEGAL", "legal"),
    "webpage": Type(_OTHER, "ELEC", "online", is_serial=True),
}
"""The types of CSL 1.0.2."""

#: For each kind without an equivalent type, the nearest type. An export also writes the `kind`.
_NEAREST: Final = {
    Kind.AGENCY: "article-newspaper",
    Kind.STATE_MEDIA: "article-newspaper",
    Kind.HEADLINE: "article-newspaper",
    Kind.DECREE: "legislation",
    Kind.PHOTO_CAPTION: "graphic",
}
_OF_KIND: Final = {one.kind: name for name, one in TYPES.items() if one.is_exact}

#: RIS types that are only read, never written.
_RIS_BESIDE: Final = {
    "ABST": "article-journal", "ADVS": "motion_picture", "AGGR": "dataset", "ANCIENT": "classic", "CHART": "figure",
    "CPAPER": "paper-conference", "CTLG": "book", "DBASE": "dataset", "EBOOK": "book", "ECHAP": "chapter",
    "EDBOOK": "book", "EJOUR": "article-journal", "EQUA": "document", "GOVDOC": "report", "GRANT": "document",
    "GRNT": "document", "INPR": "article", "JFUL": "periodical", "MULTI": "document", "POD": "broadcast",
    "SER": "book", "UNBILL": "bill", "UNBIL": "bill", "UNPD": "manuscript", "WEB": "webpage", "BLOGPOST": "post-weblog",
}  # fmt: skip
_BIBTEX_BESIDE: Final = {
    "conference": "paper-conference", "electronic": "webpage", "inbook": "chapter", "bookinbook": "chapter",
    "suppbook": "chapter", "suppcollection": "chapter", "suppperiodical": "article-journal", "manual": "report",
    "mastersthesis": "thesis", "phdthesis": "thesis", "bathesis": "thesis", "mvbook": "book", "mvcollection": "book",
    "mvproceedings": "book", "mvreference": "book", "proceedings": "book", "reference": "book",
    "techreport": "report", "www": "webpage", "preprint": "article", "newspaper": "article-newspaper",
    "commentary": "book", "bibnote": "document", "set": "document", "xdata": "document", "speech": "speech",
}  # fmt: skip
#: For each word that stands for several CSL types, the type that an import uses.
_READ_AS: Final = {
    "GEN": "document", "STAT": "legislation", "DICT": "entry-dictionary", "JOUR": "article-journal",
    "PCOMM": "personal_communication", "MPCT": "motion_picture", "article": "article-journal", "misc": "document",
    "unpublished": "manuscript", "online": "webpage", "legislation": "legislation", "book": "book",
    "inreference": "entry-encyclopedia", "review": "review", "VIDEO": "motion_picture", "video": "motion_picture",
}  # fmt: skip
RIS_TYPES: Final = {**{one.ris: name for name, one in TYPES.items()}, **_RIS_BESIDE}
BIBTEX_TYPES: Final = {**{one.bibtex: name for name, one in TYPES.items()}, **_BIBTEX_BESIDE}
for _table in (RIS_TYPES, BIBTEX_TYPES):
    _table.update({name: type_ for name, type_ in _READ_AS.items() if name in _table})


def type_of_word(word: str) -> str | None:
    """Return the CSL type for a word of `coded_from`: `book`, `RIS BOOK` or `@book`; None if it is not a type."""
    if word.startswith("@"):
        return BIBTEX_TYPES.get(word[1:])
    if word.startswith("RIS "):
        return RIS_TYPES.get(word[4:])
    return word if word in TYPES else None


def type_of_kind(kind: str | None, coded_from: str | None) -> str:
    """Return the CSL type of a source: the original type if it still matches the kind of the source, otherwise the type
    that is nearest to the kind."""
    known = Kind(kind) if kind is not None else None
    if coded_from is not None and (found := type_of_word(coded_from)) is not None and TYPES[found].kind == known:
        return found
    return _OF_KIND.get(known) or _NEAREST.get(known, "document")  # type: ignore[arg-type]
