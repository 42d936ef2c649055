"""Adding a record type: its own package, its line in the registry and a migration make every route, format and document.

The tests add bulletins (`tests/material/record_type/app/bulletins`) to a copy of the application, generate the migration as
a developer would, serve the copy in a process of its own, and use the new type in each way in which a record can be
used."""

import csv
import filecmp
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet
import pytest
from sqlalchemy import make_url

from tests import world
from tests.conftest import ADMIN_SECRET, Server, Templates, bearer
from tests.releases.conftest import ORDER

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "tests/material/record_type/app/bulletins"
IMPORT, ENTRY = "from app.bulletins.resource import BULLETINS\n", "    BULLETINS,\n"
#: `alembic revision --autogenerate`; then the statements that a developer adds, since Alembic does not know of history;
#: then the migration, up, down and up.
MIGRATE = """
import re
import sys
from pathlib import Path
from alembic import command
from app.runtime.ledger import migration_config
config = migration_config(sys.argv[1])
made = Path(command.revision(config, message="bulletins", autogenerate=True).path)
end = "    # ### end Alembic commands ###\\n"
keep = '''    op.execute("INSERT INTO history.kept (name, collection) VALUES ('bulletin', 'bulletins')")
    op.execute("SELECT history.keep('bulletin')")
'''
forget = '''    op.execute("DROP VIEW past.bulletin")
    op.drop_table("bulletin")
    op.execute("DROP TABLE history.bulletin")
    op.execute("DROP FUNCTION history.keep_bulletin()")
    op.execute("DELETE FROM history.kept WHERE name = 'bulletin'")
'''
up, _, down = made.read_text().partition("def downgrade")
down = re.sub("( -> None:\\n).*", lambda found: found[1] + forget, down, flags=re.DOTALL)
made.write_text(up.replace(end, keep) + "def downgrade" + down)

command.upgrade(config, "head")
command.check(config)
command.downgrade(config, "-1")
command.upgrade(config, "head")
command.check(config)
"""
BULLETIN: dict[str, Any] = {
    "slug": "round-over",
    "title": "The round is over",
    "text": "Both delegations leave the lake.",
    "process": "alba-boria",
    "issuer": "alba",
    "issued_on": "2020-03-02",
    "lang": "en",
    "external_ids": [{"scheme": "wire", "value": "7"}],
    "citations": [{"source": "gazette"}],
}


@dataclass
class Site:
    """The copy of the application with bulletins, served over the small world, and a client with a key."""

    folder: Path
    client: httpx.AsyncClient
    #: The address of another database with the same schema and no records.
    empty: str

    async def get(self, path: str) -> Any:
        got = await self.client.get(path)
        assert got.status_code == 200, (path, got.text)
        return got.json()

    async def text(self, path: str) -> str:
        got = await self.client.get(path)
        assert got.status_code == 200, (path, got.text)
        return got.text

    async def post(self, path: str, body: Any, status: int = 201) -> Any:
        got = await self.client.post(path, json=body)
        assert got.status_code == status, (path, got.text)
        return got.json()

    async def file(self, path: str, content: str, media_type: str) -> Any:
        """The summary of an import."""
        got = await self.client.post(path, content=content, headers={"Content-Type": media_type})
        assert got.status_code == 200, got.text
        return json.loads(got.text.splitlines()[-1])


def run(folder: Path, script: str, *arguments: str) -> None:
    """Run a script in the copy."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=folder, env=environment(folder), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def environment(folder: Path, **more: str) -> dict[str, str]:
    # The processes of the copy share its compiled modules, also where those of the project are not to be written.
    bytecode = {"PYTHONDONTWRITEBYTECODE": ""}
    return {**os.environ, "PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1", **bytecode, **more}


@contextmanager
def serving(folder: Path, url: str) -> Iterator[str]:
    """A server of the copy over this database; gives its address."""
    script = "from app.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "serve", "--port", "0", "--empty"],
        cwd=folder,
        env=environment(folder, DATABASE_URL=url),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://[\d.]+:\d+", line):
                break
        else:
            raise AssertionError("".join(said))
        yield found[0]
    finally:
        process.terminate()
        process.communicate()


@asynccontextmanager
async def opened(folder: Path, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server of the copy over this database; it has a key that may do everything."""
    with serving(folder, url) as base:
        async with httpx.AsyncClient(base_url=base, headers=bearer(ADMIN_SECRET), timeout=60) as client:
            yield client


