"""`known_by`: what the public could know on a day; nothing else is told, by whatever way it is asked for."""

import json
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from app.db.tables import RECORDS
from app.registry import RESOURCES
from tests.branches import includable
from tests.document import openapi_document, resolved
from tests.history.conftest import Session
from tests.history.test_as_of import STILL
from tests.loops import nonempty

REJECTION = "russian-memorandum-2025-06-02-ukraine-2025-06-04"
MEMORANDUM = "russian-memorandum-2025-06-02"
NEVER = "9999-99-99"
CLAIMS = frozenset(name for name, model in RECORDS.items() if model.__is_claim__)
#: Addresses that tell of writes, which have one clock.
WHAT_WAS_DONE = re.compile(r"/v1/(changes|revisions(/\{number\})?|\w+/\{key\}/history)")
#: Days on which the bundled dossiers know nothing, little, much, nearly all; and some at random, the same in each run.
DAYS = ["1950-01-01", "2016-10-03", "2023-01-01", "2025-06-03", "2025-06-04", "2026-12-31"]
_RANDOM = random.Random(603)  # noqa: S311 - nothing secret
RANDOM_DAYS = [(date(2012, 1, 1) + timedelta(days=_RANDOM.randrange(5_300))).isoformat() for _ in range(6)]


async def rows_of(client: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    sign = "&" if "?" in address else "?"
    got = await client.get(f"{address}{sign}format=ndjson")
    assert got.status_code == 200, (address, got.text)
    return [json.loads(line) for line in got.text.splitlines()]


async def slugs(client: httpx.AsyncClient, collection: str, day: str | None) -> set[str]:
    account = "&account=all" if collection == "demands" else ""
    clock = f"&known_by={day}" if day else ""
    return {row["slug"] for row in await rows_of(client, f"/v1/{collection}?fields=slug{account}{clock}")}


# --- the rule, computed a second time


async def days_of_claims(client: httpx.AsyncClient, psql: Session) -> dict[str, dict[str, str]]:
    """The first day on which each claim is known, by collection and slug, from what the API tells: NEVER = none."""
    last = {row["slug"]: row["max"] for row in await psql.fetch("SELECT slug, published_max::text AS max FROM source")}
    public = {
        row["slug"]: row["max"] for row in await psql.fetch("SELECT slug, public_by_max::text AS max FROM citation")
    }
    published = "SELECT slug, published_on_max::text AS max FROM "
    proposals = {row["slug"]: row["max"] for row in await psql.fetch(published + "proposal")}
    accounts = {row["slug"]: row["max"] for row in await psql.fetch(published + "account")}
    cited: dict[str, list[str]] = {}
    told: dict[str, dict[str, str]] = {name: {} for name in CLAIMS}
    citations = await rows_of(client, "/v1/citations")
    for row in citations:
        if row["verdict"] == "supports":
            day = public[row["slug"]] or last[row["source"]["slug"]]
            cited.setdefault(f"{row['target']['collection']}/{row['target']['slug']}", []).append(day or NEVER)

    def own(name: str, slug: str) -> str:
        return min(cited.get(f"{name}/{slug}", [NEVER]))

    told["sources"] = {slug: day or NEVER for slug, day in last.items()}
    inside: dict[str, list[str]] = {}
    account_of: dict[str, list[str]] = {}
    parts = {str(row["id"]): row["label"] for row in await psql.fetch(
        "SELECT p.id, a.slug || '#' || p.key AS label FROM part p JOIN account a ON a.id = p.account_id")}  # fmt: skip
    above = {row["id"]: row["parent_id"] for row in await psql.fetch("SELECT id::text, parent_id::text FROM part")}
    of_part: dict[str, list[str]] = {}
    found = await psql.fetch(
        "SELECT d.slug, p.slug AS proposal, a.slug AS account, d.part_id::text AS part FROM demand d"
        " JOIN proposal p ON p.id = d.proposal_id JOIN account a ON a.id = d.account_id"
    )
    for row in found:
        day = min(
            own("demands", row["slug"]), *(x or NEVER for x in (proposals[row["proposal"]], accounts[row["account"]]))
        )
        told["demands"][row["slug"]] = day
        inside.setdefault(row["proposal"], []).append(day)
        account_of.setdefault(row["account"], []).append(day)
        part = row["part"]
        while part:
            of_part.setdefault(part, []).append(day)
            part = above[part]
    for row in await psql.fetch(
        "SELECT a.slug, p.slug AS proposal FROM account a JOIN proposal p ON p.id = a.proposal_id"
    ):
        inside.setdefault(row["proposal"], []).append(accounts[row["slug"]] or NEVER)
    for slug, day in proposals.items():
        told["proposals"][slug] = min(own("proposals", slug), day or NEVER, *inside.get(slug, [NEVER]))
    for row in await psql.fetch("SELECT d.slug, t.slug AS talk FROM delegation d JOIN talk t ON t.id = d.talk_id"):
        told["delegations"][row["slug"]] = own("delegations", row["slug"])
        inside.setdefault(row["talk"], []).append(told["delegations"][row["slug"]])
    for row in await psql.fetch(
        'SELECT slug, visibility, status, coalesce(end_max, start_max)::text AS "end" FROM talk'
    ):
        dated = min(own("talks", row["slug"]), *inside.get(row["slug"], [NEVER]))
        is_public = row["visibility"] == "public" and row["status"] == "held"
        told["talks"][row["slug"]] = (row["end"] or NEVER) if dated == NEVER and is_public else dated
    for row in await psql.fetch(
        "SELECT r.slug, d.slug AS demand, r.part_id::text AS part, p.slug AS proposal, p.published_on_max::text AS first,"
        " a.published_on_max::text AS second"
        " FROM response r JOIN proposal p ON p.id = r.proposal_id LEFT JOIN demand d ON d.id = r.demand_id"
        " LEFT JOIN part ON part.id = r.part_id LEFT JOIN account a ON a.id = part.account_id"
    ):
        if row["demand"]:
            target = told["demands"][row["demand"]]
        elif row["part"]:
            assert row["part"] in parts
            target = min(row["first"] or NEVER, row["second"] or NEVER, *of_part.get(row["part"], [NEVER]))
        else:
            target = told["proposals"][row["proposal"]]
        told["responses"][row["slug"]] = max(own("responses", row["slug"]), target)
    for row in await psql.fetch("SELECT slug FROM agreement"):
        told["agreements"][row["slug"]] = own("agreements", row["slug"])
    for row in await rows_of(client, "/v1/assessments"):
        subjects = [told[one["collection"]][one["slug"]] if one["collection"] in CLAIMS else "" for one in row["about"]]
        told["assessments"][row["slug"]] = max(own("assessments", row["slug"]), min(subjects))
    for row in citations:
        name, slug = row["target"]["collection"], row["target"]["slug"]
        source = told["sources"][row["source"]["slug"]]
        target = told[name][slug] if name in CLAIMS else ""
        told["citations"][row["slug"]] = max(public[row["slug"]] or source, source, target)
    return told


@pytest.fixture(scope="module")
def memory() -> dict[str, Any]:
    """What is computed once for all days."""
    return {}


async def computed(client: httpx.AsyncClient, psql: Session, memory: dict[str, Any]) -> dict[str, dict[str, str]]:
    if not memory:
        memory.update(await days_of_claims(client, psql))
    return memory


@pytest.mark.parametrize("day", [*DAYS, *RANDOM_DAYS])
async def test_each_list_holds_what_was_known_and_nothing_else(
    client: httpx.AsyncClient, loaded_psql: Session, memory: dict[str, Any], day: str
) -> None:
    days = await computed(client, loaded_psql, memory)
    for name in sorted(CLAIMS):
        assert await slugs(client, name, day) == {slug for slug, first in days[name].items() if first <= day}, name
        got = await client.get(
            f"/v1/{name}?limit=1&count=exact&known_by={day}{'&account=all' if name == 'demands' else ''}"
        )
        told = got.json()
        assert told["known_by"] == day
        assert told["hidden_undated"]["value"] == sum(first == NEVER for first in days[name].values()), name
        assert told["page"]["count"]["value"] == sum(first <= day for first in days[name].values())


def names_in(value: Any) -> Iterator[str]:
    """Every text of an answer that could name a record, and the last step of every address."""
    if isinstance(value, dict):
        for one in value.values():
            yield from names_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from names_in(one)
    elif isinstance(value, str):
        yield value.partition("?")[0].rpartition("/")[2]


def deep(collection: Any) -> str:
    return ",".join(includable(collection.read_spec.summary))


@pytest.mark.parametrize("day", ["2023-01-01", "2025-06-03"])
async def test_no_answer_names_what_is_hidden(
    client: httpx.AsyncClient, loaded_psql: Session, memory: dict[str, Any], day: str
) -> None:
    days = await computed(client, loaded_psql, memory)
    hidden = {slug for known in days.values() for slug, first in known.items() if first > day}
    # A slug may be one of another collection too, which is known.
    hidden -= {slug for known in days.values() for slug, first in known.items() if first <= day}
    frame = "SELECT slug FROM entry WHERE NOT known.is_claim(collection) UNION SELECT key FROM part"
    hidden -= {row["slug"] for row in await loaded_psql.fetch(frame)}

    async def told(address: str) -> set[str]:
        got = await client.get(address)
        assert got.status_code == 200, (address, got.text)
        return set(names_in(got.json()["data"] if "data" in got.json() else got.json())) & hidden

    for collection in RESOURCES:
        name = collection.name
        sample = sorted(await slugs(client, name, day))[:: max(1, len(days.get(name, ())) // 2)]
        addresses = [f"/v1/{name}/{slug}?known_by={day}&include=urls" for slug in sample]
        addresses.append(
            f"/v1/{name}?limit=40&known_by={day}&include={deep(collection)},urls".replace("include=,", "include=")
        )
        for address in addresses:
            assert not await told(address), address
    for address in (
        "/v1/proposals?limit=40&include=demands.responses,responses,accounts,relations",
        "/v1/talks?limit=40&include=delegations.members,proposals.demands",
        "/v1/demands?limit=100&account=all&include=state,responses.counters",
        "/v1/search?q=russia&limit=100",
    ):
        assert not await told(f"{address}&known_by={day}"), address
    for slug in ("russia-ukraine", "istanbul-2025"):
        dossier = await client.get(f"/v1/processes/{slug}/dossier?known_by={day}")
        if dossier.status_code == 200:
            assert not set(names_in(dossier.json()["records"])) & hidden


# --- the questions of the domain


async def test_the_rejection_of_the_next_day_is_not_known(client: httpx.AsyncClient) -> None:
    before, after = "known_by=2025-06-03", "known_by=2025-06-05"
    late = await client.get(f"/v1/responses/{REJECTION}?{before}")
    assert late.status_code == 404
    assert "was not known on 2025-06-03. It is known from 2025-06-" in late.json()["detail"]
    assert (await client.get(f"/v1/responses/{REJECTION}?{after}")).status_code == 200
    demand = f"/v1/demands/{MEMORANDUM}-ii-2-8?fields=state"
    assert (await client.get(f"{demand}&{after}")).json()["state"]["word"] == "rejected"
    assert (await client.get(f"{demand}&{before}")).json()["state"]["word"] == "under_study"
    for address in (
        f"/v1/proposals/{MEMORANDUM}?include=responses&",
        "/v1/responses?format=csv&",
        "/v1/search?q=rejects&type=responses&limit=100&",
        f"/v1/responses?id={REJECTION}&",
    ):
        assert REJECTION not in (await client.get(f"{address}{before}")).text


async def test_a_draft_that_was_published_later_is_unknown(client: httpx.AsyncClient, loaded_psql: Session) -> None:
    (row,) = await loaded_psql.fetch(
        "SELECT p.slug, d.slug AS demand FROM proposal p JOIN demand d ON d.proposal_id = p.id AND d.is_reference"
        " WHERE p.published_on LIKE '2024-06%' AND p.tabled_on LIKE '2022-04%' ORDER BY d.position LIMIT 1"
    )
    draft, point = row["slug"], row["demand"]
    then, now = "known_by=2023-01-01", "known_by=2024-07-01"
    for collection, slug in (("proposals", draft), ("demands", point)):
        got = await client.get(f"/v1/{collection}/{slug}?{then}")
        assert (got.status_code, "It is known from 2024-06-" in got.json()["detail"]) == (404, True)
        assert (await client.get(f"/v1/{collection}/{slug}?{now}")).status_code == 200
        assert slug not in await slugs(client, collection, "2023-01-01")
    refused = await client.get(f"/v1/demands?proposal={draft}&{then}")
    (violation,) = refused.json()["errors"]
    assert (refused.status_code, violation["parameter"]) == (404, "proposal")
    assert "was not known on 2023-01-01" in violation["message"]
    facets = "/v1/demands?facets=proposal&limit=1&process=russia-ukraine&"
    for clock, is_there in ((then, False), (now, True)):
        values = (await client.get(facets + clock)).json()["facets"]["proposal"]["values"]
        assert (draft in {one["value"] for one in values}) is is_there
    batch = await client.post("/v1/proposals/batch-get", json={"keys": [draft], "known_by": "2023-01-01"})
    assert [one["key"] for one in batch.json()["missing"]] == [draft]
    resolved = await client.get(f"/v1/resolve?slug={draft}&{then}")
    assert resolved.json()["data"] == []


# --- both clocks, forms, caches, writes


async def test_both_clocks_at_once(world_client: httpx.AsyncClient, psql: Session) -> None:
    async def get(address: str, *clocks: str) -> httpx.Response:
        return await world_client.get(f"{address}{'&' if '?' in address else '?'}{'&'.join(clocks)}")

    source = {"slug": "courier", "title": "Courier", "published": "2021-05"}
    assert (await world_client.post("/v1/sources", json=source)).status_code == 201
    body = {"citations": [{"source": "courier"}]}
    assert (await world_client.patch("/v1/talks/round-1", json=body)).status_code == 200
    early = await psql.fetchval("SELECT revision FROM head")
    assert (await get("/v1/talks/round-1", "known_by=2021-05-30")).status_code == 404
    seen = await get("/v1/talks/round-1", "known_by=2021-05")
    assert seen.status_code == 200
    assert seen.headers["content-location"] == "/v1/talks/round-1?known_by=2021-05-31"
    assert "immutable" not in seen.headers["cache-control"]
    await world_client.patch("/v1/sources/courier", json={"published": "2023"})
    assert (await get("/v1/talks/round-1", "known_by=2021")).status_code == 404
    both = await get("/v1/talks/round-1?include=urls", "known_by=2021", f"as_of={early}")
    assert both.status_code == 200
    assert "immutable" in both.headers["cache-control"]
    assert f"as_of={early}" in both.json()["urls"]["self"]
    assert "known_by=2021-12-31" in both.json()["urls"]["self"]
    assert "round-1" in (await get("/v1/talks?format=csv", "known_by=2021", f"as_of={early}")).text
    # What is withdrawn is told as what it is, and makes nothing known.
    assert (await get("/v1/talks/round-1", "known_by=2023")).status_code == 200
    await world_client.delete("/v1/sources/courier?reason=never+was")
    assert (await get("/v1/talks/round-1", "known_by=2023")).status_code == 404
    slug = await psql.fetchval("SELECT slug FROM delegation ORDER BY slug LIMIT 1")
    assert (await world_client.delete(f"/v1/delegations/{slug}?reason=never+was")).status_code == 204
    assert (await get(f"/v1/delegations/{slug}", "known_by=2030")).status_code == 410


async def test_whoever_writes_the_days_are_kept(world_client: httpx.AsyncClient, psql: Session) -> None:
    """Each way in which a day may change, by hand: what is stored is always what `known.found` would say."""
    assert (await world_client.get("/v1/sources/gazette")).status_code == 200
    for statement in (
        "UPDATE proposal SET published_on = '2020', published_on_min = '2020-01-01', published_on_max = '2020-12-31',"
        " published_on_precision = 'year'",
        "UPDATE account SET published_on = '2019', published_on_min = '2019-01-01', published_on_max = '2019-12-31',"
        " published_on_precision = 'year'",
        "UPDATE proposal SET published_on = NULL, published_on_min = NULL, published_on_max = NULL,"
        " published_on_precision = NULL",
        "WITH made AS (INSERT INTO entry (id, collection, slug) SELECT gen_random_uuid(), 'citations', 'c-' || slug"
        " FROM entry WHERE collection IN ('talks', 'delegations', 'demands', 'responses', 'agreements') RETURNING id, slug)"
        " INSERT INTO citation (id, slug, target_id, source_id, key) SELECT made.id, made.slug, target.id, source.id, 'k'"
        " FROM made JOIN entry target ON 'c-' || target.slug = made.slug CROSS JOIN source WHERE source.slug = 'gazette'",
        "UPDATE source SET published = '2022', published_min = '2022-01-01', published_max = '2022-12-31',"
        " published_precision = 'year' WHERE slug = 'gazette'",
        "UPDATE citation SET verdict = 'silent' WHERE slug LIKE 'c-plan%'",
        "DELETE FROM citation WHERE slug LIKE 'c-round%'",
        "UPDATE source SET withdrawn_at = now(), withdrawn_reason = 'x' WHERE slug = 'gazette'",
    ):
        await psql.execute(statement)
        wrong = await psql.fetch(
            "SELECT kind.collection, found.id, found.known_on, stored.known_on AS stored FROM known.kind,"
            " LATERAL known.found(kind.collection, ARRAY(SELECT id FROM known_day WHERE collection = kind.collection)) found"
            " JOIN known_day stored USING (id)"
            " WHERE (found.known_on, found.sort_on) IS DISTINCT FROM (stored.known_on, stored.sort_on)"
        )
        assert wrong == [], statement
        for kind in await psql.fetch("SELECT collection, name FROM known.kind"):
            lacking = await psql.fetchval(
                f"SELECT count(*) FROM {kind['name']} FULL JOIN"
                " (SELECT id FROM known_day WHERE collection = $1) k USING (id)"
                f" WHERE k.id IS NULL OR {kind['name']}.id IS NULL",
                kind["collection"],
            )
            assert lacking == 0, (statement, kind["name"])


async def test_what_has_no_last_day_is_known_on_none(world_client: httpx.AsyncClient) -> None:
    await world_client.patch("/v1/sources/gazette", json={"published": "2020-03-02/.."})
    listed = (await world_client.get("/v1/sources?known_by=2030-01-01")).json()
    assert ([row["slug"] for row in listed["data"]], listed["hidden_undated"]["value"]) == (["herald"], 1)
    alone = await world_client.get("/v1/sources/gazette?known_by=2030-01-01")
    assert alone.json()["detail"].endswith("No source with a date makes it known.")


async def test_it_is_told_why_a_record_is_not_known(world_client: httpx.AsyncClient) -> None:
    await world_client.post("/v1/sources", json={"slug": "double", "title": "Twice", "published": "2020-01-01"})
    await world_client.post("/v1/sources/double/merge", json={"into": "gazette"})
    early = (await world_client.get("/v1/sources/double?known_by=2020-02-01")).json()["detail"]
    assert early == "'double' of sources was not known on 2020-02-01. It is known from 2020-03-02 on."
    await world_client.delete("/v1/sources/herald", params={"reason": "not to be trusted"})
    gone = (await world_client.get("/v1/citations?source=herald&known_by=2030-01-01")).json()
    assert (gone["status"], gone["errors"][0]["parameter"]) == (410, "source")
    assert gone["detail"] == (await world_client.get("/v1/sources/herald?known_by=2030-01-01")).json()["detail"]


def test_what_takes_one_clock_takes_the_other() -> None:
    document = openapi_document()
    for path, methods in nonempty(document["paths"].items()):
        for method, told in methods.items():
            names = {resolved(document, one)["name"] for one in told.get("parameters", ())}
            is_of_writes = WHAT_WAS_DONE.fullmatch(path) is not None
            assert ("as_of" in names) == ("known_by" in names or is_of_writes), (method, path)
            if method == "get" and path.startswith("/v1/") and not STILL.fullmatch(path):
                assert ("known_by" in names) != is_of_writes, path
            if method in ("post", "put", "patch", "delete") and "reconcile" not in path:
                assert "known_by" not in names, path
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Keys"):
            assert "known_by" in schema["properties"], name


@pytest.mark.parametrize("path", ["changes", "revisions", "revisions/1", "parties/alba/history"])
async def test_what_was_done_is_told_whole(world_client: httpx.AsyncClient, path: str) -> None:
    """A source gets its date after the talk that it supports was made: the talk becomes known by a change that is none of
    its own, and a copy of what is told of known records alone would never have it."""
    got = await world_client.get(f"/v1/{path}?known_by=2020-12-31")
    (violation,) = got.json()["errors"]
    assert (got.status_code, violation["parameter"]) == (422, "known_by")
    assert "/v1/talks?known_by=" in violation["hint"]


async def test_the_day_is_kept_by_pages_and_forms(client: httpx.AsyncClient) -> None:
    page = await client.get("/v1/talks?limit=2&known_by=2025-06-03")
    assert "known_by=2025-06-03" in page.headers["link"]
    assert page.headers["parley-known-by"] == "2025-06-03"
    assert page.headers["parley-hidden-undated"] == str(page.json()["hidden_undated"]["value"])
    cursor = page.json()["page"]["next"]
    other = await client.get(f"/v1/talks?limit=2&known_by=2025-06-04&cursor={cursor}")
    assert other.json()["errors"][0]["parameter"] == "cursor"
    sheet = await client.get("/v1/talks?format=csv&known_by=2025-06-03")
    assert sheet.headers["parley-hidden-undated"] == page.headers["parley-hidden-undated"]
    again = await client.get("/v1/talks?limit=2&known_by=2025-06-03", headers={"If-None-Match": page.headers["etag"]})
    assert again.status_code == 304
    frame = (await client.get("/v1/parties?limit=500&known_by=1900")).json()
    assert (frame["known_by"], frame["hidden_undated"]["value"], len(frame["data"]) > 20) == ("1900-12-31", 0, True)


@pytest.mark.parametrize(
    "known_by", ["yesterday", "2025-6-3", "2025-02-30", "2025-06-03T12:00", "25", "201X", "2025-24"]
)
async def test_what_is_no_day_is_refused(client: httpx.AsyncClient, known_by: str) -> None:
    got = await client.get("/v1/talks", params={"known_by": known_by})
    assert (got.status_code, got.json()["errors"][0]["parameter"]) == (422, "known_by")


async def test_a_write_does_not_take_it(world_client: httpx.AsyncClient) -> None:
    got = await world_client.post("/v1/parties?known_by=2025", json={"slug": "eria", "name": "Eria", "kind": "state"})
    assert (got.status_code, got.json()["errors"][0]["parameter"]) == (422, "known_by")


async def test_a_public_talk_is_known_from_its_last_day_if_no_source_is_dated(world_client: httpx.AsyncClient) -> None:
    talk = {"slug": "fair", "title": "Fair", "process": "alba-boria", "start": "2020-04-01", "end": "2020-04"}

    async def days(**changes: Any) -> list[bool]:
        stored = await world_client.put("/v1/talks/fair", json={**talk, **changes})
        assert stored.status_code in (200, 201), stored.text
        return [
            (await world_client.get(f"/v1/talks/fair?known_by={day}")).status_code == 200
            for day in ("2020-04-29", "2020-04-30", "9999-12-30")
        ]

    public = {"visibility": "public", "status": "held"}
    assert await days() == [False, False, False]
    assert await days(**public) == [False, True, True]
    assert await days(**public, end=None, start="2020-04-01") == [True, True, True]
    assert await days(**public, end="..") == [False, False, False]
    for other in ({**public, "status": "cancelled"}, {**public, "visibility": "announced"}):
        assert await days(**other) == [False, False, False]
    # A dated source decides, also if it is later than the talk.
    late = {"citations": [{"source": "herald", "public_by": "2020-06-01"}]}
    assert await days(**public, **late) == [False, False, True]
    assert await days(**public, citations=[]) == [False, True, True]
