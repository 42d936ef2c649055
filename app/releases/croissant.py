"""Data set descriptions in the format Croissant 1.0."""

from collections.abc import Iterable

from app.releases.citation import sentence
from app.releases.descriptions import KEYWORDS, Document, Place, data_set_description, orcid_url, without_nulls
from app.releases.published import DataFile, Published, PublishedData
from app.releases.schemas import FileForm

_CROISSANT_TYPES = {
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "instant": "sc:DateTime",
    "date": "sc:Date",
}
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


def croissant(data: PublishedData, files: Iterable[DataFile], place: Place, home: str | None = None) -> Document:
    """A Croissant (1.0) description of the files and of the records in the tables. `home` is the URL to use if the data
    set has neither a DOI nor a URL.
    """
    files = list(files)
    creators = [
        {
            "@type": "sc:Person" if one.person else "sc:Organization",
            "name": one.name,
            **without_nulls(sameAs=orcid_url(one)),
        }
        for one in data.creators
    ]
    return {
        "@context": _CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": data.key,
        "description": data_set_description(data),
        "alternateName": data.whole_title,
        # Croissant requires a version that consists of three numbers.
        "version": data.version + ".0" * (2 - data.version.count(".")),
        "url": f"https://doi.org/{data.doi}" if data.doi else data.url or home or data.identifier,
        **without_nulls(license=data.licence_url, isLiveDataset=None if data.identifier else True),
        **({"citeAs": sentence(data)} if isinstance(data, Published) else {}),
        "datePublished": f"{data.issued:%Y-%m-%d}",
        "keywords": KEYWORDS,
        "inLanguage": "en",
        **without_nulls(creator=creators or None),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file.name,
                "name": file.name,
                "contentUrl": place(file),
                "encodingFormat": _CROISSANT_FORMS[file.format],
                **without_nulls(contentSize=None if file.size is None else f"{file.size} B", sha256=file.sha256),
            }
            for file in files
        ],
        "recordSet": [_record_set(data, file) for file in _tables_of(files)],
        **without_nulls(publisher={"@type": "sc:Organization", "name": data.publisher} if data.publisher else None),
    }


def _tables_of(files: Iterable[DataFile]) -> list[DataFile]:
    """Return one tabular file per collection. If a collection has several, return the CSV file."""
    found: dict[str, DataFile] = {}
    for file in files:
        if file.format is not FileForm.NDJSON and (file.collection not in found or file.format is FileForm.CSV):
            found[file.collection] = file
    return list(found.values())


def _record_set(data: PublishedData, file: DataFile) -> Document:
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
