"""Data set descriptions as DCAT 3, in JSON-LD."""

from datetime import datetime

from app.releases.citation import sentence
from app.releases.descriptions import KEYWORDS, Document, Place, data_set_description, orcid_url, without_nulls
from app.releases.published import MEDIA_TYPES, DataFile, Published, PublishedData

_DCAT_CONTEXT: Document = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_IANA = "https://www.iana.org/assignments/media-types/"


def dcat(data: PublishedData, place: Place, base: str) -> Document:
    """A `dcat:Dataset` (DCAT 3) in JSON-LD with one distribution per file. `base` is the base URL of the server."""
    licence = {"@id": data.licence_url} if data.licence_url else None
    return {
        "@context": _DCAT_CONTEXT,
        "@id": base + data.address,
        "@type": "dcat:Dataset",
        "dcterms:identifier": data.doi or data.identifier or base + data.address,
        "dcterms:title": {"@value": data.whole_title, "@language": "en"},
        "dcterms:description": {"@value": data_set_description(data), "@language": "en"},
        "dcat:version": data.version,
        "dcterms:issued": _instant(data.issued),
        "dcterms:modified": _instant(data.at),
        **({"dcterms:bibliographicCitation": sentence(data)} if isinstance(data, Published) else {}),
        "dcat:keyword": KEYWORDS,
        "dcterms:creator": [
            _agent(one.name, "Person" if one.person else "Organization", orcid_url(one)) for one in data.creators
        ],
        "dcat:distribution": [_distribution(file, place(file), licence) for file in data.files],
        **without_nulls(
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
    return {"@type": f"foaf:{kind}", "foaf:name": name, **without_nulls(**{"@id": identifier})}


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
        **without_nulls(
            **{
                "dcterms:license": licence,
                "dcat:byteSize": size if file.size is not None else None,
                "spdx:checksum": checksum if file.sha256 else None,
            }
        ),
    }
