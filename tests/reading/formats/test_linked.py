"""JSON-LD, GeoJSON and NDJSON: the same records, as data that other tools read."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import BaseModel
from pyld import jsonld

from app.db.tables import models_by_table
from app.demands.read_schemas import DemandSummary
from app.demands.response_read_schemas import ResponseSummary
from app.reading.formats.datatypes import EDTF
from app.reading.formats.jsonld import JSONLD, TERMS
from app.reading.formats.sheet import Batch
from app.reading.markers import Urls
from app.reading.selection import Selection, branch, marker_of, model_in
from app.registry import RESOURCES
from app.schemas.record_reads import RecordSummary
from tests.reading.formats.told import told

COLLECTIONS_BY_NAME = {collection.name: collection for collection in RESOURCES}


@pytest.mark.parametrize("name", COLLECTIONS_BY_NAME)
async def test_every_record_expands_to_a_node_with_its_address_and_class(client: httpx.AsyncClient, name: str) -> None:
    document = (await client.get(f"/v1/{name}?format=jsonld&limit=30")).json()
    nodes = jsonld.expand(document)
    rows = (await client.get(f"/v1/{name}?limit=30")).json()["data"]
    keys = [row["code"] if name == "issues" else row["slug"] for row in rows]
    assert [node["@id"] for node in nodes] == [f"http://parley.test/v1/{name}/{key}" for key in keys]
    summary = COLLECTIONS_BY_NAME[name].read_spec.summary
    assert issubclass(summary, RecordSummary)
    own, *known = summary.linked_as
    for node in nodes:
        assert node["@type"][0] == f"http://parley.test/v1/terms/{own}"
        assert len(node["@type"]) == len(known) + 1 and all(word.startswith("http") for word in node["@type"][1:])
        assert node["http://purl.org/dc/terms/modified"][0]["@type"] == "http://www.w3.org/2001/XMLSchema#dateTime"


async def test_one_record_is_whole(client: httpx.AsyncClient) -> None:
    whole = (await client.get("/v1/people/rustem-umerov")).json()
    assert json.loads((await client.get("/v1/people/rustem-umerov?format=ndjson")).text) == whole
    (node,) = (await client.get("/v1/people/rustem-umerov?format=jsonld")).json()["@graph"]
    assert len(node["names"]) == len(whole["names"]) and node["posts"]


async def test_a_node_has_its_address_whatever_fields_are_asked_for(client: httpx.AsyncClient) -> None:
    for address in ("/v1/talks?fields=title&format=jsonld&limit=2", "/v1/issues/CEAS?fields=label&format=jsonld"):
        nodes = (await client.get(address)).json()["@graph"]
        assert nodes
        for node in nodes:
            assert (await client.get(node["@id"])).status_code == 200


async def test_the_addresses_of_mentions_lead_to_records(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/demands/russian-memorandum-2025-06-02-ii-2-8?format=jsonld")).json()
    (node,) = document["@graph"]
    for mention in (node["process"], node["proposal"], *node["claimants"], *(tie["issue"] for tie in node["issues"])):
        assert (await client.get(mention["@id"])).status_code == 200
    (expanded,) = jsonld.expand(document)
    assert expanded["http://parley.test/v1/terms/tabled_on"] == [
        {"@type": "http://id.loc.gov/datatypes/edtf/EDTF", "@value": "2025-06-02"}
    ]


def test_included_records_are_nodes_too_and_values_name_records() -> None:
    summaries = {"responses": ResponseSummary}.__getitem__
    selection = Selection(include={"responses": Selection()})
    ending = JSONLD.make(told("demands", DemandSummary, selection, summaries=summaries))
    row = {
        "slug": "d",
        "timing": {"relation": "after_trigger", "trigger": {"demand": "x"}},
        "part": None,
        "responses": [{"slug": "r", "responder": {"slug": "ukraine", "name": "Ukraine", "kind": "state"}}],
    }
    document = json.loads(ending.head() + ending.rows(Batch([json.dumps(row)])) + ending.tail())
    assert document["@context"].keys() >= TERMS.keys()
    assert {document["@context"][name]["@type"] for name in ("tabled_on", "at", "said_on")} == {EDTF}
    (node,) = document["@graph"]
    assert node["responses"][0]["@id"] == "http://parley.test/v1/responses/r"
    assert node["responses"][0]["@type"] == ["Response", "schema:ReplyAction"]
    assert node["responses"][0]["responder"]["@id"] == "http://parley.test/v1/parties/ukraine"
    assert node["timing"]["trigger"]["demand"] == {"@id": "http://parley.test/v1/demands/x"}
    assert "part" not in node


# --- datatypes


def contexts() -> Iterator[tuple[type[BaseModel], list[type[BaseModel]], dict[str, Any]]]:
    """Each schema that is answered as linked data, alone and with each branch; the schemas in it, and its context."""
    summaries = {name: collection.read_spec.summary for name, collection in COLLECTIONS_BY_NAME.items()}.__getitem__
    for name, collection in COLLECTIONS_BY_NAME.items():
        for schema in (collection.read_spec.summary, collection.read_spec.detail):
            branches = [one for one in schema.model_fields if branch(schema, one, summaries) is not None]
            for include in ([], *([one] for one in branches)):
                selection = Selection(include={one: Selection() for one in include})
                ending = JSONLD.make(told(name, schema, selection, summaries=summaries))
                inside = schemas_in(schema)
                for one in include:
                    inside |= schemas_in(branch(schema, one, summaries))
                yield (
                    schema,
                    sorted(inside, key=lambda one: one.__name__),
                    json.loads(ending.head() + b"]}")["@context"],
                )


def schemas_in(schema: type[BaseModel] | None, found: set[type[BaseModel]] | None = None) -> set[type[BaseModel]]:
    found = set() if found is None else found
    if schema is not None and schema not in found:
        found.add(schema)
        for info in schema.model_fields.values():
            schemas_in(model_in(info.annotation), found)
    return found


def type_in(context: dict[str, Any], name: str) -> str | None:
    term = context.get(name)
    return term.get("@type") if isinstance(term, dict) else None


def test_every_date_of_every_schema_has_its_datatype_and_nothing_else_has() -> None:
    """A date is known here by what its description says, there by its table or type."""
    seen: set[str] = set()
    for schema, inside, context in contexts():
        for one in inside:
            for name, info in one.model_fields.items():
                if (
                    name == "asserted_value"
                    or model_in(info.annotation) is not None
                    or marker_of(info, Urls) is not None
                ):
                    continue
                place = f"{schema.__name__}: {one.__name__}.{name}"
                described = info.description or ""
                if "EDTF" in described:
                    seen.add(name)
                    assert type_in(context, name) == EDTF, place
                elif "datetime.datetime" in str(info.annotation):
                    assert type_in(context, name) == "xsd:dateTime", place
                elif "datetime.date" in str(info.annotation):
                    assert type_in(context, name) == "xsd:date", place
                else:
                    assert type_in(context, name) not in (EDTF, "xsd:dateTime", "xsd:date"), place
    assert len(seen) > 20


def test_every_date_column_of_every_table_is_a_date_in_linked_data() -> None:
    typed = {name for _, _, context in contexts() for name in context if type_in(context, name) == EDTF}
    dated = {name for model in models_by_table().values() for name in model.__dated__}
    assert dated and dated <= typed


async def test_dates_of_nested_rows_expand_with_their_datatype(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/talks/havana-table-2012?format=jsonld")).json()
    (node,) = jsonld.expand(document)
    days = [
        day
        for outcome in node["http://parley.test/v1/terms/outcomes"]
        for day in outcome.get("http://parley.test/v1/terms/on", [])
    ]
    assert days and {day["@type"] for day in days} == {EDTF}
    # Names of fields are no terms here, and the words of the material no dates.
    (words,) = node["http://parley.test/v1/terms/coded_from"]
    assert words["@type"] == "@json" and words["@value"] == document["@graph"][0]["coded_from"]


@pytest.mark.parametrize("name", ["talks", "places"])
async def test_a_map_has_a_feature_for_each_record(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/v1/{name}?format=geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    assert document["type"] == "FeatureCollection"
    rows = (await client.get(f"/v1/{name}?limit=500")).json()["data"]
    assert [feature["id"] for feature in document["features"]] == [row["id"] for row in rows]
    shown = 0
    for feature, row in zip(document["features"], rows, strict=True):
        assert feature["type"] == "Feature"
        assert row.items() <= feature["properties"].items()
        lon, lat = feature["properties"]["lon"], feature["properties"]["lat"]
        if lon is None:
            assert feature["geometry"] is None
        else:
            shown += 1
            assert feature["geometry"] == {"type": "Point", "coordinates": [lon, lat]}
            assert -180 <= lon <= 180 and -90 <= lat <= 90
    assert shown > 10


async def test_istanbul_lies_east_of_greenwich_and_north_of_the_equator(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/talks/istanbul-2025-06-02?format=geojson")).json()
    (feature,) = document["features"]
    lon, lat = feature["geometry"]["coordinates"]
    assert (round(lon), round(lat)) == (29, 41)


@pytest.mark.parametrize("name", COLLECTIONS_BY_NAME)
async def test_ndjson_has_the_rows_of_the_list_one_a_line(client: httpx.AsyncClient, name: str) -> None:
    rows = (await client.get(f"/v1/{name}?limit=500")).json()["data"]
    text = (await client.get(f"/v1/{name}?limit=500&format=ndjson")).text
    assert [json.loads(line) for line in text.removesuffix("\n").split("\n")] == rows


@pytest.mark.parametrize("form", ["csv", "ndjson", "geojson", "ics", "atom", "feed", "jsonld", "parquet"])
async def test_a_list_without_records_is_a_whole_document(client: httpx.AsyncClient, form: str) -> None:
    answer = await client.get(f"/v1/talks?updated_since=2999-01-01T00:00:00Z&format={form}")
    assert answer.status_code == 200
    if "json" in answer.headers["content-type"] and form != "ndjson":
        document = answer.json()
        assert (document.get("features") or document.get("items") or document.get("@graph") or []) == []
