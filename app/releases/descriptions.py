"""Machine-readable descriptions of a data set: Data Package 2.0 with Table Schemas, Croissant 1.0 and DCAT 3.

The description of a release uses only what was stored with it, so it stays correct if a later version of Parley has
other columns. The description of the current database uses the current schemas. A `Place` maps a file to its location:
a URL, or a path in a bundle.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from app.releases.citation import sentence
from app.releases.published import MEDIA_TYPES, DataFile, DataSet, Published
from app.releases.schemas import Creator, FileForm

Place = Callable[[DataFile], str]
Document = dict[str, Any]

_DATA_PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"
_RESOURCE = "https://datapackage.org/profiles/2.0/dataresource.json"
_TABLE_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"
_KEYWORDS = ["negotiations", "peace processes", "demands", "diplomacy", "event data"]
#: Column types and their names in Table Schema.
_TABLE_TYPES = {"integer": "integer", "number": "number", "boolean": "boolean", "instant": "datetime", "date": "date"}
_RECORD_TYPES = {**_TABLE_TYPES, "text": "string"}
_CROISSANT_TYPES = {
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "instant": "sc:DateTime",
    "date": "sc:Date",
}

ABOUT = (
    "The data record who demanded what of whom, at which talk, in which proposal, under which conditions, how it was"
    " answered, when, and who says so. Dates are EDTF strings, because many are known only to the month or year; each has"
    " its first and last possible day (`_min`, `_max`). Unknown values are empty."
)


def describe(data: DataSet) -> str:
    """Description of the data set as text, with its note if there is one."""
    return f"{ABOUT}\n\n{data.note}" if data.note else ABOUT


def _without_nulls(**members: Any) -> Document:
    """The members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def _orcid(creator: Creator) -> str | None:
    return f"https://orcid.org/{creator.orcid}" if creator.orcid else None


# --- Data Package


def data_package(data: DataSet, files: Iterable[DataFile], place: Place) -> Document:
    """A Data Package (2.0) with one resource per file and the Table Schemas of the tables."""
    contributors = [
        {
            "title": one.name,
            "roles": ["creator"],
            **_without_nulls(path=_orcid(one), organization=one.affiliation),
            **({"familyName": one.person[0], "givenName": one.person[1]} if one.person else {}),
        }
        for one in data.creators
    ]
    contributors += [{"title": data.publisher, "roles": ["publisher"]}] if data.publisher else []
    return {
        "$schema": _DATA_PACKAGE,
        "name": data.key,
        **_without_nulls(id=data.identifier),
        "title": data.whole_title,
        "description": describe(data),
        "version": data.version,
        "created": data.issued.isoformat(timespec="seconds"),
        **_without_nulls(homepage=data.url),
        "keywords": _KEYWORDS,
        **_without_nulls(licenses=[{"name": data.licence, "path": data.licence_url}] if data.licence else None),
        # Data Package does not allow an empty list here.
        **_without_nulls(contributors=contributors or None),
        "resources": [_resource(data, file, place) for file in files],
    }


def _resource(data: DataSet, file: DataFile, place: Place) -> Document:
    table = data.tables[file.collection]
    resource: Document = {
        "$schema": _RESOURCE,
        "name": f"{file.collection}-{file.format}".replace("_", "-"),
        "path": place(file),
        "title": file.collection.capitalize(),
        "description": table["about"],
        "format": str(file.format),
        "mediatype": MEDIA_TYPES[file.format],
        **_without_nulls(bytes=file.size, hash=f"sha256:{file.sha256}" if file.sha256 else None),
    }
    if file.format is FileForm.NDJSON:
        # Older releases were stored without `fields`.
        schema = {"type": "table", "schema": record_schema(table)} if "fields" in table else {}
        return {**resource, "encoding": "utf-8", **schema}
    resource |= {"type": "table", "schema": table_schema(table, file.format)}
    if file.format is FileForm.CSV:
        resource |= {"encoding": "utf-8", "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True}}
    return resource


def table_schema(table: Mapping[str, Any], form: FileForm) -> Document:
    """The Table Schema of the CSV or Parquet file of a collection."""
    schema = _schema_of({**column, "type": _table_type(column, form)} for column in table["columns"])
    for field in schema["fields"]:
        if field["type"] == "boolean":
            field |= {"trueValues": ["true"], "falseValues": ["false"]}
    return {**schema, "missingValues": [""]}


def record_schema(table: Mapping[str, Any]) -> Document:
    """The Table Schema of the NDJSON file of a collection: each line is an object with these fields, `null` if
    empty."""
    return _schema_of({"type": _RECORD_TYPES.get(one["kind"], one["kind"]), **one} for one in table["fields"])


def _schema_of(columns: Iterable[Mapping[str, Any]]) -> Document:
    fields = []
    for column in columns:
        field: Document = {"name": column["name"], "type": column["type"], "description": column["about"]}
        if column["name"] in ("id", "slug"):
            field["constraints"] = {"required": True, "unique": True}
        fields.append({name: value for name, value in field.items() if value != ""})
    return {"$schema": _TABLE_SCHEMA, "fields": fields, "primaryKey": ["id"]}


def _table_type(column: Mapping[str, Any], form: FileForm) -> str:
    if column["is_list"]:
        # In CSV a list is one string, with its values joined by `; `.
        return "array" if form is FileForm.PARQUET else "string"
    return _TABLE_TYPES.get(column["kind"], "string")


# --- Croissant

_CROISSANT_CONTEXT: Document = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_CROISSANT_FORMS = {
    FileForm.CSV: "text/csv",
    FileForm.NDJSON: "application/jsonlines",
    FileForm.PARQUET: "application/x-parquet",
}


def croissant(data: DataSet, files: Iterable[DataFile], place: Place, home: str | None = None) -> Document:
    """A Croissant (1.0) description of the files and of the records in the tables. `home`: URL of the data set, used if
    it has neither DOI nor URL."""
    files = list(files)
    creators = [
        {
            "@type": "sc:Person" if one.person else "sc:Organization",
            "name": one.name,
            **_without_nulls(sameAs=_orcid(one)),
        }
        for one in data.creators
    ]
    return {
        "@context": _CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": data.key,
        "description": describe(data),
        "alternateName": data.whole_title,
        # Croissant requires a version of three numbers.
        "version": data.version + ".0" * (2 - data.version.count(".")),
        "url": f"https://doi.org/{data.doi}" if data.doi else data.url or home or data.identifier,
        **_without_nulls(license=data.licence_url, isLiveDataset=None if data.identifier else True),
        **({"citeAs": sentence(data)} if isinstance(data, Published) else {}),
        "datePublished": f"{data.issued:%Y-%m-%d}",
        "keywords": _KEYWORDS,
        "inLanguage": "en",
        **_without_nulls(creator=creators or None),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file.name,
                "name": file.name,
                "contentUrl": place(file),
                "encodingFormat": _CROISSANT_FORMS[file.format],
                **_without_nulls(contentSize=None if file.size is None else f"{file.size} B", sha256=file.sha256),
            }
            for file in files
        ],
        "recordSet": [_record_set(data, file) for file in _tables_of(files)],
        **_without_nulls(publisher={"@type": "sc:Organization", "name": data.publisher} if data.publisher else None),
    }


