"""What is refused, and with which words: all that is allowed where it is little, the nearest where it is much."""

import httpx
import pytest

from app.errors import LISTED
from app.reading.filters import To
from app.reading.query import facets_of, markers
from app.reading.selection import branch
from app.registry import RESOURCES
from app.resources.resource import Resource
from tests.conftest import Opened
from tests.loops import nonempty

EVERY = pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
DECLARED = {collection.name: collection.read_spec for collection in RESOURCES}


@EVERY
async def test_an_unknown_name_is_answered_with_those_that_there_are(
    client: httpx.AsyncClient, collection: Resource
) -> None:
    read_spec = collection.read_spec
    branches = [
        name for name in read_spec.row.model_fields if branch(read_spec.row, name, lambda other: DECLARED[other].row)
    ]
    known = {
        "sort": list(read_spec.sorts),
        "facets": list(facets_of(read_spec.query)),
        "fields": list(read_spec.row.model_fields),
        "include": branches,
    }
    for parameter, names in nonempty(known.items()):
        got = await client.get(f"/v1/{collection.name}?{parameter}=qqqqq")
        assert got.status_code == 422
        (error,) = got.json()["errors"]
        assert error["parameter"] == parameter and "'qqqqq'" in error["message"]
        told = set(error["hint"].replace(",", " ").replace(".", " ").split())
        if "are allowed, such as" not in error["hint"]:
            assert {part for name in names for part in name.split(".")} <= told, (parameter, error["hint"])


@EVERY
async def test_what_other_apis_call_otherwise_is_answered_with_its_name_here(
    client: httpx.AsyncClient, collection: Resource
) -> None:
    for wrong, right in (
        ("page=2", "use `cursor`"),
        ("offset=50", "use `cursor`"),
        ("skip=50", "use `cursor`"),
        ("per_page=10", "Use `limit`"),
        ("page_size=10", "Use `limit`"),
        ("order_by=slug", "Use `sort`"),
        ("search=war", "Use `q`"),
        ("expand=citations", "Use `include`"),
    ):
        got = await client.get(f"/v1/{collection.name}?{wrong}")
        assert got.status_code == 422, wrong
        (error,) = got.json()["errors"]
        assert right in error["hint"], (wrong, error)


@EVERY
async def test_all_that_is_wrong_is_told_at_once(client: httpx.AsyncClient, collection: Resource) -> None:
    query = "qqq=1&limit=x&sort=qqq&fields=qqq,slug&include=qqq.a&facets=qqq&has=qqq&missing=qqq&page=2&q=" + "x" * 201
    got = await client.get(f"/v1/{collection.name}?{query}")
    assert got.status_code == 422
    told = [error["parameter"] for error in got.json()["errors"]]
    assert sorted(told) == sorted(
        ["qqq", "limit", "sort", "fields", "include", "facets", "has", "missing", "page", "q"]
    ), told


async def test_a_closed_list_is_told_whole(client: httpx.AsyncClient) -> None:
    from app.db.vocabulary import DemandAct, PartyKind

    for address, words in (("demands?act=demnd", DemandAct), ("parties?kind.none=states", PartyKind)):
        (error,) = (await client.get(f"/v1/{address}")).json()["errors"]
        assert len(words) <= LISTED and error["hint"].endswith(f"Allowed: {', '.join(words)}."), error
        assert error["hint"].startswith("Did you mean `")


@pytest.mark.parametrize(
    ("query", "parameter", "hint"),
    [
        ("processes?conflict=ucdp-conflct:333", "conflict", "Did you mean `ucdp-conflict`?"),
        ("processes?conflict.none=nowhere:1", "conflict.none", "Known schemes: "),
        ("parties?external_id=wikidatta:Q159", "external_id", "Did you mean `wikidata`?"),
        ("issues?code=TER", "code", "Did you mean 'TERR'?"),
    ],
)
async def test_an_identifier_of_a_scheme_that_nobody_knows_is_refused(
    client: httpx.AsyncClient, query: str, parameter: str, hint: str
) -> None:
    got = await client.get(f"/v1/{query}")
    assert got.status_code == 422, got.text
    (error,) = got.json()["errors"]
    assert error["parameter"] == parameter and hint in error["hint"], error


