"""`parley explain`: the SQL of an address, its values and its plan."""

import json

import asyncpg
import httpx
import pytest

from app.cli.explain_plan import explain
from app.settings import Settings
from tests.conftest import Opened


@pytest.fixture
def settings(loaded_url: str) -> Settings:
    return Settings(database_url=loaded_url)


@pytest.mark.parametrize(
    "address",
    [
        "/v1/talks?party.all=russia,ukraine&include=delegations&count=exact",
        "/v1/demands/russian-memorandum-2025-06-02-ii-2-8?state_on=2025-06-05",
        "v1/parties?external_id=wikidata:Q159&updated_since=2020-01-01T00:00:00Z",
        "https://parley.example/v1/people?id=o'b,a%22b,%5C,null&has=citations",
        "/v1/resolve?scheme=wikidata&value=Q159",
        "/v1/revisions?limit=2",
        "/v1/people?q=Умеров",
    ],
)
async def test_whatever_is_asked_in_one_statement_is_explained_with_its_values(
    settings: Settings, address: str
) -> None:
    assert settings.database_url
    found = await explain(settings.database_url, settings, address, analyze=True)
    assert (found.status, found.problem) == (200, None)
    (one,) = found.statements
    assert one.plan and one.note is None
    assert any(line.startswith("Execution Time") for line in one.plan)
    assert any("Buffers: shared" in line for line in one.plan)
    assert f"${len(one.values)}" in one.sql and f"${len(one.values) + 1}" not in one.sql
    assert "russia" not in one.sql and "Q159" not in one.sql


async def test_a_stream_is_explained_too(settings: Settings) -> None:
    assert settings.database_url
    found = await explain(settings.database_url, settings, "/v1/talks?format=csv", analyze=False)
    assert found.status == 200 and len(found.statements) > 1


async def test_an_estimate_runs_nothing_and_plans_for_all_values(settings: Settings) -> None:
    assert settings.database_url
    found = await explain(settings.database_url, settings, "/v1/people?id=rustem-umerov", analyze=False)
    plan = "\n".join(found.statements[0].plan or ())
    assert "cost=" in plan and "actual" not in plan
    # The value does not stand in the plan: the server's sessions plan a statement once for all values.
    assert "rustem-umerov" not in plan and "$" in plan
    assert '{"rustem-umerov"}' in found.statements[0].values
    assert json.loads(found.as_json())["statements"][0]["plan"] == found.statements[0].plan
    assert "-- $1 = " in found.as_text()


async def test_a_refused_address_has_its_problem_and_the_statements_that_came_before(settings: Settings) -> None:
    assert settings.database_url
    refused = await explain(settings.database_url, settings, "/v1/talks?parti=russia", analyze=True)
    assert refused.status == 422 and refused.statements == []
    assert refused.problem and refused.problem["errors"][0]["parameter"] == "parti"
    unknown = await explain(settings.database_url, settings, "/v1/talks/istanbul", analyze=True)
    assert unknown.status == 404 and len(unknown.statements) > 1
    assert all(one.plan for one in unknown.statements)


async def test_what_takes_too_long_is_explained_by_its_estimate(own_loaded_url: str) -> None:
    settings = Settings(database_url=own_loaded_url, statement_timeout_ms=5)
    found = await explain(own_loaded_url, settings, "/v1/demands?include=state&limit=500", analyze=True)
    assert found.status == 503
    (one,) = found.statements
    assert one.plan and "actual" not in "\n".join(one.plan)
    assert one.note and "exceeded" in one.note


async def test_explaining_writes_nothing(own_loaded_url: str, open_client: Opened) -> None:
    async def head(client: httpx.AsyncClient) -> int:
        return int((await client.get("/v1/revisions?limit=1")).json()["head"])

    async with open_client(own_loaded_url) as client:
        before = await head(client)
        await explain(own_loaded_url, Settings(database_url=own_loaded_url), "/v1/talks", analyze=True)
        assert await head(client) == before


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", []),
        ("?as_of=2", ["SET search_path = past, public;", "SET parley.as_of = '2';"]),
        ("?known_by=2025-06-03", ["SET search_path = known, public;", "SET parley.known_by = '2025-06-03';"]),
        ("?as_of=2&known_by=2025-06-03", ["SET search_path = past_known, past, public;", "SET parley.as_of = '2';",
                                          "SET parley.known_by = '2025-06-03';"]),
    ],
)  # fmt: skip
async def test_psql_is_told_where_the_names_of_tables_lead(settings: Settings, query: str, wanted: list[str]) -> None:
    """As it is printed, each text reads the same ledger as the address: today's tables, or views of the past."""
    assert settings.database_url
    found = await explain(settings.database_url, settings, f"/v1/talks{query}", analyze=False)
    # What is hidden is counted without the day, and so in another session.
    asked = next(one for one in found.statements if list(one.session[:1]) == wanted[:1])
    assert [line for line in asked.session if "as_of_day" not in line] == wanted
    before, *_ = found.as_text().partition(asked.sql.strip())
    assert before.endswith("".join(f"\n{line}" for line in asked.session) + "\n")
    connection = await asyncpg.connect(settings.database_url)
    try:
        for line in asked.session:
            await connection.execute(line)
        place = "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = 'talk'::regclass"
        there = await connection.fetchval(place)
    finally:
        await connection.close()
    assert wanted == [] or wanted[0].startswith(f"SET search_path = {there},")
