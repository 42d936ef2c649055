"""The ledger as it is now, described as releases are: its files are the addresses of the live exports."""

from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi import Response as HttpResponse

from app.db.vocabulary import Scope
from app.releases.builder import table_of
from app.releases.descriptions import Document, Place, croissant, data_package, dcat
from app.releases.published import DataFile, DataSet
from app.releases.responses import JSON, told, written
from app.releases.routes import JSON_LD, READ, described_as
from app.releases.schemas import FileForm
from app.releases.statements import fetch_newest
from app.resources.resource import Resource, reader_of
from app.web.access import Principal, require
from app.web.read_response import base_of
from app.web.route_docs import TAGGED

_NOTE = (
    "This is the ledger as it is now, which changes with every write: a file is whatever is there when it is asked for."
    " To cite the data, and to have them under a licence, take a release: {base}/v1/releases."
)
#: End of the address, operation, media type, what it is called, and how it is made. The last is given the address of the
#: service.
_DESCRIPTIONS: tuple[tuple[str, str, str, str, Callable[[DataSet, Place, str], Document]], ...] = (
    ("datapackage.json", "getDataPackage", JSON, "a Data Package",
     lambda data, place, _: data_package(data, data.files, place)),
    ("croissant.json", "getCroissant", JSON_LD, "a Croissant",
     lambda data, place, base: croissant(data, data.files, place, f"{base}{data.address}")),
    ("dcat.jsonld", "getDcat", JSON_LD, "a dcat:Dataset", dcat),
)  # fmt: skip


def make_descriptions(collections: Sequence[Resource]) -> APIRouter:
    """The routes that describe what there is now of all these collections."""
    router = APIRouter(prefix="/v1", tags=["releases"])
    # Rows and columns of a list where nothing is chosen but its form, and where nothing is kept back.
    tables = {one.name: table_of(one, one.read_spec.summary) for one in collections}
    files = [DataFile(collection=one.name, format=form) for one in collections for form in FileForm]
    queries = {one.name: one.read_spec.everything for one in collections}

    def add(end: str, operation: str, media_type: str, called: str, make: Callable[..., Document]) -> None:
        @router.get(
            f"/{end}",
            operation_id=operation,
            summary=f"Describe the data as {called}",
            responses=described_as(media_type, f"The data as {called}.", refused=READ, headers=TAGGED),
            response_class=HttpResponse,
        )
        async def describe(request: Request, _: Annotated[Principal, Depends(require(Scope.READ))]) -> HttpResponse:
            """The ledger as it is now, as the same description of a release tells it: every collection in every form,
            with the columns of its tables. The files are the live exports, so they have neither size nor checksum, and
            no licence: a release has them."""
            newest, base = await fetch_newest(reader_of(request)), base_of(request)
            note = _NOTE.format(base=base)
            data = DataSet(revision=newest.revision, at=newest.at, tables=tables, files=files, note=note)

            def place(file: DataFile) -> str:
                asked = {**queries[file.collection], "format": str(file.format)}
                return f"{base}/v1/{file.collection}?{urlencode(asked)}"

            headers = {"Parley-Revision": str(data.revision)}
            return told(request, written(make(data, place, base)), media_type, headers=headers)

    for description in _DESCRIPTIONS:
        add(*description)
    return router