async def test_an_identifier_that_no_record_has_is_no_error(client: httpx.AsyncClient) -> None:
    """The scheme is known: whether a record has the identifier is the question."""
    for query in ("parties?external_id=wikidata:Q999999999", "processes?conflict=ucdp-conflict:1"):
        got = await client.get(f"/v1/{query}")
        assert (got.status_code, got.json()["data"]) == (200, []), query


#: The collections with filters that name records.
NAMING = [collection for collection in RESOURCES if markers(collection.read_spec.query, (To,))]


@pytest.mark.parametrize("collection", NAMING, ids=lambda collection: collection.name)
async def test_a_list_is_refused_as_the_record_that_it_names(
    collection: Resource, open_client: Opened, loaded_url: str
) -> None:
    """Before a record existed or was known: each filter that names records, in lists and streams.

    Each filter meets both clocks and both formats, each clock with one of the formats; the next filter has the other two
    pairs."""
    async with open_client(loaded_url) as client:
        for number, (name, marker) in enumerate(markers(collection.read_spec.query, (To,))):
            known_as = collection.read_spec.query.model_fields[name].alias or name
            some = (await client.get(f"/v1/{marker.collection}?limit=1&sort=-created_at&fields=slug,id")).json()["data"]
            formats = ("json", "csv") if number % 2 else ("csv", "json")
            for clock, format_ in zip(("known_by=1500", "as_of=1"), formats, strict=True):
                key = some[0]["slug"]
                alone = await client.get(f"/v1/{marker.collection}/{key}?{clock}")
                asked = f"{known_as}={key}&{clock}&format={format_}&fields=slug"
                got = await client.get(f"/v1/{collection.name}?{asked}")
                if alone.status_code == 200:
                    assert got.status_code == 200, (known_as, clock, got.text)
                    continue
                assert alone.status_code == 404
                told, said = got.json(), alone.json()
                assert [told[part] for part in ("type", "title", "status", "detail")] == [
                    said[part] for part in ("type", "title", "status", "detail")
                ], (known_as, clock)
                assert [error["parameter"] for error in told["errors"]] == [known_as]


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("demands", "tabled_from=2026", "tabled_to=2025"),
        ("demands", "due_from=2025-06", "due_to=2025-05-31"),
        ("talks", "duration_minutes_from=60", "duration_minutes_to=30"),
    ],
)
async def test_a_range_that_ends_before_it_begins_is_refused(
    client: httpx.AsyncClient, path: str, first: str, last: str
) -> None:
    answer = await client.get(f"/v1/{path}?{first}&{last}")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    (begin, one), (end, other) = first.split("="), last.split("=")
    assert (error["parameter"], error["message"]) == (begin, f"`{begin}` ({one}) is after `{end}` ({other})")


async def test_a_range_of_one_uncertain_day_is_none_that_is_turned_round(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/demands?tabled_from=2025-06-02&tabled_to=2025-06")).status_code == 200
    assert (await client.get("/v1/demands?tabled_from=2025-06&tabled_to=2025-06-02")).status_code == 200


@pytest.mark.parametrize("value", ["0.5", "1764547200", "-1", "2026-01-01", "20260101T000000Z", "now"])
async def test_an_instant_is_a_date_and_a_time(client: httpx.AsyncClient, value: str) -> None:
    got = await client.get("/v1/talks", params={"updated_since": value})
    assert (got.status_code, got.json()["errors"][0]["parameter"]) == (422, "updated_since"), got.text
    assert f"'{value}' is not an instant" in got.text and "2025-06-02T14:00:00Z" in got.text
