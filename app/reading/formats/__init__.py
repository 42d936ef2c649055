"""The formats of answers besides JSON. To add a format, write a module and add it to `FORMATS`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from app.reading.formats.atom import ATOM
from app.reading.formats.bibliography import BIBTEX, CSLJSON, RIS
from app.reading.formats.calendar import ICS
from app.reading.formats.csv_table import CSV
from app.reading.formats.format import AnswerContext, Format, FormatWriter
from app.reading.formats.geojson import GEOJSON
from app.reading.formats.graphml import GRAPHML
from app.reading.formats.json_feed import FEED
from app.reading.formats.jsonld import JSONLD
from app.reading.formats.ndjson import NDJSON
from app.reading.formats.parquet import PARQUET
from app.reading.formats.rss import RSS
from app.reading.formats.svg import SVG

__all__ = ["FORMATS", "JSON", "AnswerContext", "FormName", "Format", "FormatWriter"]

FORMATS: Final[dict[str, Format]] = {
    one.name: one
    for one in (CSV, NDJSON, GEOJSON, ICS, ATOM, FEED, RSS, JSONLD, PARQUET, CSLJSON, RIS, BIBTEX, GRAPHML, SVG)
}
#: The name of the default format, whose text PostgreSQL produces.
JSON: Final = "json"

if TYPE_CHECKING:
    FormName = str
else:
    #: The values of `format=`. They are built from `FORMATS` at run time, which type checkers cannot follow.
    FormName = StrEnum("FormName", {name.upper(): name for name in (JSON, *FORMATS)})
    FormName.__doc__ = "The formats of an answer."