def _tables_of(files: Iterable[DataFile]) -> list[DataFile]:
    """One tabular file per collection; CSV if there are several."""
    found: dict[str, DataFile] = {}
    for file in files:
        if file.format is not FileForm.NDJSON and (file.collection not in found or file.format is FileForm.CSV):
            found[file.collection] = file
    return list(found.values())


def _record_set(data: DataSet, file: DataFile) -> Document:
    table = data.tables[file.collection]
    is_list = file.format is FileForm.PARQUET
    return {
        "@type": "cr:RecordSet",
        "@id": file.collection,
        "name": file.collection,
        "description": table["about"],
        "key": {"@id": f"{file.collection}/id"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{file.collection}/{column['name']}",
                "name": f"{file.collection}/{column['name']}",
                "description": column["about"] or column["name"],
                "dataType": "sc:Text" if column["is_list"] else _CROISSANT_TYPES.get(column["kind"], "sc:Text"),
                **({"repeated": True} if is_list and column["is_list"] else {}),
                "source": {"fileObject": {"@id": file.name}, "extract": {"column": column["name"]}},
            }
            for column in table["columns"]
        ],
    }


# --- DCAT

_DCAT_CONTEXT: Document = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_IANA = "https://www.iana.org/assignments/media-types/"


def dcat(data: DataSet, place: Place, base: str) -> Document:
    """A `dcat:Dataset` (DCAT 3) in JSON-LD with one distribution per file. `base`: base URL of the server."""
    licence = {"@id": data.licence_url} if data.licence_url else None
    return {
        "@context": _DCAT_CONTEXT,
        "@id": base + data.address,
        "@type": "dcat:Dataset",
        "dcterms:identifier": data.doi or data.identifier or base + data.address,
        "dcterms:title": {"@value": data.whole_title, "@language": "en"},
        "dcterms:description": {"@value": describe(data), "@language": "en"},
        "dcat:version": data.version,
        "dcterms:issued": _instant(data.issued),
        "dcterms:modified": _instant(data.at),
        **({"dcterms:bibliographicCitation": sentence(data)} if isinstance(data, Published) else {}),
        "dcat:keyword": _KEYWORDS,
        "dcterms:creator": [
            _agent(one.name, "Person" if one.person else "Organization", _orcid(one)) for one in data.creators
        ],
        "dcat:distribution": [_distribution(file, place(file), licence) for file in data.files],
        **_without_nulls(
            **{
                "dcterms:license": licence,
                "dcterms:publisher": _agent(data.publisher, "Organization") if data.publisher else None,
                "dcat:landingPage": {"@id": data.url} if data.url else None,
            }
        ),
    }


def _instant(at: datetime) -> Document:
    return {"@value": at.isoformat(timespec="seconds"), "@type": "xsd:dateTime"}


def _agent(name: str, kind: str, identifier: str | None = None) -> Document:
    return {"@type": f"foaf:{kind}", "foaf:name": name, **_without_nulls(**{"@id": identifier})}


def _distribution(file: DataFile, address: str, licence: Document | None) -> Document:
    size = {"@value": str(file.size), "@type": "xsd:nonNegativeInteger"}
    checksum = {
        "@type": "spdx:Checksum",
        "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
        "spdx:checksumValue": {"@value": file.sha256, "@type": "xsd:hexBinary"},
    }
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dcterms:title": file.name,
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": {"@id": _IANA + MEDIA_TYPES[file.format]},
        **_without_nulls(
            **{
                "dcterms:license": licence,
                "dcat:byteSize": size if file.size is not None else None,
                "spdx:checksum": checksum if file.sha256 else None,
            }
        ),
    }
