"""Data set descriptions in the format Data Package 2.0."""

from collections.abc import Iterable

from app.releases.descriptions import KEYWORDS, Document, Place, data_set_description, orcid_url, without_nulls
from app.releases.published import MEDIA_TYPES, DataFile, PublishedData
from app.releases.schemas import FileForm
from app.releases.table_schemas import record_schema, table_schema

_DATA_PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"
_RESOURCE = "https://datapackage.org/profiles/2.0/dataresource.json"


def data_package(data: PublishedData, files: Iterable[DataFile], place: Place) -> Document:
    """A Data Package (2.0) with one resource per file, and with Table Schemas for the tables."""
    contributors = [
        {
            "title": one.name,
            "roles": ["creator"],
            **without_nulls(path=orcid_url(one), organization=one.affiliation),
            **({"familyName": one.person[0], "givenName": one.person[1]} if one.person else {}),
        }
        for one in data.creators
    ]
    contributors += [{"title": data.publisher, "roles": ["publisher"]}] if data.publisher else []
    return {
        "$schema": _DATA_PACKAGE,
        "name": data.key,
        **without_nulls(id=data.identifier),
        "title": data.whole_title,
        "description": data_set_description(data),
        "version": data.version,
        "created": data.issued.isoformat(timespec="seconds"),
        **without_nulls(homepage=data.url),
        "keywords": KEYWORDS,
        **without_nulls(licenses=[{"name": data.licence, "path": data.licence_url}] if data.licence else None),
        # Data Package does not allow an empty list here.
        **without_nulls(contributors=contributors or None),
        "resources": [_resource(data, file, place) for file in files],
    }


def _resource(data: PublishedData, file: DataFile, place: Place) -> Document:
    table = data.tables[file.collection]
    resource: Document = {
        "$schema": _RESOURCE,
        "name": f"{file.collection}-{file.format}".replace("_", "-"),
        "path": place(file),
        "title": file.collection.capitalize(),
        "description": table["about"],
        "format": str(file.format),
        "mediatype": MEDIA_TYPES[file.format],
        **without_nulls(bytes=file.size, hash=f"sha256:{file.sha256}" if file.sha256 else None),
    }
    if file.format is FileForm.NDJSON:
        # Older releases were stored without `fields`.
        schema = {"type": "table", "schema": record_schema(table)} if "fields" in table else {}
        return {**resource, "encoding": "utf-8", **schema}
    resource |= {"type": "table", "schema": table_schema(table, file.format)}
    if file.format is FileForm.CSV:
        resource |= {"encoding": "utf-8", "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True}}
    return resource
