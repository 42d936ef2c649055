"""Files of records over HTTP: what is taken, what is refused and how, what is told."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.registry import RESOURCES
from tests.conftest import Client, Server, Templates, keyed

NDJSON, CSV, GZIP = "application/x-ndjson", "text/csv", "application/gzip"
ALBA = {"collection": "parties", "slug": "alba", "name": "Alba", "kind": "state"}
ANA = {"collection": "people", "slug": "ana", "name": "Ana", "party": "alba"}


def lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body as it comes over a wire: piece by piece."""
    for place in range(0, len(body), 10_000):
        yield body[place : place + 10_000]


class Desk:
    """Sends files and reads what is told of them."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    async def send(
        self, body: Any, kind: str = NDJSON, headers: dict[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        given = {**self.headers, "Content-Type": kind, **(headers or {})}
        return await self.client.post("/v1/imports", params=query, content=body, headers=given)

    async def told(self, body: Any, kind: str = NDJSON, **query: Any) -> dict[str, Any]:
        """The summary."""
        got = await self.send(body, kind, **query)
        assert got.status_code == 200, got.text
        summary: dict[str, Any] = json.loads(got.text.splitlines()[-1])
        assert summary["type"] == "summary"
        return summary

    async def refused(self, body: bytes, kind: str = NDJSON, **query: Any) -> dict[str, Any]:
        """The problem."""
        got = await self.send(body, kind, **query)
        assert got.status_code >= 400 and got.headers["content-type"] == "application/problem+json", got.text
        problem: dict[str, Any] = got.json()
        return problem

    async def revision(self) -> int:
        return int((await self.client.get("/v1/revisions?limit=1")).json()["head"])


@pytest.fixture
def desk(empty_client: Client, admin: dict[str, str]) -> Desk:
    return Desk(empty_client, admin)


@pytest.fixture(scope="module")
async def shared_desk(server: Server, templates: Templates) -> AsyncIterator[Desk]:
    """A desk that the tests of a module share: what they send is refused, or tried, or sent by others too."""
    async with keyed(server, templates.empty) as client:
        yield Desk(client, {})


@pytest.fixture(scope="module")
async def loaded_desk(server: Server, templates: Templates) -> AsyncIterator[Desk]:
    """The same over the bundled dossiers, for what changes nothing."""
    async with keyed(server, templates.loaded) as client:
        yield Desk(client, {})


def counts(summary: dict[str, Any]) -> tuple[int, int, int, int]:
    return summary["created"], summary["changed"], summary["unchanged"], summary["faulty"]


# --- what is taken


async def test_records_of_any_type_that_mention_each_other_are_one_revision(desk: Desk) -> None:
    got = await desk.send(lines(ANA, ALBA), message="from a file")
    progress, summary = map(json.loads, got.text.splitlines())
    assert (progress["type"], progress["lines"], progress["revision"]) == ("progress", 2, 1)
    assert counts(summary) == (2, 0, 0, 0)
    assert (summary["ending"], summary["first_revision"], summary["last_revision"]) == ("complete", 1, 1)
    assert (await desk.client.get("/v1/people/ana")).json()["party"]["slug"] == "alba"
    assert (await desk.client.get("/v1/revisions/1")).json()["message"] == "from a file"


async def test_the_same_file_again_changes_nothing_and_makes_no_revision(desk: Desk) -> None:
    await desk.told(lines(ALBA, ANA))
    for mode in ("merge", "replace"):
        summary = await desk.told(lines(ALBA, ANA), mode=mode)
        assert counts(summary) == (0, 0, 2, 0)
        assert summary["last_revision"] is None
    assert await desk.revision() == 1


async def test_merge_keeps_what_is_left_out_and_null_empties(desk: Desk) -> None:
    await desk.told(lines({**ALBA, "summary": "A state.", "countries": ["AL"]}))
    summary = await desk.told(lines({"collection": "parties", "slug": "alba", "name": "Albania", "summary": None}))
    assert counts(summary) == (0, 1, 0, 0)
    stored = (await desk.client.get("/v1/parties/alba")).json()
    assert (stored["name"], stored["summary"], stored["countries"]) == ("Albania", None, ["AL"])


async def test_merge_keeps_what_is_left_out_of_a_record_that_is_told_without_its_name(desk: Desk) -> None:
    seat = {"collection": "delegations", "talk": "round-1", "party": "alba"}
    process = {"collection": "processes", "slug": "p", "title": "P", "kind": "peace"}
    talk = {"collection": "talks", "slug": "round-1", "process": "p", "title": "Round 1", "kind": "round"}
    source = {"collection": "sources", "slug": "s", "title": "S"}
    cited = {"collection": "citations", "source": "s", "target": "parties/alba", "field": "/name"}
    rows: list[dict[str, Any]] = [
        {**seat, "size": 4, "members": [{"person": "ana"}]},
        {**cited, "asserted_value": "Alba"},
    ]
    assert counts(await desk.told(lines(ALBA, ANA, process, talk, source, *rows))) == (7, 0, 0, 0)
    assert counts(await desk.told(lines({**seat, "summary": "new"}))) == (0, 1, 0, 0)
    (listed,) = (await desk.client.get("/v1/delegations?talk=round-1")).json()["data"]
    stored = (await desk.client.get(f"/v1/delegations/{listed['slug']}")).json()
    assert (stored["size"], stored["summary"]) == (4, "new") and stored["members"]
    problem = await desk.refused(lines({**cited, "verdict": "supports"}))
    assert "mode=replace" in problem["errors"][0]["hint"]
    (kept,) = (await desk.client.get("/v1/citations?target=parties/alba")).json()["data"]
    assert kept["asserted_value"] == "Alba"


async def test_what_an_answer_shows_of_a_record_comes_back_as_it_went(desk: Desk) -> None:
    process = {"collection": "processes", "slug": "p", "title": "P", "kind": "peace"}
    account = {"slug": "plan-text", "parts": [{"key": "one", "title": "One"}]}
    demand = {"slug": "plan-1", "part": "one", "text": "Withdraw", "quote": "withdraw at once", "claimants": ["alba"]}
    plan = {"collection": "proposals", "slug": "plan", "process": "p", "title": "Plan", "kind": "plan"}
    await desk.told(lines(ALBA, process, {**plan, "accounts": [account], "demands": [demand]}))
    detail = (await desk.client.get("/v1/proposals/plan")).json()
    with_demands = (await desk.client.get("/v1/proposals?format=ndjson&include=demands")).json()
    assert detail["parts"] and with_demands["demands"]
    for shown, warned in ((detail, []), (with_demands, [("shown-inside", "/demands")])):
        summary = await desk.told(lines(shown), collection="proposals")
        assert counts(summary) == (0, 0, 1, 0), summary
        assert [(one["rule"], one["pointer"]) for one in summary["warnings"]] == warned
    assert (await desk.client.get("/v1/demands/plan-1")).json()["quote"] == "withdraw at once"
    # What says two things is a fault still.
    problem = await desk.refused(lines({**detail, "parts": [{"key": "two"}]}), collection="proposals")
    assert problem["errors"][0]["pointer"] == "/1/parts"


async def test_replace_gives_what_is_left_out_its_default(desk: Desk) -> None:
    await desk.told(lines({**ALBA, "countries": ["AL"]}))
    assert counts(await desk.told(lines(ALBA), mode="replace")) == (0, 1, 0, 0)
    assert (await desk.client.get("/v1/parties/alba")).json()["countries"] == []


async def test_create_refuses_what_is_stored(desk: Desk) -> None:
    await desk.told(lines(ALBA))
    summary = await desk.told(lines(ALBA, {**ALBA, "slug": "boria"}), mode="create", on_error="skip")
    assert counts(summary) == (1, 0, 0, 1)
    assert "already" in summary["faults"][0]["message"]


async def test_an_external_id_tells_the_record_where_no_slug_does(desk: Desk) -> None:
    outer = {
        "collection": "parties", "name": "Alba", "kind": "state",
        "external_ids": [{"scheme": "wikidata", "value": "Q1"}],
    }  # fmt: skip
    assert counts(await desk.told(lines(outer))) == (1, 0, 0, 0)
    for mode in ("merge", "replace"):
        changed = {**outer, "name": f"Alba in {mode}"}
        assert counts(await desk.told(lines(changed), mode=mode)) == (0, 1, 0, 0)
        assert counts(await desk.told(lines(changed), mode=mode)) == (0, 0, 1, 0)
    stored = (await desk.client.get("/v1/parties/wikidata:Q1")).json()
    assert (stored["slug"], stored["name"]) == ("alba", "Alba in replace")


async def test_a_record_of_a_later_batch_may_mention_one_of_an_earlier(desk: Desk) -> None:
    many = [{"collection": "people", "slug": f"p-{n}", "name": f"P {n}", "party": "alba"} for n in range(2_500)]
    got = await desk.send(lines(ALBA, *many))
    told = [json.loads(line) for line in got.text.splitlines()]
    assert [one["lines"] for one in told] == [1000, 2000, 2501, 2501]
    assert [one.get("revision") for one in told[:3]] == [1, 2, 3]
    assert counts(told[-1]) == (2_501, 0, 0, 0)
    again = await desk.told(lines(ALBA, *many, {**ALBA, "slug": "boria"}))
    assert counts(again) == (1, 0, 2_501, 0)
    assert await desk.revision() == 4


async def test_a_batch_that_was_worked_out_while_others_were_written_follows_on_from_them(desk: Desk) -> None:
    """Each demand without a position goes after the last of its account: what a batch reads, the one before it writes."""
    world: list[dict[str, Any]] = [
        ALBA,
        {"collection": "processes", "slug": "talks-of-alba", "title": "Talks", "kind": "peace"},
        {"collection": "proposals", "slug": "plan", "title": "Plan", "process": "talks-of-alba", "kind": "paper",
         "authors": ["alba"]},
    ]  # fmt: skip
    many = [{"collection": "demands", "slug": f"d-{n}", "proposal": "plan", "text": f"Point {n}"} for n in range(3_500)]
    assert counts(await desk.told(lines(*world))) == (3, 0, 0, 0)
    assert counts(await desk.told(lines(*many))) == (3_500, 0, 0, 0)
    export = await desk.client.get("/v1/demands?format=ndjson&fields=slug,position&sort=position")
    listed = [json.loads(line) for line in export.text.splitlines()]
    assert [(one["slug"], one["position"]) for one in listed] == [(f"d-{n}", n + 1) for n in range(3_500)]


async def test_a_dry_run_writes_nothing_and_knows_what_an_earlier_batch_would_have_written(desk: Desk) -> None:
    many = [{"collection": "people", "slug": f"p-{n}", "name": f"P {n}", "party": "alba"} for n in range(1_500)]
    summary = await desk.told(lines(ALBA, *many, {**ANA, "party": "nowhere"}), dry_run=True, on_error="skip")
    assert counts(summary) == (1_501, 0, 0, 1)
    assert summary["faults"][0]["message"] == "No party has the slug 'nowhere'"
    assert await desk.revision() == 0


@pytest.mark.parametrize("collection", RESOURCES, ids=lambda collection: collection.name)
@pytest.mark.parametrize(("form", "kind"), [("ndjson", NDJSON), ("csv", CSV)])
async def test_an_export_sent_back_changes_nothing(loaded_desk: Desk, collection: Any, form: str, kind: str) -> None:
    client = loaded_desk.client
    export = (await client.get(f"/v1/{collection.name}?format={form}")).content
    whole = (await client.get(f"/v1/{collection.name}?limit=1&count=exact&fields=slug")).json()
    head = await loaded_desk.revision()
    summary = await loaded_desk.told(export, kind, collection=collection.name)
    assert counts(summary) == (0, 0, whole["page"]["count"]["value"], 0)
    assert await loaded_desk.revision() == head


async def test_an_export_that_was_edited_changes_what_was_edited(own_client: Client, own_admin: dict[str, str]) -> None:
    desk = Desk(own_client, own_admin)
    export = (await own_client.get("/v1/talks?format=csv")).content.decode()
    edited = export.replace("istanbul-2025-06-02-principals", "istanbul-2025-06-02-principals", 1).replace(
        ",150,", ",155,", 1
    )
    assert edited != export
    assert counts(await desk.told(edited.encode(), CSV, collection="talks"))[1] == 1


async def test_packed_files_are_unpacked_however_they_say_it(desk: Desk) -> None:
    packed = gzip.compress(lines(ALBA)) + gzip.compress(lines(ANA))
    assert counts(await desk.told(packed, GZIP)) == (2, 0, 0, 0)
    got = await desk.send(packed, NDJSON, {"Content-Encoding": "gzip"})
    assert counts(json.loads(got.text.splitlines()[-1])) == (0, 0, 2, 0)
    sheet = gzip.compress(b"slug,name,kind\r\nboria,Boria,state\r\n")
    assert counts(await desk.told(sheet, GZIP, collection="parties")) == (1, 0, 0, 0)


async def test_marks_carriage_returns_and_blank_lines_are_no_fault(desk: Desk) -> None:
    body = b"\xef\xbb\xbf\r\n" + lines(ALBA).replace(b"\n", b"\r\n") + b"\r\n\n" + lines(ANA).strip()
    assert counts(await desk.told(body)) == (2, 0, 0, 0)


# --- CSV


async def test_a_table_has_fields_or_the_columns_of_the_export(desk: Desk) -> None:
    table = (
        "\ufeffslug,name,kind,countries,names.text,names.lang,external_ids.scheme,external_ids.value,updated_at,summary\r\n"
        'alba,"Alba, the old one",state,AL; XK,Shqipëria; Albanie,sq; fr,wikidata,Q222,2020-01-01,"two\r\nlines"\r\n'
        "boria,'=Boria,state,,,,,,,\r\n"
    )
    assert counts(await desk.told(table.encode(), CSV, collection="parties")) == (2, 0, 0, 0)
    stored = (await desk.client.get("/v1/parties/wikidata:Q222")).json()
    assert (stored["name"], stored["summary"]) == ("Alba, the old one", "two\r\nlines")
    assert stored["countries"] == ["AL", "XK"]
    assert [(name["text"], name["lang"]) for name in stored["names"]] == [("Shqipëria", "sq"), ("Albanie", "fr")]
    assert (await desk.client.get("/v1/parties/boria")).json()["name"] == "=Boria"


async def test_lists_that_belong_together_must_be_of_one_length(desk: Desk) -> None:
    table = b"slug,name,kind,names.text,names.lang\r\nalba,Alba,state,a; b,sq\r\n"
    problem = await desk.refused(table, CSV, collection="parties")
    assert problem["status"] == 422
    assert problem["errors"][0]["pointer"] == "/2/names"
    assert "names.text 2, names.lang 1" in problem["errors"][0]["message"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("slug,nmae\r\nalba,Alba\r\n", "Did you mean 'name'?"),
        ("slug,slug\r\nalba,alba\r\n", "duplicate column 'slug'"),
        ("slug,name\r\n", "no row"),
        (",".join(f"c{n}" for n in range(10_000)) + "\r\n1\r\n", "10000 columns"),
        ('slug,name\r\nalba,"Alba\r\nboria,Boria\r\n', "the quote is not closed"),
        ("slug,name,kind\r\nalba,Alba\r\n", "2 cells, but the header has 3"),
        ("slug,name,kind,lon\r\nx,X,state,1\r\n", "Column 4"),
    ],
)
async def test_a_table_that_is_not_right_is_refused_with_a_reason(shared_desk: Desk, table: str, said: str) -> None:
    before = await shared_desk.revision()
    problem = await shared_desk.refused(table.encode(), CSV, collection="parties")
    assert problem["status"] == (400 if said == "no row" else 422)
    assert said in json.dumps(problem, ensure_ascii=False)
    assert await shared_desk.revision() == before


async def test_cells_of_the_wrong_kind_are_faults_of_their_row(desk: Desk) -> None:
    table = "slug,name,kind,lon,lat\r\nx,X,city,east,1\r\ny,Y,city,2.5,1\r\n"
    summary = await desk.told(table.encode(), CSV, collection="places", on_error="skip")
    assert counts(summary) == (1, 0, 0, 1)
    assert (summary["faults"][0]["line"], summary["faults"][0]["pointer"]) == (2, "/lon")


# --- what is refused


@pytest.mark.parametrize(
    ("body", "kind", "query", "status", "said"),
    [
        (b"", NDJSON, {}, 400, "The body is empty"),
        (b"\n \r\n", NDJSON, {}, 400, "The body is empty"),
        (b'[\n{"slug": "x"}\n]', NDJSON, {}, 400, "JSON array"),
        ('{"slug": "x"}'.encode("utf-16"), NDJSON, {}, 400, "UTF-16"),
        (b"not gzip", GZIP, {}, 400, "not valid gzip"),
        (gzip.compress(b'{"collection": "parties"}\n' * 10, mtime=0)[:-9], GZIP, {}, 400, "gzip data is incomplete"),
        (lines(ALBA), "application/json", {}, 415, "application/x-ndjson"),
        (lines(ALBA), NDJSON, {"collection": "partys"}, 422, "parties"),
        (b"slug\nx\n", CSV, {}, 422, "collection"),
        (lines(ALBA), NDJSON, {"mode": "upsert"}, 422, "mode"),
        (lines(ALBA), NDJSON, {"onerror": "skip"}, 422, "on_error"),
    ],
)
async def test_what_can_be_refused_is_refused_before_the_first_byte(
    shared_desk: Desk, body: bytes, kind: str, query: dict[str, str], status: int, said: str
) -> None:
    problem = await shared_desk.refused(body, kind, **query)
    assert problem["status"] == status
    assert said in json.dumps(problem, ensure_ascii=False)


@pytest.mark.parametrize(
    ("line", "pointer", "said"),
    [
        (b'{"collection": "parties", "slug": "x", "name": 7, "kind": "state"}', "/name", "text"),
        (b'{"collection": "parties", "slug": "x", "name": "\xff", "kind": "state"}', "", "not UTF-8"),
        (b'{"collection": "parties", "slug": "x", "name": "\\u0000", "kind": "state"}', "/name", "NUL"),
        (b'{"collection": "parties", "slug": "x", "name": "a\x00b", "kind": "state"}', "", "control character"),
        (b'{"collection": "parties", "slug": "x", "slug": "y"}', "/slug", "Duplicate"),
        (b'{"collection": "party", "slug": "x"}', "/collection", "parties"),
        (b'{"slug": "x"}', "/collection", "`collection` is missing"),
        (b'{"collection": "parties", "name": "X", "kind": "state"}', "/slug", "no identifier"),
        (b'{"collection": "people", "slug": "x", "name": "X", "party": "albba"}', "/party", "Did you mean 'alba'?"),
        (b'{"collection": "parties", "slug": "alba", "name": "X", "kind": "state"}', "/slug", "Line 1"),
        (b'"text"', "", "object"),
        (b"{" + b'"a":{' * 100 + b"}" * 101, "", "levels"),
        (b'{"collection": "parties", "slug": "x", "name": "' + b"x" * 1_100_000 + b'"}', "", "1048576 bytes"),
    ],
)
async def test_a_faulty_line_is_told_with_its_place_and_the_others_are_taken(
    shared_desk: Desk, line: bytes, pointer: str, said: str
) -> None:
    # What another line made is there already; the name is this one's.
    body = lines(ALBA) + line + b"\n" + lines({**ANA, "name": said})
    summary = await shared_desk.told(body, on_error="skip")
    assert (sum(counts(summary)), summary["faulty"]) == (3, 1)
    assert (await shared_desk.client.get("/v1/people/ana")).json()["name"] == said
    (violation,) = summary["faults"]
    assert (violation["line"], violation["pointer"]) == (2, pointer)
    assert said in f"{violation['message']} {violation['hint']}"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (b"{slug: 1}", "Column 2: "),
        (b'{"slug": "\xff"}', "Byte 11: not UTF-8"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "Column 321: more than 64 levels"),
    ],
)
async def test_a_fault_names_the_line_of_the_file_alone(shared_desk: Desk, line: bytes, place: str) -> None:
    """The parser is given one line, and would call it the first wherever it stands."""
    body = lines(ALBA, ANA) + line
    (violation,) = (await shared_desk.told(body, on_error="skip"))["faults"]
    assert (violation["line"], violation["message"][: len(place)]) == (3, place)
    (refused,) = (await shared_desk.refused(body))["errors"]
    assert refused["message"].startswith(f"Line 3: {place}")


async def test_abort_keeps_the_batches_before_and_tells_all_faults_of_the_batch(desk: Desk) -> None:
    many = [{"collection": "people", "slug": f"p-{n}", "name": f"P {n}"} for n in range(1_999)]
    body = lines(*many, {**ANA, "party": "nowhere"}, {**ANA, "slug": "other", "name": 7})
    summary = await desk.told(body)
    assert (summary["ending"], summary["created"], summary["faulty"]) == ("aborted", 1_000, 1)
    mended = lines(*many, ALBA, ANA)
    assert counts(await desk.told(mended)) == (1_001, 0, 1_000, 0)


async def test_a_file_whose_first_batch_is_faulty_is_refused_whole_with_all_its_faults(desk: Desk) -> None:
    problem = await desk.refused(lines(ALBA, {**ANA, "party": "nowhere"}, {**ANA, "slug": "b", "name": 7}))
    assert problem["status"] == 422
    assert {violation["pointer"] for violation in problem["errors"]} == {"/2/party", "/3/name"}
    assert await desk.revision() == 0


async def test_a_line_that_mentions_a_faulty_one_is_faulty_too(desk: Desk) -> None:
    bad = {**ALBA, "kind": "planet"}
    summary = await desk.told(lines(bad, ANA, {**ALBA, "slug": "boria"}), on_error="skip")
    assert counts(summary) == (1, 0, 0, 2)
    assert {violation["line"] for violation in summary["faults"]} == {1, 2}


async def test_many_faults_are_counted_and_the_first_thousand_listed(desk: Desk) -> None:
    bad = [{"collection": "people", "slug": f"p-{n}", "name": "P", "party": f"no-{n}"} for n in range(2_300)]
    summary = await desk.told(lines(*bad, ALBA), on_error="skip")
    assert counts(summary) == (1, 0, 0, 2_300)
    assert (len(summary["faults"]), summary["faults_not_listed"]) == (1_000, 1_300)


async def test_what_only_the_database_refuses_is_laid_at_its_line(desk: Desk) -> None:
    from sqlalchemy import text

    async with desk.client.state.ledger.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE party ADD CONSTRAINT ck_party_odd CHECK (name <> 'P 7')"))
    many = [{**ALBA, "slug": f"p-{n}", "name": f"P {n}"} for n in range(50)]
    summary = await desk.told(lines(*many), on_error="skip")
    assert counts(summary) == (49, 0, 0, 1)
    assert summary["faults"][0]["line"] == 8


async def test_a_body_that_is_too_long_ends_the_import_and_what_was_taken_stays(
    database_url: str, admin: dict[str, str], open_client: Any
) -> None:
    many = lines(*({"collection": "people", "slug": f"p-{n}", "name": f"P {n}"} for n in range(3_000)))
    async with open_client(database_url, import_max_bytes=len(many) // 2) as client:
        desk = Desk(client, admin)
        summary = await desk.told(pieces(many))
        assert (summary["ending"], summary["created"]) == ("interrupted", 1_000)
        assert "longer than" in summary["detail"]
        bomb = gzip.compress(b"\n" * (len(many) * 20))
        assert (await desk.refused(bomb, GZIP))["status"] == 413


async def test_an_import_needs_a_key_that_may_write(empty_client: Client) -> None:
    assert (await Desk(empty_client, {}).refused(lines(ALBA)))["status"] == 401


async def test_json_alone_is_the_summary_with_the_status_of_the_end(desk: Desk) -> None:
    only = {"Accept": "application/json"}
    got = await desk.send(lines(ALBA), headers=only)
    assert (got.status_code, got.headers["content-type"]) == (200, "application/json")
    assert counts(got.json()) == (1, 0, 0, 0)
    many = [{"collection": "people", "slug": f"p-{n}", "name": f"P {n}"} for n in range(1_000)]
    got = await desk.send(lines(*many, {**ANA, "party": "nowhere"}), headers=only)
    assert got.status_code == 422
    assert "were written (1000 records)" in got.json()["detail"]


@pytest.mark.parametrize("query", [{"dry_run": True}, {}])
async def test_a_text_that_cannot_be_stored_is_told_wherever_it_stands(desk: Desk, query: dict[str, bool]) -> None:
    """Records are looked for by their external ids before anything is known of their texts."""
    table = (
        b"slug,name,kind,names,external_ids.scheme,external_ids.value\n"
        b"n1,Good,state,,wikidata,Q1\0\n"
        b"n2,Go\0d,state,,wikidata,Q2\n"
        b'n3,Good,state,"[{""text"": ""a\\ud800""}]",wikidata,Q3\n'
        b"n4,Good,state,,wikidata,Q4\n"
    )
    summary = await desk.told(table, CSV, collection="parties", on_error="skip", **query)
    assert (summary["ending"], counts(summary)) == ("complete", (1, 0, 0, 3))
    assert [(one["line"], one["pointer"]) for one in summary["faults"]] == [
        (2, "/external_ids/value/0"),
        (3, "/name"),
        (4, "/names/0/text"),
    ]


MANY = lines(*({**ALBA, "slug": f"p-{number}"} for number in range(2_000)))


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"slug,name,kind\n" + b"".join(b"p-%d,A,state\n" % one for one in range(1_000)) + b'b,"B,state\n', CSV, 422),
        (gzip.compress(MANY, mtime=0)[:-400], GZIP, 400),
    ],
    ids=["an open quote", "a cut archive"],
)
async def test_what_is_the_file_s_fault_is_said_to_be_the_file_s(
    desk: Desk, body: bytes, kind: str, status: int
) -> None:
    """Whatever ends an import, its status is that of the reason: 503 would have it sent again for ever."""
    query = {"collection": "parties"} if kind == CSV else {}
    got = await desk.send(body, kind, headers={"Accept": "application/json"}, **query)
    assert got.status_code == status, got.text
    assert got.json()["errors"]


async def test_a_patch_of_a_record_that_others_write_to_is_laid_over_it_in_the_end(desk: Desk) -> None:
    """Whoever writes all the time to one record of the file keeps nobody's import from ending."""
    many = [{**ALBA, "slug": f"p-{n}"} for n in range(2_500)]
    await desk.told(lines(*many))
    writes = 0

    async def write() -> None:
        nonlocal writes
        while True:
            body = {"summary": f"Written {writes}"}
            patched = await desk.client.patch("/v1/parties/p-1200", json=body, headers=desk.headers)
            assert patched.status_code == 200, patched.text
            writes += 1

    writing = asyncio.create_task(write())
    told = await desk.told(lines(*({"collection": "parties", "slug": one["slug"], "name": "B"} for one in many)))
    assert not writing.done()
    writing.cancel()
    assert counts(told) == (0, 2_500, 0, 0)
    stored = (await desk.client.get("/v1/parties/p-1200")).json()
    assert stored["name"] == "B" and stored["summary"] and writes > 3
