"""GeoJSON (RFC 7946): a feature for each record, at the point (`lon`, `lat`) of its row."""

from collections.abc import Mapping

from app.domain.types import instant
from app.reading.formats.format import AnswerContext, Format
from app.reading.formats.sheet import RowBatch, compact


class GeoJsonWriter:
    """Writes a feature collection with a feature for each row."""

    def __init__(self, context: AnswerContext) -> None:
        self._sort_out = context
        self._is_first = True

    def head(self) -> bytes:
        context = self._sort_out
        about = {
            "name": context.title,
            "url": context.address,
            "revision": context.revision,
            "revised_at": instant(context.at),
        }
        return f'{{"type":"FeatureCollection","parley":{compact(about)},"features":['.encode()

    def rows(self, batch: RowBatch) -> bytes:
        features = ",\n".join(compact(self._feature(row)) for row in batch.rows)
        if not features:
            return b""
        before, self._is_first = ("\n" if self._is_first else ",\n"), False
        return (before + features).encode()

    def tail(self) -> bytes:
        return b"\n]}\n"

    def _feature(self, row: Mapping[str, object]) -> dict[str, object]:
        lon, lat = row.get("lon"), row.get("lat")
        # A record without a known point is still listed, without a geometry.
        geometry = None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}
        url = f"{self._sort_out.base}/v1/{self._sort_out.collection}/{row['slug']}"
        return {"type": "Feature", "id": row["id"], "geometry": geometry, "properties": {**row, "url": url}}


GEOJSON = Format(
    name="geojson",
    media_type="application/geo+json",
    suffix="geojson",
    offer="point",
    about="GeoJSON (RFC 7946): a feature for each record at its point (for a talk: that of its place), or without a geometry"
    " if the point is unknown. The properties of the feature are the record as in a list.",
    make=GeoJsonWriter,
    takes_selection=False,
)
