"""The forms that lists can have besides JSON. A further one is a declaration here."""

from typing import Final

from app.reading.forms.bibliography import BIBTEX, CSLJSON, RIS
from app.reading.forms.calendar import ICS
from app.reading.forms.feeds import ATOM, FEED
from app.reading.forms.form import Ending, Form, Told
from app.reading.forms.geojson import GEOJSON
from app.reading.forms.jsonld import JSONLD
from app.reading.forms.lines import NDJSON
from app.reading.forms.parquet import PARQUET
from app.reading.forms.tables import CSV

__all__ = ["FORMS", "Ending", "Form", "Told"]

FORMS: Final[dict[str, Form]] = {
    form.name: form for form in (CSV, NDJSON, GEOJSON, ICS, ATOM, FEED, JSONLD, PARQUET, CSLJSON, RIS, BIBTEX)
}
