"""The statements of the reader: their shapes, their text, their plans."""

from typing import Any

import httpx
import pytest

from app.reading.binding import Context
from app.reading.compiler import Compiled, compile_statement
from app.reading.preparation import CostLimits, prepare_list
from app.reading.read_spec import ReadSpec
from app.reading.statement_keys import ListStatementKey
from app.reading.statements import select_page
from app.registry import RESOURCES
from app.resources.resource import Resource
from tests.loops import nonempty

DECLARED = {collection.name: collection.read_spec for collection in RESOURCES}


def statement(read_spec: ReadSpec, **asked: Any) -> Compiled:
    query = read_spec.query.model_validate(asked)
    prepared = prepare_list(
        read_spec, query, lambda name: DECLARED[name].summary, b"secret" * 4, CostLimits(), limit=query.limit
    )
    assert isinstance(prepared.statement_key, ListStatementKey)
    context = Context(lambda name: DECLARED[name].summary, dict(prepared.bound), dict(prepared.variants))
    assert isinstance(prepared.statement_key, ListStatementKey)
    return compile_statement(select_page(prepared.statement_key, read_spec, context))


@pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
def test_no_value_of_a_request_stands_in_the_sql(collection: Resource) -> None:
    """All filters are asked at once, each with a word that is nowhere else; none may be found in the text."""
    read_spec = collection.read_spec
    asked: dict[str, Any] = {}
    for name, field in read_spec.query.model_fields.items():
        example = (field.examples or [None])[0]
        if example is None or name in ("cursor", "limit", "count", "sort", "has", "missing", "include", "fields"):
            continue
        asked[field.alias or name] = example
    sql = statement(read_spec, **asked).sql
    for name, example in nonempty(asked.items()):
        for text in map(str, example if isinstance(example, list) else [example]):
            # Words of closed lists are constants of other parts of the statement too.
            if len(text) > 8 and ("-" in text or " " in text or ":" in text):
                assert text not in sql, (name, text)


def test_two_questions_of_one_shape_are_one_statement() -> None:
    demands = DECLARED["demands"]
    one = statement(demands, issue=["TERR"], claimant=["russia"], limit=20)
    other = statement(demands, issue=["CEAS", "ECON"], claimant=["ukraine"], limit=50)
    assert one.sql == other.sql
    assert statement(demands, issue=["TERR"]).sql != one.sql


def test_includes_and_fields_are_a_set_whatever_their_order() -> None:
    talks = DECLARED["talks"]
    one = statement(talks, include=["proposals", "delegations"], fields=["slug", "title"])
    assert one.sql == statement(talks, include=["delegations", "proposals"], fields=["title", "slug", "slug"]).sql


def test_constants_are_written_out_so_that_the_planner_sees_them() -> None:
    text = statement(DECLARED["demands"], claimant=["russia"]).sql
    assert "'claimant'" in text
    assert "'parties'" in text


async def test_a_cursor_is_good_for_its_own_query_alone(client: httpx.AsyncClient) -> None:
    first = (await client.get("/v1/demands?claimant=russia&limit=2")).json()["page"]["next"]
    assert (await client.get(f"/v1/demands?claimant=russia&limit=100&fields=slug&cursor={first}")).status_code == 200
    for other in ("claimant=ukraine", "claimant=russia&sort=slug", "claimant=russia&is_mutual=true", ""):
        got = await client.get(f"/v1/demands?{other}&cursor={first}")
        assert [violation["parameter"] for violation in got.json()["errors"]] == ["cursor"], other
    middle = len(first) // 2
    forged = first[:middle] + ("A" if first[middle] != "A" else "B") + first[middle + 1 :]
    assert (await client.get(f"/v1/demands?claimant=russia&cursor={forged}")).status_code == 422


async def test_a_page_boundary_among_equal_dates_loses_and_repeats_nothing(client: httpx.AsyncClient) -> None:
    """All demands of one proposal share their date: the id decides, on both sides of the boundary."""
    whole = (await client.get("/v1/demands?process=russia-ukraine&limit=500&sort=-tabled_on")).json()["data"]
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await client.get(f"/v1/demands?process=russia-ukraine&limit=7&sort=-tabled_on{cursor}")).json()
        seen += [row["slug"] for row in page["data"]]
        if page["page"]["next"] is None:
            break
        cursor = f"&cursor={page['page']['next']}"
    assert seen == [row["slug"] for row in whole]


