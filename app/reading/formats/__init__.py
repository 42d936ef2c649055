"""The forms that lists can have besides JSON. A further one is a declaration here."""

from typing import Final

from app.reading.formats.bibliography import BIBTEX, CSLJSON, RIS
from app.reading.formats.calendar import ICS
from app.reading.formats.csv_table import CSV
from app.reading.formats.feeds import ATOM, FEED
from app.reading.formats.format import AnswerContext, Format, FormatWriter
from app.reading.formats.geojson import GEOJSON
from app.reading.formats.jsonld import JSONLD
from app.reading.formats.ndjson import NDJSON
from app.reading.formats.parquet import PARQUET

__all__ = ["FORMATS", "AnswerContext", "Format", "FormatWriter"]

FORMATS: Final[dict[str, Format]] = {
    form.name: form for form in (CSV, NDJSON, GEOJSON, ICS, ATOM, FEED, JSONLD, PARQUET, CSLJSON, RIS, BIBTEX)
}
