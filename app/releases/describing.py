"""What a release is, for programs: Data Package 2.0 with Table Schemas, Croissant 1.0, DCAT 3.

All of them are made of what was stored with the release, so that they describe its files also where later versions of
Parley have other columns. `place` says where a file lies: its address, or its path in a bundle.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.releases.citing import sentence
from app.releases.published import MEDIA_TYPES, Published, StoredFile
from app.releases.shapes import FileForm

Place = Callable[[StoredFile], str]
Document = dict[str, Any]

_DATA_PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"
_RESOURCE = "https://datapackage.org/profiles/2.0/dataresource.json"
_TABLE_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"
_KEYWORDS = ["negotiations", "peace processes", "demands", "diplomacy", "event data"]
#: Kinds of columns as Table Schema, Croissant and schema.org call them.
_TABLE_TYPES = {"integer": "integer", "number": "number", "boolean": "boolean", "instant": "datetime"}
_CROISSANT_TYPES = {
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "instant": "sc:DateTime",
}

ABOUT = (
    "Who demanded what of whom, at which talk, in which proposal, under which conditions, how it was answered, when, and"
    " who says so. Dates are EDTF texts, since many are known to the month or year alone; unknown values are empty."
)


def described(release: Published) -> str:
    """What the data set is, in prose."""
    return f"{ABOUT}\n\n{release.note}" if release.note else ABOUT


# --- Data Package


def data_package(release: Published, files: Iterable[StoredFile], place: Place) -> Document:
    """A Data Package (2.0): a resource for each file, the tables with their Table Schema."""
    return {
        "$schema": _DATA_PACKAGE,
        "name": f"parley-{release.name}",
        "id": f"https://doi.org/{release.doi}" if release.doi else f"urn:uuid:{release.id}",
        "title": release.whole_title,
        "description": described(release),
        "version": release.name,
        "created": release.made_at.isoformat(timespec="seconds"),
        **({"homepage": release.url} if release.url else {}),
        "keywords": _KEYWORDS,
        "licenses": [{"name": release.licence, "path": release.licence_url}],
        "contributors": [
            {
                "title": one.name,
                "roles": ["creator"],
                **({"path": f"https://orcid.org/{one.orcid}"} if one.orcid else {}),
                **({"organization": one.affiliation} if one.affiliation else {}),
                **({"familyName": one.person[0], "givenName": one.person[1]} if one.person else {}),
            }
            for one in release.creators
        ]
        + ([{"title": release.publisher, "roles": ["publisher"]}] if release.publisher else []),
        "resources": [_resource(release, file, place) for file in files],
    }


def _resource(release: Published, file: StoredFile, place: Place) -> Document:
    table = release.tables[file.collection]
    told: Document = {
        "$schema": _RESOURCE,
        "name": f"{file.collection}-{file.format}".replace("_", "-"),
        "path": place(file),
        "title": file.collection.capitalize(),
        "description": table["about"],
        "format": str(file.format),
        "mediatype": MEDIA_TYPES[file.format],
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
    }
    if file.format is FileForm.NDJSON:
        # Nested objects: no table, and so no schema of one.
        return {**told, "encoding": "utf-8"}
    told |= {"type": "table", "schema": table_schema(table, file.format)}
    if file.format is FileForm.CSV:
        told |= {"encoding": "utf-8", "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True}}
    return told


def table_schema(table: Mapping[str, Any], form: FileForm) -> Document:
    """The Table Schema of a collection's CSV or Parquet."""
    fields = []
    for column in table["columns"]:
        field: Document = {"name": column["name"], "type": _table_type(column, form), "description": column["about"]}
        if field["type"] == "boolean":
            field |= {"trueValues": ["true"], "falseValues": ["false"]}
        if column["name"] in ("id", "slug"):
            field["constraints"] = {"required": True, "unique": True}
        fields.append({name: value for name, value in field.items() if value != ""})
    return {"$schema": _TABLE_SCHEMA, "fields": fields, "primaryKey": ["id"], "missingValues": [""]}


def _table_type(column: Mapping[str, Any], form: FileForm) -> str:
    if column["is_list"]:
        # In CSV a list is one text, its values joined with `; `.
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


