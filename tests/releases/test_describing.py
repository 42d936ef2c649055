"""What describes a release is true of its files, and of the form that its readers expect."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
import yaml
from pyld import jsonld

from app.registry import RESOURCES
from app.releases.bundle import checksums
from app.releases.citation import cff
from app.releases.published import Published
from app.releases.schemas import Creator
from tests.loops import nonempty
from tests.releases.conftest import ORDER, Released

RELEASE = Published(
    id=UUID(int=1), name="2026.1", revision=1, at=datetime(2026, 1, 1, tzinfo=UTC), made_at=datetime(2026, 1, 2, tzinfo=UTC),
    made_by="x", licence="CC0-1.0", licence_url="http://x", creators=[Creator(name="Nosova, Ana")], tables={},
)  # fmt: skip
BASE = "http://parley.test/v1/releases/2026.1"


async def description(released: Released, end: str) -> dict[str, Any]:
    got = await released.client.get(f"/v1/releases/2026.1/{end}")
    assert got.status_code == 200, got.text
    document: dict[str, Any] = got.json()
    return document


#: What a cell of each type of Table Schema must be.
READ: dict[str, Callable[[str], object]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
}


async def test_the_table_schema_reads_every_cell(released: Released) -> None:
    package = await description(released, "datapackage.json")
    assert (package["name"], package["version"]) == ("parley-2026.1", "2026.1")
    files = {file["url"]: file for file in released.told["files"]}
    assert len(package["resources"]) == len(files)
    for resource in package["resources"]:
        file = files[resource["path"].removeprefix("http://parley.test")]
        assert (resource["bytes"], resource["hash"]) == (file["size"], f"sha256:{file['sha256']}")
        if file["format"] != "csv":
            continue
        content = released.before[file["url"]].decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(content, newline="")))
        fields = resource["schema"]["fields"]
        assert list(rows[0] if rows else [one["name"] for one in fields]) == [one["name"] for one in fields]
        for field in fields:
            cells = [row[field["name"]] for row in rows]
            for cell in filter(None, cells):
                READ[field["type"]](cell)
            if "constraints" in field:
                assert len(set(cells)) == len(cells) and all(cells)
        assert {"id", "slug"} <= {one["name"] for one in fields if one.get("description")}


#: What a value of each type of Table Schema is in JSON.
IN_JSON: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": int | float,
    "boolean": bool,
    "datetime": str,
    "date": str,
    "array": list,
    "object": dict,
    "any": object,
}


async def test_the_schema_of_ndjson_describes_every_line(released: Released) -> None:
    seen = 0
    for package in (await description(released, "datapackage.json"),
                             (await released.client.get("/v1/datapackage.json")).json()):  # fmt: skip
        resources = [one for one in package["resources"] if one["format"] == "ndjson"]
        assert len(resources) == len(RESOURCES)
        for resource in resources:
            lines = (await released.client.get(resource["path"])).text.splitlines()
            fields = resource["schema"]["fields"]
            seen += len(lines)
            for line in map(json.loads, lines):
                assert list(line) == [field["name"] for field in fields]
                for field in fields:
                    value = line[field["name"]]
                    assert value is None or isinstance(value, IN_JSON[field["type"]]), field
    assert seen > 50


async def test_croissant_names_columns_that_are_there(released: Released) -> None:
    document = await description(released, "croissant.json")
    objects = {one["@id"]: one for one in document["distribution"]}
    for file in nonempty(released.told["files"]):
        one = objects[file["url"].rpartition("/")[2]]
        assert (one["contentUrl"], one["sha256"]) == (f"http://parley.test{file['url']}", file["sha256"])
    for records in document["recordSet"]:
        for field in records["field"]:
            source = field["source"]
            header = released.before[f"/v1/releases/2026.1/{source['fileObject']['@id']}"].decode("utf-8-sig")
            assert source["extract"]["column"] in header.partition("\r\n")[0].split(",")
        assert records["key"]["@id"] in {field["@id"] for field in records["field"]}


async def test_dcat_is_linked_data(released: Released) -> None:
    (dataset,) = jsonld.expand(await description(released, "dcat.jsonld"))
    dcat, terms = "http://www.w3.org/ns/dcat#", "http://purl.org/dc/terms/"
    assert dataset["@id"] == BASE and dataset["@type"] == [f"{dcat}Dataset"]
    assert dataset[f"{terms}license"] == [{"@id": "https://creativecommons.org/licenses/by/4.0/"}]
    shown = {one[f"{dcat}downloadURL"][0]["@id"]: one for one in dataset[f"{dcat}distribution"]}
    assert set(shown) == {f"http://parley.test{file['url']}" for file in released.told["files"]}
    for one in shown.values():
        (checksum,) = one["http://spdx.org/rdf/terms#checksum"]
        assert checksum["http://spdx.org/rdf/terms#algorithm"] == [
            {"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"}
        ]


async def test_it_can_be_cited(released: Released) -> None:
    year = released.told["made_at"][:4]
    assert released.told["citation"] == (
        f"Nosova, Ana; The Talks Archive {{& Sons}} ({year}): Negotiation events, release 2026.1. The Talks Archive."
    )
    told = yaml.safe_load((await released.client.get("/v1/releases/2026.1/citation.cff")).text)
    assert {name: told[name] for name in ("cff-version", "type", "title", "version", "license", "abstract")} == {
        "cff-version": "1.2.0", "type": "dataset", "title": "Negotiation events", "version": "2026.1",
        "license": "CC-BY-4.0", "abstract": ORDER["note"],
    }  # fmt: skip
    assert told["authors"] == [
        {"family-names": "Nosova", "given-names": "Ana", "orcid": "https://orcid.org/0000-0002-1825-0097",
         "affiliation": "Institute for Talks"},
        {"name": "The Talks Archive {& Sons}"},
    ]  # fmt: skip
    bib = (await released.client.get("/v1/releases/2026.1/citation.bib")).text
    assert r"author = {Nosova, Ana and {The Talks Archive \{\& Sons\}}}" in bib
    assert bib.count("{") == bib.count("}")


async def test_what_there_is_now_is_described_by_its_live_exports(released: Released) -> None:
    client = released.client
    package = (await client.get("/v1/datapackage.json")).json()
    head = (await client.get("/v1/revisions")).json()["head"]
    assert (package["name"], package["version"]) == ("parley", str(head))
    assert len(package["resources"]) == len(released.told["files"])
    for resource in package["resources"]:
        assert not {"bytes", "hash"} & set(resource)
        got = await client.get(resource["path"])
        assert (got.status_code, got.headers["content-type"].partition(";")[0]) == (200, resource["mediatype"])
        if resource["format"] == "csv":
            rows = list(csv.DictReader(io.StringIO(got.content.decode("utf-8-sig"), newline="")))
            fields = [one["name"] for one in resource["schema"]["fields"]]
            assert list(rows[0] if rows else fields) == fields
            for field in resource["schema"]["fields"]:
                for cell in filter(None, (row[field["name"]] for row in rows)):
                    READ[field["type"]](cell)
    paths = {one["path"] for one in package["resources"]}
    live = (await client.get("/v1/croissant.json")).json()
    assert {one["contentUrl"] for one in live["distribution"]} == paths
    assert live["isLiveDataset"] and not any("sha256" in one for one in live["distribution"])
    (dataset,) = jsonld.expand((await client.get("/v1/dcat.jsonld")).json())
    shown = dataset["http://www.w3.org/ns/dcat#distribution"]
    assert {one["http://www.w3.org/ns/dcat#downloadURL"][0]["@id"] for one in shown} == paths
    linked = (await client.get("/")).json()["links"]
    for name in ("datapackage", "croissant", "dcat"):
        known = (await client.get(linked[name])).headers
        assert known["parley-revision"] == str(head)
        assert (await client.get(linked[name], headers={"If-None-Match": known["etag"]})).status_code == 304


@pytest.mark.parametrize("doi", ["10.5281/zenodo.1234567", "10.1000/a<b>;c"])
def test_cff_takes_every_doi(doi: str) -> None:
    told = yaml.safe_load(cff(replace(RELEASE, doi=doi)))
    # The pattern of CFF 1.2.0's own schema.
    is_plain = re.fullmatch(r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-\.\(\)\[\]\\]+", doi) is not None
    assert told.get("doi") == (doi if is_plain else None)
    assert [one["value"] for one in told.get("identifiers", [])] == ([] if is_plain else [doi])


@pytest.mark.parametrize("end", ["datapackage.json", "croissant.json", "dcat.jsonld", "citation.bib", "sha256sums"])
async def test_a_description_has_a_tag_of_its_content(released: Released, end: str) -> None:
    first = await released.client.get(f"/v1/releases/2026.1/{end}")
    again = await released.client.get(f"/v1/releases/2026.1/{end}", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_checksums_are_those_of_sha256sum() -> None:
    assert checksums([("a b.csv", "00ff")]) == "00ff  a b.csv\n"
