"""`as_of`: every read answers as it did then."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.reading.query import FORMAT_PARAMETERS
from app.registry import RESOURCES
from app.resources.resource import Resource
from tests.branches import includable
from tests.document import openapi_document, resolved
from tests.history.conftest import Session, head
from tests.loops import nonempty

#: Reads that tell nothing of the ledger's records, or what is to be done with them now.
STILL = re.compile(
    r"/v1/(vocabularies|terms|me|keys|statements|duplicates|datapackage\.json|croissant\.json|dcat\.jsonld|releases|webhooks|dossiers/schema|profiles(/(\{name\}|schema))?|reconcile/(suggest/(property|type)|properties)).*"
    r"|/v1/reports"
)
FORMS = ("csv", "ndjson", "jsonld", "atom", "feed")
DEMAND = "russian-memorandum-2025-06-02-i-2a"


def without_moment(text: str) -> str:
    """The text without what addresses, cursors and titles of feeds say of the past."""
    text = re.sub(r"(?:[?&]|&amp;)(?:as_of|cursor)=[\w-]*| \(as_of \d+\)", "", text)
    return re.sub(r"(\"next\": ?\")[\w-]+", "", text)


def test_every_read_takes_it() -> None:
    document = openapi_document()
    lacking = []
    for path, methods in document["paths"].items():
        if "get" in methods and path.startswith("/v1/") and not STILL.fullmatch(path):
            declared = [resolved(document, one) for one in methods["get"].get("parameters", ())]
            told = [one for one in declared if one["name"] == "as_of"]
            if not (told and told[0]["description"]):
                lacking.append(path)
    assert lacking == []


async def test_who_owes_an_answer_is_told_as_it_was_then(
    own_client: httpx.AsyncClient, own_admin: dict[str, str]
) -> None:
    address = "/v1/demands?format=ndjson&fields=slug,state&account=all"
    then = await own_client.get(address)
    changed = await own_client.patch("/v1/parties/russia", json={"summary": "another"}, headers=own_admin)
    assert changed.status_code == 200
    again = await own_client.get(f"{address}&as_of={then.headers['parley-revision']}")
    assert again.text == then.text


@pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
async def test_at_the_newest_revision_it_answers_as_without(client: httpx.AsyncClient, collection: Resource) -> None:
    """The same statements over the views of the past: no shape of them may be without an answer, or with another."""
    newest = (await client.get("/v1/revisions")).json()["head"]
    name, query = collection.name, collection.read_spec.query
    branches = includable(collection.read_spec.summary)
    asked = [
        "limit=500",
        "q=a&limit=5&count=exact",
        f"include={','.join(branches)}&limit=20" if branches else "limit=20",
        "facets=review,year&limit=3",
        "has=citations&limit=3&sort=-updated_at",
        *([collection.example] if collection.example else []),
        *(f"format={form}&limit=30" for form in FORMS),
    ]
    for parameter, field in query.model_fields.items():
        example = (field.examples or [None])[0]
        if example is None or parameter in ("cursor", "include", "fields", "sort", "has", "missing", "as_of", "facets"):
            continue
        value = ",".join(map(str, example)) if isinstance(example, list) else str(example).replace("True", "true")
        # Which records a filter finds; what they show is asked above.
        shown = {} if parameter in (*FORMAT_PARAMETERS, "count", "limit") else {"fields": "slug"}
        asked.append(str(httpx.QueryParams({field.alias or parameter: value, "limit": "3"} | shown)))
    slugs = [row["slug"] for row in (await client.get(f"/v1/{name}?limit=2&fields=slug")).json()["data"]]
    addresses = [f"/v1/{name}?{one}" for one in asked]
    addresses += [f"/v1/{name}/{slug}?{form}" for slug in slugs for form in ("", "include=urls", "format=ndjson")]
    for address in nonempty(addresses):
        now = await client.get(address)
        then = await client.get(f"{address}&as_of={newest}")
        assert then.status_code == now.status_code, (address, then.text)
        assert without_moment(then.text) == without_moment(now.text), address
        if now.status_code == 200:
            assert then.headers["parley-revision"] == str(newest)


@pytest.mark.parametrize(
    "address",
    [
        "/v1/search?q=ceasefire&limit=20",
        "/v1/search?q=Umyerov",
        f"/v1/demands/{DEMAND}/similar?limit=5",
        "/v1/resolve?scheme=wikidata&value=Q159,Q212",
        "/v1/resolve?slug=russia",
        "/v1/schemes?",
        "/v1/revisions?limit=3",
        "/v1/revisions/1?",
        '/v1/reconcile?queries={"q0":{"query":"Umierov","type":"people"}}',
        '/v1/reconcile?extend={"ids":["people/rustem-umerov"],"properties":[{"id":"post"}]}',
        "/v1/reconcile/suggest/entity?prefix=ume",
        "/v1/reconcile/preview?id=people/rustem-umerov",
    ],
)
async def test_other_reads_take_it_too(client: httpx.AsyncClient, address: str) -> None:
    newest = (await client.get("/v1/revisions")).json()["head"]
    now, then = await client.get(address), await client.get(f"{address}&as_of={newest}")
    assert (then.status_code, without_moment(then.text)) == (200, without_moment(now.text))
    gone = await client.get(f"{address}&as_of={newest + 1}")
    assert (gone.status_code, gone.json()["errors"][0]["parameter"]) == (422, "as_of")


# --- what was


async def test_a_record_is_told_as_it_was(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    first = (await world_client.get("/v1/parties/alba")).json()
    await world_client.patch("/v1/parties/alba", json={"name": "Alba Nova", "names": [{"text": "Alba"}]})
    second = (await world_client.get("/v1/parties/alba")).json()
    await world_client.delete("/v1/parties/delta?reason=never+was")
    await world_client.post("/v1/parties", json={"slug": "eria", "name": "Eria", "kind": "state"})

    async def at(revision: int, path: str) -> httpx.Response:
        return await world_client.get(path, params={"as_of": str(revision)})

    assert (await at(before, "/v1/parties/alba")).json() == first
    assert (await at(before + 1, "/v1/parties/alba")).json() == second
    assert (await at(before + 1, "/v1/parties/delta")).status_code == 200
    assert (await at(before + 2, "/v1/parties/delta")).status_code == 410
    missing = await at(before + 2, "/v1/parties/eria")
    assert (missing.status_code, missing.json()["detail"]) == (
        404, f"'eria' was not yet in parties at revision {before + 2}."
    )  # fmt: skip
    counts = [
        (await world_client.get(f"/v1/parties?count=exact&as_of={before + n}")).json()["page"]["count"]["value"]
        for n in (0, 2, 3)
    ]
    assert counts == [6, 5, 6]
    mentions = (await at(before, "/v1/talks/round-1")).json()["delegations"]
    assert {one["party"]["name"] for one in mentions} == {"Alba", "Boria", "Caria"}
    batch = await world_client.post("/v1/parties/batch-get", json={"keys": ["eria", "alba"], "as_of": before})
    assert [one["name"] for one in batch.json()["data"]] == ["Alba"]
    assert [one["key"] for one in batch.json()["missing"]] == ["eria"]


async def test_a_renamed_record_had_its_slug_of_then(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    await world_client.patch("/v1/parties/alba", json={"slug": "alba-nova"})
    await world_client.patch("/v1/parties/alba-nova", json={"slug": "alba-magna"})
    assert (await world_client.get(f"/v1/parties/alba?as_of={before}")).status_code == 200
    moved = await world_client.get(f"/v1/parties/alba?as_of={before + 1}&fields=slug")
    assert moved.status_code == 308
    assert moved.headers["location"] == f"/v1/parties/alba-nova?as_of={before + 1}&fields=slug"
    late = await world_client.get(f"/v1/parties/alba-magna?as_of={before}")
    assert (late.status_code, late.json()["detail"]) == (404, f"At revision {before} 'alba-magna' was called 'alba'.")
    told = (await world_client.get(f"/v1/demands/plan-1?as_of={before}")).json()
    assert [one["slug"] for one in told["claimants"]] == ["alba"]


async def test_the_state_of_a_demand_is_that_of_the_day_of_then(world_client: httpx.AsyncClient, psql: Session) -> None:
    """An answer without a date counts on the day on which it is asked; a deed of tomorrow does not count today."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    posted = await world_client.post(
        "/v1/responses",
        json={"demand": "plan-1", "responder": "boria", "stance": "accepted", "said_on": tomorrow},
    )
    assert posted.status_code == 201, posted.text
    number = await head(psql)
    address = "/v1/demands/plan-1?fields=state"
    assert (await world_client.get(address)).json()["state"]["word"] == "open"
    # A revision of the day after tomorrow, as far as the ledger knows.
    async with psql.transaction():
        await psql.execute("SET LOCAL session_replication_role = replica")
        await psql.execute("UPDATE revision SET at = at + interval '2 days' WHERE number = $1", number)
    assert (await world_client.get(f"{address}&as_of={number}")).json()["state"]["word"] == "accepted"
    assert (await world_client.get(f"{address}&as_of={number - 1}")).json()["state"]["word"] == "open"