def croissant(release: Published, files: Iterable[StoredFile], place: Place) -> Document:
    """A Croissant (1.0) description: the files, and the records of the tables among them."""
    files = list(files)
    told = {
        "@context": _CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"parley-{release.name}",
        "description": described(release),
        "alternateName": release.whole_title,
        # Croissant wants three numbers.
        "version": release.name if release.name.count(".") == 2 else f"{release.name}.0",
        "license": release.licence_url,
        "url": f"https://doi.org/{release.doi}" if release.doi else release.url or f"urn:uuid:{release.id}",
        "citeAs": sentence(release),
        "datePublished": f"{release.made_at:%Y-%m-%d}",
        "keywords": _KEYWORDS,
        "inLanguage": "en",
        "creator": [
            {
                "@type": "sc:Person" if one.person else "sc:Organization",
                "name": one.name,
                **({"sameAs": f"https://orcid.org/{one.orcid}"} if one.orcid else {}),
            }
            for one in release.creators
        ],
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file.name,
                "name": file.name,
                "contentUrl": place(file),
                "encodingFormat": _CROISSANT_FORMS[file.format],
                "contentSize": f"{file.size} B",
                "sha256": file.sha256,
            }
            for file in files
        ],
        "recordSet": [_record_set(release, file) for file in _tables_of(files)],
    }
    if release.publisher:
        told["publisher"] = {"@type": "sc:Organization", "name": release.publisher}
    return told


def _tables_of(files: Iterable[StoredFile]) -> list[StoredFile]:
    """One file of each collection from which records can be read column by column; CSV where there are several."""
    found: dict[str, StoredFile] = {}
    for file in files:
        if file.format is not FileForm.NDJSON and (file.collection not in found or file.format is FileForm.CSV):
            found[file.collection] = file
    return list(found.values())


def _record_set(release: Published, file: StoredFile) -> Document:
    table = release.tables[file.collection]
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


def dcat(release: Published, base: str) -> Document:
    """A `dcat:Dataset` (DCAT 3) in JSON-LD, with a distribution for each file. `base`: address of the service."""
    address = base + release.address

    def agent(name: str, kind: str, identifier: str | None = None) -> Document:
        return {"@type": f"foaf:{kind}", "foaf:name": name, **({"@id": identifier} if identifier else {})}

    told: Document = {
        "@context": _DCAT_CONTEXT,
        "@id": address,
        "@type": "dcat:Dataset",
        "dcterms:identifier": release.doi or f"urn:uuid:{release.id}",
        "dcterms:title": {"@value": release.whole_title, "@language": "en"},
        "dcterms:description": {"@value": described(release), "@language": "en"},
        "dcat:version": release.name,
        "dcterms:issued": {"@value": release.made_at.isoformat(timespec="seconds"), "@type": "xsd:dateTime"},
        "dcterms:modified": {"@value": release.at.isoformat(timespec="seconds"), "@type": "xsd:dateTime"},
        "dcterms:license": {"@id": release.licence_url},
        "dcterms:bibliographicCitation": sentence(release),
        "dcat:keyword": _KEYWORDS,
        "dcterms:creator": [
            agent(
                one.name,
                "Person" if one.person else "Organization",
                f"https://orcid.org/{one.orcid}" if one.orcid else None,
            )
            for one in release.creators
        ],
        "dcat:distribution": [
            {
                "@id": f"{address}/{file.name}",
                "@type": "dcat:Distribution",
                "dcterms:title": file.name,
                "dcat:downloadURL": {"@id": f"{address}/{file.name}"},
                "dcat:mediaType": {"@id": _IANA + MEDIA_TYPES[file.format]},
                "dcat:byteSize": {"@value": str(file.size), "@type": "xsd:nonNegativeInteger"},
                "dcterms:license": {"@id": release.licence_url},
                "spdx:checksum": {
                    "@type": "spdx:Checksum",
                    "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                    "spdx:checksumValue": {"@value": file.sha256, "@type": "xsd:hexBinary"},
                },
            }
            for file in release.files
        ],
    }
    if release.publisher:
        told["dcterms:publisher"] = agent(release.publisher, "Organization")
    if release.url:
        told["dcat:landingPage"] = {"@id": release.url}
    return told
