"""The media types of import files, and the format and compression that a request names."""

from fastapi import Request

from app.errors import ApiError, ProblemType, quoted
from app.ingest.bibliographies.formats import FORMATS
from app.ingest.workbooks.lines import XLSX

NDJSON, JSON, GZIP = "application/x-ndjson", "application/json", "application/gzip"
#: The format of a body by its media type; None = detected from the content.
FORMATS_BY_MEDIA_TYPE = {
    NDJSON: "ndjson",
    "application/ndjson": "ndjson",
    "text/csv": "csv",
    XLSX: "xlsx",
    GZIP: None,
    **{
        media_type: name
        for name, bibliography_format in FORMATS.items()
        for media_type in bibliography_format.media_types
    },
}
#: The request body in the OpenAPI document.
REQUEST_CONTENT = {
    NDJSON: {
        "schema": {
            "type": "string",
            "description": "One JSON object per line: the body of a POST to the collection, and the field `collection`.",
        },
        "example": '{"collection": "parties", "slug": "alba", "name": "Alba", "kind": "state"}\n'
        '{"collection": "people", "slug": "ana", "name": "Ana", "party": "alba"}\n',
    },
    "text/csv": {
        "schema": {"type": "string", "description": "A table with a header, for one collection (`collection=`)."},
        "example": "slug,name,kind,countries\r\nalba,Alba,state,AL\r\nboria,Boria,state,\r\n",
    },
    XLSX: {
        "schema": {
            "type": "string",
            "format": "binary",
            "description": "A workbook whose first sheet is such a table. A profile may name another sheet.",
        }
    },
    **{
        bibliography_format.media_types[0]: {
            "schema": {"type": "string", "description": f"{bibliography_format.about} Each entry becomes a source."},
            "example": bibliography_format.example,
        }
        for bibliography_format in FORMATS.values()
    },
    "application/gzip": {
        "schema": {"type": "string", "format": "binary", "description": "Any of these formats, compressed with gzip."}
    },
}


def detect_format(request: Request) -> tuple[str | None, bool]:
    """Return the format for the media type, and whether the body is compressed. Raises `ApiError` (415)."""
    content_type = request.headers.get("content-type", "")
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    coding = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
    headers = {"Accept-Post": ", ".join(FORMATS_BY_MEDIA_TYPE), "Accept-Encoding": "gzip, identity"}
    if media_type not in FORMATS_BY_MEDIA_TYPE:
        problem = (
            f"The media type {quoted(content_type, 100)} is not supported"
            if content_type
            else "`Content-Type` is missing"
        )
        raise ApiError(
            ProblemType.MEDIA_TYPE, f"{problem}. Use one of: {', '.join(FORMATS_BY_MEDIA_TYPE)}.", headers=headers
        )
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            detail = f"The charset {quoted(value, 40)} is not supported. Encode the file as UTF-8."
            raise ApiError(ProblemType.MEDIA_TYPE, detail, headers=headers)
    if coding not in ("identity", "gzip", "x-gzip"):
        detail = f"The content encoding {quoted(coding, 60)} is not supported. Use gzip, or none."
        raise ApiError(ProblemType.MEDIA_TYPE, detail, headers=headers)
    return FORMATS_BY_MEDIA_TYPE[media_type], media_type == GZIP or coding != "identity"


def wants_only_summary(request: Request) -> bool:
    """Return whether `Accept` names JSON and not NDJSON; other clients get the stream."""
    kinds = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return JSON in kinds and NDJSON not in kinds
