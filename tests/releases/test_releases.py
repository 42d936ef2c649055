"""`/v1/releases`: a state with a name for ever, and its files."""

import csv
import gzip
import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import httpx
import pyarrow.parquet
import pytest
from sqlalchemy.exc import DBAPIError

from app.db.vocabulary import Scope
from app.reading.as_of import Snapshot
from app.registry import RESOURCES
from app.releases.rules import ReleaseBuilder
from tests.conftest import Client, key_for
from tests.releases.conftest import ORDER, Released, made, raw


async def test_its_files_are_the_same_whatever_is_written_afterwards(released: Released) -> None:
    files = released.told["files"]
    assert {(file["collection"], file["format"]) for file in files} == {
        (collection.name, form) for collection in RESOURCES for form in ("csv", "ndjson", "parquet")
    }
    for file in files:
        content = released.before[file["url"]]
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"]), file["url"]
    for address, content in released.before.items():
        assert await raw(released.client, address) == content, address
    sums = (await released.client.get(released.told["links"]["checksums"])).text.splitlines()
    assert sums == [f"{file['sha256']}  {file['url'].rpartition('/')[2]}" for file in files]
    other = (await released.client.get("/v1/releases/2026.2")).json()["files"]
    assert {one["sha256"] for one in other} != {one["sha256"] for one in files}


async def test_a_line_is_the_record_as_it_is_read_alone_in_the_release(released: Released) -> None:
    rows = {(file["collection"], file["format"]): file["rows"] for file in released.told["files"]}
    for collection in RESOURCES:
        name = collection.name
        lines = released.before[f"/v1/releases/2026.1/{name}.ndjson"].decode().splitlines()
        assert {rows[name, form] for form in ("csv", "ndjson", "parquet")} == {len(lines)}
        everything = "&account=all" if name == "demands" else ""
        counted = await released.client.get(f"/v1/{name}?as_of=2026.1&count=exact&limit=1{everything}")
        assert counted.json()["page"]["count"]["value"] == len(lines)
        for row in map(json.loads, lines):
            alone = await released.client.get(f"/v1/{name}/{row['slug']}?as_of=2026.1")
            assert alone.json() == row
        table = pyarrow.parquet.read_table(io.BytesIO(released.before[f"/v1/releases/2026.1/{name}.parquet"]))
        text = released.before[f"/v1/releases/2026.1/{name}.csv"].decode("utf-8-sig")
        header, *cells = csv.reader(io.StringIO(text, newline=""))
        assert table.column_names == header
        place = header.index("slug")
        slugs = [json.loads(line)["slug"] for line in lines]
        assert table["slug"].to_pylist() == [row[place] for row in cells] == slugs


async def test_every_read_takes_its_name(released: Released) -> None:
    client, asked = released.client, {"as_of": "2026.1"}
    first = await client.get("/v1/parties?sort=slug&limit=2&as_of=2026.1")
    assert first.headers["parley-revision"] == str(released.told["revision"])
    assert "immutable" in first.headers["cache-control"]
    assert [row["name"] for row in first.json()["data"]] == ["Alba", "Boria"]
    link = first.headers["link"].partition(">")[0].removeprefix("<")
    assert "as_of=2026.1" in link
    assert [row["slug"] for row in (await client.get(link)).json()["data"]] == ["caria", "delta"]
    assert (await client.get("/v1/parties/eria", params=asked)).status_code == 404
    history = (await client.get("/v1/parties/alba/history", params=asked)).json()["data"]
    assert [row["action"] for row in history] == ["create"]
    found = (await client.get("/v1/search?q=alba&as_of=2026.1")).json()["data"]
    assert {one["slug"] for one in found if one["type"] == "parties"} == {"alba"}
    dossier = (await client.get("/v1/processes/alba-boria/dossier", params=asked)).json()
    assert {one["name"] for one in dossier["records"]["parties"]} >= {"Alba", "Boria"}
    batch = await client.post("/v1/parties/batch-get", json={"keys": ["alba", "eria"], "as_of": "2026.1"})
    assert [one["name"] for one in batch.json()["data"]] == ["Alba"]
    refused = (await client.get("/v1/parties?as_of=2026.7")).json()["errors"]
    assert [(one["parameter"], one["hint"]) for one in refused] == [
        ("as_of", "The latest releases are: 2026.2, 2026.1.")
    ]