@pytest.mark.parametrize(
    "both",
    [
        "issue=TERR&claimant=russia",
        "issue=TERR&party=ukraine",
        "issue=TERR,CEAS,ECON,EXTL&party=russia,ukraine",
        "claimant=russia&addressee=ukraine",
        "issue=SECT&claimant=russia&addressee=ukraine&process=russia-ukraine",
        "party.all=russia,ukraine&issue=TERR",
    ],
)
@pytest.mark.parametrize("sort", ["-tabled_on", "tabled_on"])
async def test_merged_filters_find_what_the_filters_one_by_one_have_in_common(
    client: httpx.AsyncClient, both: str, sort: str
) -> None:
    async def found(query: str) -> list[str]:
        got = await client.get(f"/v1/demands?{query}&limit=500&fields=slug&sort={sort}")
        return [row["slug"] for row in got.json()["data"]]

    together = await found(both)
    singly = [set(await found(part)) for part in both.split("&")]
    assert together
    assert set(together) == set.intersection(*singly)
    assert together == [slug for slug in await found("count=none") if slug in set(together)]


async def test_percent_underscore_and_backslash_are_no_wildcards(client: httpx.AsyncClient) -> None:
    for sign in ("%25", "_", "%5C"):
        got = await client.get(f"/v1/people?q={sign}")
        assert [violation["parameter"] for violation in got.json()["errors"]] == ["q"], sign
        got = await client.get(f"/v1/people?q=U{sign}rov&count=exact")
        assert got.json()["page"]["count"]["value"] == 0, sign
    assert (await client.get("/v1/people?q=Umerov")).json()["data"][0]["slug"] == "rustem-umerov"
    assert (await client.get("/v1/people", params={"q": "Умєров"})).json()["data"][0]["slug"] == "rustem-umerov"


async def test_numbers_past_what_a_column_holds_are_refused(client: httpx.AsyncClient) -> None:
    for number in (2**31, 2**63, 10**30):
        got = await client.get(f"/v1/talks?ordinal={number}")
        assert [violation["parameter"] for violation in got.json()["errors"]] == ["ordinal"], number


async def test_a_hundred_ids_fit_into_one_parameter(client: httpx.AsyncClient) -> None:
    sources = (await client.get("/v1/sources?limit=100&fields=id")).json()["data"]
    wanted = ",".join(row["id"] for row in sources)
    got = await client.get(f"/v1/sources?id={wanted}&limit=100&count=exact")
    assert got.json()["page"]["count"]["value"] == 100


async def test_who_says_so_comes_with_a_list_when_it_is_asked(client: httpx.AsyncClient) -> None:
    got = await client.get("/v1/demands?process=iran-nuclear&has=responses&include=responses.citations&limit=5")
    answers = [response for demand in got.json()["data"] for response in demand["responses"]]
    assert answers
    assert all(response["citations"] for response in answers)


async def test_a_part_that_no_account_has_is_refused_with_the_nearest(client: httpx.AsyncClient) -> None:
    got = await client.get("/v1/demands?proposal=russian-memorandum-2025-06-02&part=option-9")
    assert got.status_code == 422
    assert "option-" in got.json()["errors"][0]["hint"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("talks?external_id=:x", "external_id"),
        ("talks?external_id=x:", "external_id"),
        ("assessments?about=proposals/nonsense", "about"),
        ("citations?target=talks/nonsense", "target"),
        ("proposals?account=nonsense", "account"),
        ("talks?party=russia,nonsense", "party"),
        ("talks?party=" + ",".join(f"x{n}" for n in range(100)), "party"),
    ],
)
async def test_a_name_that_leads_nowhere_is_refused(client: httpx.AsyncClient, query: str, parameter: str) -> None:
    got = await client.get(f"/v1/{query}")
    assert got.status_code == 422, got.text
    assert {violation["parameter"] for violation in got.json()["errors"]} == {parameter}
    assert len(got.json()["errors"]) <= 25


async def test_an_answer_that_takes_too_long_is_a_503_that_says_when_to_come_back(
    loaded_url: str, open_client: Any
) -> None:
    async with open_client(loaded_url, statement_timeout_ms=1) as client:
        got = await client.get("/v1/demands?state=open,mixed,rejected&account=all&count=exact&limit=500&include=state")
    assert got.status_code == 503
    assert got.headers["content-type"] == "application/problem+json"
    assert "retry-after" in got.headers


async def test_a_database_that_is_gone_is_a_503(database_url: str, open_client: Any) -> None:
    async with open_client(database_url) as client:
        await client.state.ledger.pool.close()
        await client.state.ledger.watch_pool.close()
        got = await client.get("/v1/talks")
        assert got.status_code == 503
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/healthz")).status_code == 200
