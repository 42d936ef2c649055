"""Descriptions of the current data, in the same formats as the descriptions of releases. The files that they list are
URLs of live exports.
"""

from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.releases.builder import table_of
from app.releases.croissant import croissant
from app.releases.data_package import data_package
from app.releases.dcat import dcat
from app.releases.descriptions import Document, Place
from app.releases.openapi import JSON_LD, READ, description_responses
from app.releases.published import DataFile, PublishedData
from app.releases.responses import tagged_response, to_json
from app.releases.schemas import FileForm
from app.releases.statements import fetch_newest
from app.resources.resource import Resource
from app.resources.state import reader_of
from app.web.access import Principal, require
from app.web.media_types import JSON
from app.web.read_response import base_of
from app.web.route_docs import TAGGED

_NOTE = (
    "These are the current data, which change with every write: each download returns the state at that time."
    " To cite the data, or to use them under a licence, use a release: {base}/v1/releases."
)
#: For each document: the last part of the path, the operation id, the media type, the name, and the function that makes
#: the document. The last argument of the function is the base URL of the server.
_DESCRIPTIONS: tuple[tuple[str, str, str, str, Callable[[PublishedData, Place, str], Document]], ...] = (
    ("datapackage.json", "getDataPackage", JSON, "a Data Package",
     lambda data, place, _: data_package(data, data.files, place)),
    ("croissant.json", "getCroissant", JSON_LD, "a Croissant",
     lambda data, place, base: croissant(data, data.files, place, f"{base}{data.address}")),
    ("dcat.jsonld", "getDcat", JSON_LD, "a dcat:Dataset", dcat),
)  # fmt: skip


def make_descriptions(collections: Sequence[Resource]) -> APIRouter:
    """The routes that describe the current data of these collections."""
    router = APIRouter(prefix="/v1", tags=["releases"])
    # The columns of a list request with only `format` and the parameters that include every record.
    tables = {one.name: table_of(one, one.read_spec.summary) for one in collections}
    files = [DataFile(collection=one.name, format=form) for one in collections for form in FileForm]
    queries = {one.name: one.read_spec.everything for one in collections}

    def add(end: str, operation: str, media_type: str, name: str, make: Callable[..., Document]) -> None:
        @router.get(
            f"/{end}",
            operation_id=operation,
            summary=f"Describe the data as {name}",
            responses=description_responses(media_type, f"The data as {name}.", errors=READ, headers=TAGGED),
            response_class=HttpResponse,
        )
        async def describe(request: Request, _: Annotated[Principal, Depends(require(Scope.READ))]) -> HttpResponse:
            """Describes the current data: every collection in every format, with the columns of its tables. The files
            are live exports without size, checksum or licence. Use a release if you need these.
            """
            newest, base = await fetch_newest(reader_of(request)), base_of(request)
            note = _NOTE.format(base=base)
            data = PublishedData(revision=newest.revision, at=newest.at, tables=tables, files=files, note=note)

            def place(file: DataFile) -> str:
                parameters = {**queries[file.collection], "format": str(file.format)}
                return f"{base}/v1/{file.collection}?{urlencode(parameters)}"

            headers = {"Parley-Revision": str(data.revision)}
            return tagged_response(request, to_json(make(data, place, base)), media_type, headers=headers)

    for description in _DESCRIPTIONS:
        add(*description)
    return router
