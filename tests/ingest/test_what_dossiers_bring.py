"""A dossier withdraws what it brought itself, does not bring any more, and no other dossier brings; nothing else."""

import asyncio
import copy
import json
from itertools import combinations, pairwise
from typing import Any

import asyncpg
import httpx
import pytest
from alembic import command

from app.db.vocabulary import Scope
from app.ingest.dossiers import FOLDER, read_bundled
from app.runtime.bootstrap import engine_at
from app.runtime.ledger import migration_config
from tests.conftest import application, key_for
from tests.db.newer_values import forget_newer_values

BUNDLED = {slug: json.loads((FOLDER / f"{slug}.json").read_text()) for slug in read_bundled()}
PRINCIPALS = "talks/istanbul-2025-06-02-principals"


def home(*citations: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A dossier with a talk, a source and these citations inside the talk."""
    return {
        "format": "parley-dossier/1", "slug": "home", "title": "Home",
        "records": {
            "processes": [{"slug": "p", "title": "P", "kind": "peace"}],
            "talks": [{"slug": "t", "process": "p", "title": "T", "citations": list(citations)}],
            "sources": [{"slug": "gazette", "title": "Gazette"}, {"slug": "herald", "title": "Herald"}],
        } | more,
    }  # fmt: skip


def guest(*citations: dict[str, Any], slug: str = "guest") -> dict[str, Any]:
    """A dossier that cites the talk of the other."""
    loose = [{"target": "talks/t", **citation} for citation in citations]
    records = {"sources": [{"slug": f"of-{slug}", "title": "S"}], "citations": loose}
    return {"format": "parley-dossier/1", "slug": slug, "title": "Guest", "records": records}


async def take(client: httpx.AsyncClient, document: dict[str, Any]) -> dict[str, Any]:
    got = await client.post("/v1/dossiers", json=document)
    assert got.status_code == 200, got.text
    return dict(got.json())


async def cited(client: httpx.AsyncClient, target: str = "talks/t") -> set[str]:
    """The sources of the citations in use of a record."""
    rows = (await client.get(f"/v1/citations?target={target}&include=source&limit=500")).json()["data"]
    return {row["source"]["slug"] for row in rows}


@pytest.fixture
async def ledger(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> httpx.AsyncClient:
    """A client with a key to an empty ledger."""
    empty_client.headers.update(admin)
    return empty_client


async def test_any_of_several_citations_of_one_source_can_be_taken_out(ledger: httpx.AsyncClient) -> None:
    whole, title = {"source": "gazette"}, {"source": "gazette", "field": "/title"}
    await take(ledger, home(whole, title))
    assert (await take(ledger, home(title, whole)))["revision"] is None
    await take(ledger, home(title))
    (left,) = (await ledger.get("/v1/citations?target=talks/t")).json()["data"]
    assert (left["slug"], left["field"]) == ("t-per-gazette-2", "/title")


# --- the bundled dossiers


async def test_every_bundled_dossier_sent_again_after_each_other_changes_nothing(own_loaded_url: str) -> None:
    async with engine_at(own_loaded_url) as engine:
        headers = await key_for(engine, Scope.WRITE)
    async with application(own_loaded_url) as client:
        client.headers.update(headers)
        before = (await client.get("/v1/revisions?limit=1")).json()["head"]
        # A walk in which each comes once after each other one.
        walk = [*(slug for pair in combinations(BUNDLED, 2) for slug in pair), next(iter(BUNDLED))]
        assert len(set(pairwise(walk))) == len(BUNDLED) * (len(BUNDLED) - 1) == len(walk) - 1
        for slug in walk:
            done = await take(client, BUNDLED[slug])
            assert done["revision"] is None, [one for one in done["records"] if one["done"] != "unchanged"]
        assert (await client.get("/v1/revisions?limit=1")).json()["head"] == before
        article = "moscow-times-2025-06-02-memorandum"
        assert article in await cited(client, PRINCIPALS)


async def test_a_ledger_of_before_learns_from_its_revisions_what_its_dossiers_brought(own_loaded_url: str) -> None:
    config = migration_config(own_loaded_url)
    current = (
        "SELECT dossier, record_id, collection, is_own FROM dossier_content"
        " WHERE until IS NULL AND field = '' ORDER BY 1, 2"
    )
    connection = await asyncpg.connect(own_loaded_url)
    try:
        before = await connection.fetch(current)
        # The schema of then has no place for labels and other newer values, and refuses to lose them.
        await forget_newer_values(connection)
        await connection.execute("UPDATE issue SET labels = '{}'")
        await asyncio.to_thread(command.downgrade, config, "printed_days_are_stated")
        await asyncio.to_thread(command.upgrade, config, "head")
        assert await connection.fetch(current) == before
        assert len({row["dossier"] for row in before}) == len(BUNDLED)
    finally:
        await connection.close()


# --- what is withdrawn


async def test_a_citation_that_is_left_out_is_withdrawn_and_those_of_others_stay(ledger: httpx.AsyncClient) -> None:
    one, other = {"source": "gazette"}, {"source": "herald", "field": "/start", "verdict": "silent"}
    await take(ledger, home(one, other))
    await take(ledger, guest({"source": "of-guest"}))
    by_hand = {"target": "talks/t", "source": "herald", "field": "/end"}
    assert (await ledger.post("/v1/citations", json=by_hand)).status_code == 201
    assert (await take(ledger, home(one, other)))["revision"] is None
    done = await take(ledger, home(one))
    assert [record["done"] for record in done["records"] if record["done"] != "unchanged"] == ["withdrawn"]
    rows = (await ledger.get("/v1/citations?target=talks/t&fields=field,source")).json()["data"]
    assert {(row["source"]["slug"], row["field"]) for row in rows} == {
        ("gazette", None), ("of-guest", None), ("herald", "/end"),
    }  # fmt: skip
    assert (await take(ledger, home()))["counts"]["withdrawn"] == 1
    assert (await take(ledger, guest()))["counts"]["withdrawn"] == 1
    assert await cited(ledger) == {"herald"}
    # What comes again is brought again, and can be left out again.
    assert (await take(ledger, home(one)))["counts"]["changed"] == 1
    assert (await take(ledger, home()))["counts"]["withdrawn"] == 1


async def test_a_citation_that_two_dossiers_bring_stays_until_both_leave_it_out(ledger: httpx.AsyncClient) -> None:
    same = {"source": "gazette"}
    await take(ledger, home(same))
    for slug in ("guest", "third"):
        done = await take(ledger, guest(same, slug=slug))
        assert done["counts"]["created"] == 1, "its own source"
    for document in (home(), guest()):
        assert (await take(ledger, document))["revision"] is None
        assert await cited(ledger) == {"gazette"}
    assert (await take(ledger, guest(slug="third")))["counts"]["withdrawn"] == 1
    assert await cited(ledger) == set()


async def test_a_citation_that_was_there_before_a_dossier_stays_when_that_leaves_it_out(
    ledger: httpx.AsyncClient,
) -> None:
    await take(ledger, home())
    assert (await ledger.post("/v1/citations", json={"target": "talks/t", "source": "gazette"})).is_success
    assert (await take(ledger, guest({"source": "gazette"})))["counts"]["unchanged"] == 1
    assert (await take(ledger, guest()))["revision"] is None
    assert await cited(ledger) == {"gazette"}


async def test_a_record_that_is_left_out_keeps_its_citations(ledger: httpx.AsyncClient) -> None:
    document = home({"source": "gazette"})
    await take(ledger, document)
    rest = copy.deepcopy(document)
    del rest["records"]["talks"]
    assert (await take(ledger, rest))["revision"] is None
    assert await cited(ledger) == {"gazette"}


async def test_a_dry_run_tells_what_would_be_withdrawn_and_forgets_nothing(ledger: httpx.AsyncClient) -> None:
    await take(ledger, home({"source": "gazette"}))
    for _ in range(2):
        told = (await ledger.post("/v1/dossiers?dry_run=true", json=home())).json()
        assert told["counts"]["withdrawn"] == 1
    assert (await take(ledger, home()))["counts"]["withdrawn"] == 1


async def test_a_body_by_itself_still_has_exactly_its_citations(ledger: httpx.AsyncClient) -> None:
    await take(ledger, home({"source": "gazette"}))
    await take(ledger, guest({"source": "of-guest"}))
    body = {"process": "p", "title": "T", "citations": [{"source": "herald"}]}
    assert (await ledger.put("/v1/talks/t", json=body)).status_code == 200
    assert await cited(ledger) == {"herald"}


# --- after merges, and what is undone


async def test_what_is_undone_stays_although_the_file_leaves_it_out(ledger: httpx.AsyncClient) -> None:
    await take(ledger, home({"source": "gazette"}))
    revision = (await take(ledger, home()))["revision"]
    undone = await ledger.post(f"/v1/revisions/{revision}/undo")
    assert undone.is_success, undone.text
    assert await cited(ledger) == {"gazette"}
    assert (await take(ledger, home()))["revision"] is None
    assert await cited(ledger) == {"gazette"}


async def test_a_dossier_knows_its_citations_after_a_merge_and_after_its_undoing(ledger: httpx.AsyncClient) -> None:
    def parties(*slugs: str) -> dict[str, Any]:
        of = {"a": {"source": "gazette"}, "b": {"source": "herald"}}
        bodies = [{"slug": slug, "name": slug, "kind": "state", "citations": [of[slug]]} for slug in slugs]
        return home(parties=bodies)

    await take(ledger, parties("a", "b"))
    await take(ledger, {**guest(), "records": {"citations": [{"target": "parties/a", "source": "herald"}]}})
    merged = await ledger.post("/v1/parties/a/merge", json={"into": "b"})
    assert merged.is_success, merged.text
    assert await cited(ledger, "parties/b") == {"gazette", "herald"}
    number = int(merged.headers["parley-revision"])
    assert (await ledger.post(f"/v1/revisions/{number}/undo")).is_success
    assert (await take(ledger, parties("a", "b")))["revision"] is None
    assert (await ledger.post("/v1/parties/a/merge", json={"into": "b"})).is_success
    # Written anew for the record that stayed: what was said of the other is left out, but for what the guest brings.
    done = await take(ledger, parties("b"))
    assert done["counts"]["withdrawn"] == 1
    assert await cited(ledger, "parties/b") == {"herald"}