# --- making one


async def test_a_name_is_given_once_and_stays(world_client: httpx.AsyncClient) -> None:
    head = (await world_client.get("/v1/revisions")).json()["head"]
    planned = await world_client.post("/v1/releases?dry_run=true", json=ORDER)
    plan = [{"collection": "releases", "slug": "2026.1", "action": "create", "changes": None}]
    assert planned.json() == {"dry_run": True, "records": plan, "referring": []}
    assert (await world_client.get("/v1/releases")).json() == {"data": []}
    order = {**ORDER, "as_of": 3}
    first = await world_client.post("/v1/releases", json=order, headers={"Idempotency-Key": "k"})
    again = await world_client.post("/v1/releases", json=order, headers={"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    for dry_run in ("true", "false"):
        taken = await world_client.post(f"/v1/releases?dry_run={dry_run}", json=ORDER)
        assert (taken.status_code, taken.json()["errors"][0]["pointer"]) == (409, "/name")
    listed = await world_client.get("/v1/releases")
    assert [(one["name"], one["revision"]) for one in listed.json()["data"]] == [("2026.1", 3)]
    for method in ("PUT", "DELETE"):
        assert (await world_client.request(method, "/v1/releases/2026.1")).status_code == 405
    revised = await world_client.patch("/v1/releases/2026.1", json={"doi": "10.5281/zenodo.1234567", "note": None})
    told = revised.json()
    assert (told["doi"], told["note"]) == ("10.5281/zenodo.1234567", None)
    assert told["citation"].endswith("https://doi.org/10.5281/zenodo.1234567")
    assert told["files"] == first.json()["files"]
    # None of it is a revision, and all of it is seen at once all the same.
    assert (await world_client.get("/v1/revisions")).json()["head"] == head
    fresh = await world_client.get("/v1/releases", headers={"If-None-Match": listed.headers["etag"]})
    assert (fresh.status_code, fresh.json()["data"][0]["doi"]) == (200, told["doi"])
    same = await world_client.get("/v1/releases", headers={"If-None-Match": fresh.headers["etag"]})
    assert same.status_code == 304
    wrong = await world_client.patch("/v1/releases/2026.1", json={"title": "Else"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/title")
    assert (await world_client.patch("/v1/releases/2026.2", json={"note": "x"})).status_code == 404


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE release SET name = '2030.1'",
        "UPDATE release SET revision = 1",
        "UPDATE release SET title = 'Else'",
        "DELETE FROM release",
        "TRUNCATE release CASCADE",
        "UPDATE release_file SET sha256 = 'x'",
        "DELETE FROM release_file",
        "UPDATE release_chunk SET data = ''",
        "DELETE FROM release_chunk",
    ],
)
async def test_nobody_changes_one_past_the_door(released: Released, statement: str) -> None:
    engine = released.client.state.ledger.engine
    with pytest.raises(DBAPIError, match="would take history away"):
        async with engine.begin() as connection:
            await connection.exec_driver_sql(statement)


async def test_of_nothing_there_is_no_release(empty_client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    got = await empty_client.post("/v1/releases", json=ORDER, headers=admin)
    assert (got.status_code, got.json()["detail"]) == (409, "The database is empty; there is nothing to release.")


async def test_all_faults_are_told_at_once(released: Released) -> None:
    order = {
        "name": "0000.1", "title": "Two\nlines", "licence": "BEER", "creators": [{"name": "A", "orcid": "0000-0002-1825-0098"}], "doi": "doi:1",
        "url": "javascript:1", "as_of": "soon", "tittle": "x",
    }  # fmt: skip
    refused = await released.client.post("/v1/releases", json=order)
    assert refused.status_code == 422
    assert {one["pointer"] for one in refused.json()["errors"]} == {
        "/name", "/title", "/licence_url", "/creators/0/orcid", "/doi", "/url", "/as_of", "/tittle",
    }  # fmt: skip
    late = await released.client.post("/v1/releases", json={**ORDER, "name": "2027.1", "as_of": 99_999})
    assert late.status_code == 422
    assert [(one["pointer"], one["message"]) for one in late.json()["errors"]] == [
        ("/as_of", "There is no revision 99999")
    ]
    writer = await key_for(released.client.state.ledger.engine, Scope.WRITE)
    assert (await released.client.post("/v1/releases", json=ORDER, headers=writer)).status_code == 403


async def test_a_moment_says_the_same_as_the_newest_and_as_the_past(world_client: Client) -> None:
    newest = await made(world_client)
    assert (await world_client.patch("/v1/parties/alba", json={"name": "Zalba"})).status_code == 200
    past = await made(world_client, name="2026.2", as_of=newest["revision"])
    sums, later = (
        {(file["collection"], file["format"]): file["sha256"] for file in one["files"]} for one in (newest, past)
    )
    assert sums == later
    # The day is the moment's, though the tables are those of today.
    reader = world_client.state.reader
    head = (await world_client.get("/v1/revisions")).json()["head"]
    async with (
        reader.reserved(Snapshot(head, datetime(2020, 2, 1, tzinfo=UTC), True)) as held,
        held.connection() as session,
    ):
        told = await session.fetchrow("SELECT parley_today(), 'party'::regclass = 'public.party'::regclass AS is_plain")
    assert tuple(told) == (date(2020, 2, 1), True)


async def test_what_fails_in_the_middle_leaves_nothing_and_many_pieces_are_a_whole(
    world_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, ended = ReleaseBuilder.add_file, []

    async def failing(self: ReleaseBuilder, file: int, collection: str, *rest: Any) -> None:
        ended.append(collection)
        if len(ended) == 20:
            raise RuntimeError("killed")
        await original(self, file, collection, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(ReleaseBuilder, "add_file", failing)
        assert (await world_client.post("/v1/releases", json=ORDER)).status_code == 500
    session = await asyncpg.connect(world_client.state.ledger.url)
    for table in ("release", "release_file", "release_chunk"):
        assert await session.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert (await world_client.get("/v1/releases/2026.1")).status_code == 404
    # Pieces of some bytes, as a large file has of a megabyte.
    for module in ("chunks", "statements", "responses"):
        monkeypatch.setattr(f"app.releases.{module}.CHUNK_SIZE", 997)
    told = await made(world_client)
    assert await session.fetchval("SELECT count(*) FROM release_chunk") > 100
    await session.close()
    for file in told["files"]:
        for coding in ("identity", "gzip"):
            content = await raw(world_client, file["url"], **{"Accept-Encoding": coding})
            assert hashlib.sha256(content).hexdigest() == file["sha256"]
    parquet = "/v1/releases/2026.1/talks.parquet"
    part = await world_client.get(parquet, headers={"Range": "bytes=1500-4000"})
    assert part.content == (await raw(world_client, parquet))[1500:4001]


# --- how it is sent


async def test_files_are_sent_packed_unpacked_and_in_parts(released: Released) -> None:
    client, address = released.client, "/v1/releases/2026.1/demands"
    async with client.stream("GET", f"{address}.ndjson", headers={"Accept-Encoding": "gzip"}) as packed:
        content = b"".join([chunk async for chunk in packed.aiter_raw()])
    assert gzip.decompress(content) == released.before[f"{address}.ndjson"]
    assert packed.headers["content-length"] == str(len(content))
    known = await client.get(f"{address}.ndjson", headers={"If-None-Match": packed.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = await client.head(f"{address}.ndjson", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-3"})
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(content)))
    parquet = released.before[f"{address}.parquet"]
    size = len(parquet)
    for asked, first, last in (("0-3", 0, 4), ("-8", size - 8, size), ("100-", 100, size), (f"5-{size * 2}", 5, size)):
        part = await client.get(f"{address}.parquet", headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, parquet[first:last]), asked
        assert part.headers["content-range"] == f"bytes {first}-{last - 1}/{size}"
    head = await client.head(f"{address}.parquet")
    assert (head.headers["content-length"], head.content) == (str(size), b"")
    for missing in (f"{address}.xlsx", "/v1/releases/2026.1/demand.csv", "/v1/releases/2026.9/demands.csv"):
        assert (await client.get(missing)).status_code == 404


@pytest.mark.parametrize("file", ["demands.csv", "demands.ndjson", "demands.parquet", "bundle.zip?format=csv"])
async def test_every_file_can_be_had_in_parts(released: Released, file: str) -> None:
    client, address = released.client, f"/v1/releases/2026.1/{file}"
    whole = released.before[address]
    size = len(whole)
    plain = {"Accept-Encoding": "identity"}
    told = await client.head(address, headers=plain)
    assert (told.headers["accept-ranges"], told.headers["content-length"], told.content) == ("bytes", str(size), b"")
    tag = told.headers["etag"]
    for coding in ("identity", "gzip"):
        sent = {"Accept-Encoding": coding}
        for asked, first, last in (
            ("0-3", 0, 4),
            ("-8", size - 8, size),
            ("700-", 700, size),
            (f"5-{2 * size}", 5, size),
        ):
            for condition in ({}, {"If-Range": tag}):
                part = await client.get(address, headers={**sent, **condition, "Range": f"bytes={asked}"})
                assert (part.status_code, part.content) == (206, whole[first:last]), asked
                assert part.headers["content-range"] == f"bytes {first}-{last - 1}/{size}"
                assert part.headers["etag"] == tag and part.headers["content-length"] == str(last - first)
        beyond = await client.get(address, headers={**sent, "Range": f"bytes={size}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
        assert beyond.json()["type"].endswith("range-not-satisfiable")
        # Another file, a day, several ranges, no range, another unit: the whole.
        for headers in (
            {"Range": "bytes=0-3", "If-Range": '"else"'},
            {"Range": "bytes=0-3", "If-Range": "Mon, 30 Nov 2026 12:00:00 GMT"},
            {"Range": "bytes=0-3,9-12"},
            {"Range": "bytes=9-3"},
            {"Range": "lines=0-3"},
        ):
            answer = await client.get(address, headers={**sent, **headers})
            assert (answer.status_code, answer.content) == (200, whole), headers


async def test_a_packed_download_goes_on_where_it_broke_off(released: Released) -> None:
    address, headers = "/v1/releases/2026.1/demands.csv", {"Accept-Encoding": "gzip"}

    async def sent(headers: dict[str, str]) -> tuple[int, bytes]:
        async with released.client.stream("GET", address, headers=headers) as answer:
            return answer.status_code, b"".join([chunk async for chunk in answer.aiter_raw()])

    status, packed = await sent(headers)
    assert status == 200
    tag = (await released.client.head(address, headers=headers)).headers["etag"]
    for first in (0, 4, 10, 400, len(packed) - 8, len(packed) - 3):
        assert await sent({**headers, "Range": f"bytes={first}-", "If-Range": tag}) == (206, packed[first:]), first
    assert gzip.decompress(packed) == released.before[address]


async def test_a_bundle_holds_what_describes_it_and_its_checksums(released: Released) -> None:
    for form in ("csv", "ndjson", "parquet"):
        content = released.before[f"/v1/releases/2026.1/bundle.zip?format={form}"]
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            names = set(bundle.namelist())
            assert names == {f"data/{one.name}.{form}" for one in RESOURCES} | {
                "README.txt", "LICENCE.txt", "CITATION.cff", "citation.bib", "datapackage.json", "croissant.json",
                "SHA256SUMS",
            }  # fmt: skip
            lines = bundle.read("SHA256SUMS").decode().splitlines()
            sums = {name: sha256 for sha256, name in (line.split("  ") for line in lines)}
            assert set(sums) == names - {"SHA256SUMS"}
            for name, sha256 in sums.items():
                assert hashlib.sha256(bundle.read(name)).hexdigest() == sha256, name
            for resource in json.loads(bundle.read("datapackage.json"))["resources"]:
                assert bundle.getinfo(resource["path"]).file_size == resource["bytes"]
    assert (await released.client.get("/v1/releases/2026.1/bundle.zip?format=xlsx")).status_code == 422