# --- which moment


async def test_an_instant_is_the_newest_revision_at_or_before_it(
    world_client: httpx.AsyncClient, psql: Session
) -> None:
    rows = await psql.fetch("SELECT number, at FROM revision ORDER BY number")
    middle = rows[len(rows) // 2]

    async def of(as_of: str) -> str:
        got = await world_client.get("/v1/parties", params={"as_of": as_of, "limit": "1"})
        assert got.status_code == 200, got.text
        return str(got.headers["parley-revision"])

    exact: datetime = middle["at"]
    assert await of(exact.isoformat()) == str(middle["number"])
    assert await of((exact - timedelta(microseconds=1)).isoformat()) == str(middle["number"] - 1)
    assert await of(exact.replace(tzinfo=None).isoformat()) == str(middle["number"])
    assert await of(exact.astimezone(UTC).isoformat().replace("+00:00", " 00:00")) == str(middle["number"])
    assert await of("2999-01-01") == str(rows[-1]["number"])


@pytest.mark.parametrize(
    ("as_of", "message"),
    [
        ("yesterday", "neither the number of a revision"),
        ("0", "There is no revision 0"),
        ("99999999", "There is no revision 99999999"),
        ("9" * 30, "less than 2^63"),
        ("1999-12-31", "the database was empty"),
        ("0001-01-01T00:00:00+14:00", "neither the number of a revision"),
    ],
)
async def test_a_moment_that_never_was_is_refused(client: httpx.AsyncClient, as_of: str, message: str) -> None:
    for address in ("/v1/talks", "/v1/talks/istanbul-2025-06-02", "/v1/search?q=a", "/v1/talks?format=csv"):
        got = await client.get(address, params={"as_of": as_of, **dict(httpx.URL(address).params)})
        assert got.status_code == 422, got.text
        (violation,) = got.json()["errors"]
        assert violation["parameter"] == "as_of"
        assert message in violation["message"]


# --- pages, addresses, caches


async def test_pages_belong_to_their_moment(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    page = await world_client.get(f"/v1/parties?limit=2&sort=slug&as_of={before}")
    await world_client.post("/v1/parties", json={"slug": "aaa", "name": "A", "kind": "state"})
    link = page.headers["link"].partition(">")[0].removeprefix("<")
    assert f"as_of={before}" in link
    seen = [row["slug"] for row in page.json()["data"]]
    while link:
        following = await world_client.get(link)
        seen += [row["slug"] for row in following.json()["data"]]
        link = following.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen == ["alba", "boria", "caria", "delta", "friends", "league"]
    cursor = page.json()["page"]["next"]
    for other in ("", f"&as_of={before + 1}"):
        refused = await world_client.get(f"/v1/parties?limit=2&sort=slug&cursor={cursor}{other}")
        assert refused.json()["errors"][0]["parameter"] == "cursor"


async def test_addresses_lead_to_the_same_past(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    row = (await world_client.get(f"/v1/talks?id=round-1&include=urls&as_of={before}")).json()["data"][0]
    addresses = [address for address in row["urls"].values() if address]
    assert len(addresses) > 3
    for address in addresses:
        assert f"as_of={before}" in address
        assert (await world_client.get(address)).status_code == 200, address
    found = (await world_client.get(f"/v1/search?q=plan&as_of={before}")).json()["data"][0]
    assert found["url"].endswith(f"?as_of={before}")


async def test_what_cannot_change_any_more_may_be_kept(client: httpx.AsyncClient, statements: list[str]) -> None:
    for as_of in ("1", "2"):
        first = await client.get(f"/v1/issues?limit=2&as_of={as_of}")
        assert "immutable" in first.headers["cache-control"]
        again = await client.get(first.request.url, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    coming = await client.get("/v1/issues?limit=2&as_of=2999-01-01")
    assert "immutable" not in coming.headers["cache-control"]


async def test_a_kept_answer_of_the_past_outlives_writes(
    world_client: httpx.AsyncClient, url: str, open_client: Any, psql: Session
) -> None:
    before = await head(psql)
    async with open_client(url, cache_bytes=1_000_000) as cached:
        sent = [f"/v1/parties?as_of={before}", f"/v1/parties/alba?as_of={before}"]
        first = [(await cached.get(address)).content for address in sent]
        await psql.execute("UPDATE party SET name = 'Else'")
        await psql.execute("ALTER TABLE party RENAME TO gone")
        assert [(await cached.get(address)).content for address in sent] == first
        await psql.execute("ALTER TABLE gone RENAME TO party")
        assert b"Else" in (await cached.get("/v1/parties")).content


async def test_a_stream_of_the_past_is_whole(world_client: httpx.AsyncClient, psql: Session) -> None:
    before = await head(psql)
    first = (await world_client.get("/v1/demands?format=ndjson")).text
    await psql.execute("UPDATE demand SET text = 'X'")
    then = await world_client.get(f"/v1/demands?format=ndjson&as_of={before}")
    assert then.text == first
    assert all(
        json.loads(line)["text"] == "X"
        for line in (await world_client.get("/v1/demands?format=ndjson")).text.splitlines()
    )