@pytest.fixture(scope="module")
async def site(server: Server, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("record-type")
    unneeded = shutil.ignore_patterns("__pycache__")
    for name in ("app", "migrations"):
        shutil.copytree(ROOT / name, folder / name, ignore=unneeded)
    shutil.copytree(TEMPLATE, folder / "app" / "bulletins", ignore=unneeded)
    registry = folder / "app" / "registry.py"
    text = registry.read_text()
    text = text.replace("from app.delegations", IMPORT + "from app.delegations", 1)
    registry.write_text(text.replace("    CITATIONS,\n", ENTRY + "    CITATIONS,\n", 1))
    async with server.cloned(templates.empty) as url:
        run(folder, MIGRATE, url)
        async with server.cloned(str(make_url(url).database)) as empty, opened(folder, url) as client:
            await world.build(client)
            made = await client.post("/v1/bulletins", json=BULLETIN)
            assert made.status_code == 201, made.text
            yield Site(folder, client, empty)


def touched(one: Path, other: Path) -> Iterator[Path]:
    """The files of `other` that differ from those of `one`, or that `one` lacks."""
    compared = filecmp.dircmp(one, other, ignore=["__pycache__"])
    yield from (other / name for name in compared.diff_files)
    for name in compared.right_only:
        yield from (path for path in (other / name, *(other / name).rglob("*.py")) if path.is_file())
    for name in compared.common_dirs:
        yield from touched(one / name, other / name)
    assert not compared.left_only


def test_only_its_package_the_registry_and_a_migration_are_touched(site: Site) -> None:
    changed = {
        str(path.relative_to(site.folder))
        for name in ("app", "migrations")
        for path in touched(ROOT / name, site.folder / name)
    }
    own = {f"app/bulletins/{path.name}" for path in TEMPLATE.glob("*.py")}
    (migration,) = changed - own - {"app/registry.py"}
    assert changed >= own | {"app/registry.py"}
    assert migration.startswith("migrations/versions/")
    before, after = ((folder / "app" / "registry.py").read_text().splitlines(True) for folder in (ROOT, site.folder))
    assert [line for line in after if line not in before] == [IMPORT, ENTRY]
    assert [line for line in after if line in before] == before


async def test_it_is_listed_filtered_and_read(site: Site) -> None:
    (row,) = (await site.get("/v1/bulletins?process=alba-boria&issuer=alba&issued_from=2020-03&sort=-issued_on"))[
        "data"
    ]
    assert (row["slug"], row["process"]["slug"], row["issuer"]["name"]) == ("round-over", "alba-boria", "Alba")
    assert (row["issued_on_min"], row["issued_on_max"]) == ("2020-03-02", "2020-03-02")
    assert (await site.get("/v1/bulletins?q=delegation&lang=en&has=issued_on"))["data"] == [row]
    assert (await site.get("/v1/bulletins?issued_to=2019"))["data"] == []
    facets = (await site.get("/v1/bulletins?facets=process&limit=0"))["facets"]
    assert [one["value"] for one in facets["process"]["values"]] == ["alba-boria"]
    opened = await site.get("/v1/bulletins/round-over?include=process")
    assert (opened["text"], opened["process"]["kind"]) == (BULLETIN["text"], "peace")
    for key in (opened["id"], "wire:7"):
        assert (await site.get(f"/v1/bulletins/{key}"))["slug"] == "round-over"
    batch = await site.post("/v1/bulletins/batch-get", {"keys": ["round-over", "nothing"]}, 200)
    assert [one["slug"] for one in batch["data"]] == ["round-over"]
    missing = await site.client.get("/v1/bulletins/round-ove")
    assert (missing.status_code, "round-over" in missing.text) == (404, True)


async def test_it_is_written_and_its_history_is_kept(site: Site) -> None:
    body = {"title": "No date yet", "process": "alba-boria"}
    assert (await site.post("/v1/bulletins?dry_run=true", body, 200))["records"][0]["action"] == "create"
    made = await site.client.post("/v1/bulletins", json=body)
    assert (made.status_code, made.headers["location"]) == (201, "/v1/bulletins/no-date-yet")
    first = int(made.headers["parley-revision"])
    again = await site.client.post("/v1/bulletins", json=body)
    assert again.status_code == 409
    invalid = await site.client.post("/v1/bulletins", json={"title": " ", "process": "nowhere", "issued_on": "soon"})
    assert sorted(one["pointer"] for one in invalid.json()["errors"]) == ["/issued_on", "/process", "/title"]
    put = await site.client.put("/v1/bulletins/no-date-yet", json={**body, "issuer": "boria"})
    assert (put.status_code, put.json()["issuer"]["slug"]) == (200, "boria")
    patched = await site.client.patch(
        "/v1/bulletins/no-date-yet", json={"issued_on": "2020-04"}, headers={"If-Match": put.headers["etag"]}
    )
    assert (patched.status_code, patched.json()["row_version"]) == (200, 3)
    gone = await site.client.delete("/v1/bulletins/no-date-yet?reason=twice")
    assert gone.status_code in (200, 204)
    assert (await site.client.get("/v1/bulletins/no-date-yet")).status_code == 410
    then = await site.get(f"/v1/bulletins/no-date-yet?as_of={first}")
    assert (then["issuer"], then["issued_on"]) == (None, None)
    assert "no-date-yet" in await site.text(f"/v1/bulletins?as_of={first + 1}&known_by=2020-03-02")
    history = (await site.get("/v1/bulletins/no-date-yet/history"))["data"]
    assert [one["action"] for one in history] == ["withdraw", "change", "change", "create"]
    for query in ("collection=bulletins", "process=alba-boria"):
        changes = (await site.get(f"/v1/changes?{query}&after={first - 1}"))["data"]
        told = [one["action"] for one in changes if one["slug"] == "no-date-yet"]
        assert told == ["create", "change", "change", "withdraw"], query
    withdrawn = first + 3
    assert (await site.client.post(f"/v1/revisions/{withdrawn}/undo")).status_code == 201
    merged = await site.client.post("/v1/bulletins/no-date-yet/merge", json={"into": "round-over"})
    assert merged.status_code == 200, merged.text
    assert (await site.client.get("/v1/bulletins/no-date-yet")).status_code == 308
    assert (await site.client.post(f"/v1/revisions/{merged.headers['parley-revision']}/undo")).status_code == 201


async def test_it_is_searched_and_resolved(site: Site) -> None:
    (hit,) = (await site.get("/v1/search?q=delegations leave&type=bulletins&process=alba-boria"))["data"]
    assert (hit["slug"], hit["title"], hit["date"]) == ("round-over", "The round is over", "2020-03-02")
    assert (hit["process"]["slug"], [one["slug"] for one in hit["parties"]]) == ("alba-boria", ["alba"])
    facets = (await site.get("/v1/search?q=round"))["facets"]
    assert "bulletins" in [one["value"] for one in facets["type"]["values"]]
    for query in ("scheme=wire&value=7", "slug=round-over"):
        (found,) = (await site.get(f"/v1/resolve?{query}"))["data"]
        assert (found["collection"], found["title"]) == ("bulletins", "The round is over"), query
    assert "wire" in await site.text("/v1/schemes")


async def test_other_records_speak_of_it(site: Site) -> None:
    cited = await site.post("/v1/citations", {"source": "herald", "target": "bulletins/round-over", "field": "/issuer"})
    assert cited["target"] == {"collection": "bulletins", "slug": "round-over"}
    body = {"kind": "characterisation", "text": "A terse notice.", "about": ["bulletins/round-over"]}
    await site.post("/v1/assessments", body)
    changes = (await site.get("/v1/changes?process=alba-boria&collection=citations,assessments&limit=500"))["data"]
    assert cited["slug"] in [one["slug"] for one in changes]
    assert "assessments" in [one["collection"] for one in changes]


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet", "atom", "feed", "rss", "jsonld"])
async def test_it_is_exported_in_each_format(site: Site, form: str) -> None:
    got = await site.client.get(f"/v1/bulletins?id=round-over&format={form}")
    assert got.status_code == 200, got.text
    if form == "parquet":
        (row,) = pyarrow.parquet.read_table(io.BytesIO(got.content)).to_pylist()
        assert row["title"] == "The round is over"
    elif form == "csv":
        (row,) = csv.DictReader(io.StringIO(got.content.decode("utf-8-sig")))
        assert (row["title"], row["issued_on_min"]) == ("The round is over", "2020-03-02")
    else:
        assert "The round is over" in got.text


async def test_it_is_imported(site: Site) -> None:
    line = {"collection": "bulletins", "slug": "line", "title": "By NDJSON", "process": "alba-boria"}
    told = await site.file("/v1/imports", json.dumps(line), "application/x-ndjson")
    assert told["created"] == 1, told
    table = "slug,title,process,issuer,issued_on\nrow,By CSV,alba-boria,boria,2020-05\n"
    told = await site.file("/v1/imports?collection=bulletins", table, "text/csv")
    assert told["created"] == 1, told
    assert (await site.get("/v1/bulletins/row"))["issuer"]["slug"] == "boria"
    export = await site.text("/v1/bulletins?format=csv")
    told = await site.file("/v1/imports?collection=bulletins", export, "text/csv")
    assert (told["created"], told["changed"], told["faulty"]) == (0, 0, 0), told


async def test_a_dossier_carries_it_into_another_database(site: Site) -> None:
    document = await site.text("/v1/processes/alba-boria/dossier")
    assert "round-over" in document
    async with opened(site.folder, site.empty) as there:
        sent = await there.post("/v1/dossiers", content=document, headers={"Content-Type": "application/json"})
        assert sent.status_code in (200, 201), sent.text
        assert (await there.get("/v1/processes/alba-boria/dossier")).text == document
        assert (await there.get("/v1/bulletins/round-over")).json()["text"] == BULLETIN["text"]


async def test_releases_have_its_files(site: Site) -> None:
    made = await site.post("/v1/releases", ORDER)
    formats = {one["format"] for one in made["files"] if one["collection"] == "bulletins"}
    assert formats == {"csv", "ndjson", "parquet"}
    assert "round-over" in await site.text("/v1/releases/2026.1/bulletins.ndjson")
    for path in ("/v1/releases/2026.1/datapackage.json", "/v1/datapackage.json", "/v1/croissant.json"):
        assert "bulletins" in await site.text(path)
    await site.client.patch("/v1/bulletins/round-over", json={"title": "The first round is over"})
    await site.post("/v1/releases", {**ORDER, "name": "2026.2"})
    compared = await site.get("/v1/releases/2026.1..2026.2?collection=bulletins")
    assert [one["slug"] for one in compared["data"]] == ["round-over"]
    await site.client.patch("/v1/bulletins/round-over", json={"title": BULLETIN["title"]})


async def test_the_documentation_has_it(site: Site) -> None:
    document = await site.get("/openapi.json")
    paths = {path for path in document["paths"] if path.startswith("/v1/bulletins")}
    ends = ("", "/{key}", "/batch-get", "/{key}/history", "/{key}/merge")
    assert paths == {f"/v1/bulletins{end}" for end in ends}
    schemas = document["components"]["schemas"]
    assert schemas.keys() >= {"BulletinDetail", "BulletinSummary", "BulletinWrite", "BulletinChange"}
    assert "bulletins" in schemas["SearchedType"]["enum"]
    assert "bulletins" in schemas["CitationWrite"]["properties"]["target"]["pattern"]
    assert "bulletins" in [tag["name"] for tag in document["tags"]]
    assert "Bulletin" in json.dumps(await site.get("/v1/dossiers/schema"))
    docs = await site.client.get("/docs?q=bulletin", headers={"Accept": "text/html"})
    assert "/docs/listBulletins" in docs.text
    assert (await site.client.get("/docs/listBulletins")).status_code == 200
    assert (await site.get("/"))["links"]["bulletins"] == "/v1/bulletins"
    assert "Bulletin" in await site.text("/v1/terms")
