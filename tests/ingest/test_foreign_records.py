"""Files of two data sets in one ledger: which record a row is, what a later file changes, what it no longer has."""

import csv
import io
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.session import make_engine
from app.ingest.import_options import ImportMode, OnError, Order
from app.ingest.local_files import import_file
from app.ingest.profiles.catalog import profile_at
from app.ingest.report import Summary
from app.ingest.workbooks.archive import SheetBounds
from app.runtime.bootstrap import writer_over
from tests.ingest.test_profiles import SHOWN, WRITE_SPECS

#: Two data sets of accords; each bears the ids of the other as cross-references.
PROFILE = """
format: parley-profile/1
name: {name}
title: Accords of {name}
about: An accord a row.
releases: {releases}
columns:
  id: {{header: [id], is_needed: true}}
  title: {{header: [title], is_needed: true}}
  day: {{header: [day]}}
  summary: {{header: [summary]}}
  other: {{header: [other], unknown: [NA]}}
  party: {{header: [party], split: ";"}}
  author: {{header: [author], split: ";"}}
records:
  - collection: processes
    body: {{slug: {name}-peace, title: Peace of {name}, kind: peace}}
  - collection: parties
    each: [party]
    body: {{slug: "{name}-party-{{party|slug}}", name: "{{party}}", kind: other}}
  - collection: sources
    each: [author]
    body: {{slug: "{name}-source-{{author|slug}}", title: "{{author}}"}}
  - collection: agreements
    is_the_row: true
    identified_by: {name}
    needs: [id, title]
    body:
      slug: "{name}-accord-{{id}}"
      process: {name}-peace
      title: "{{title}}"
      kind: final
      agreed_on: "{{day}}"
      summary: "{{summary}}"
      parties: {{each: [party], make: "{name}-party-{{party|slug}}"}}
      signatures: {{each: [party], make: {{party: "{name}-party-{{party|slug}}"}}}}
      external_ids: [{{scheme: {name}, value: "{{id}}"}}, {{scheme: {other}, value: "{{other}}"}}]
      citations: {{each: [author], make: {{source: "{name}-source-{{author|slug}}", locator: "p. 1"}}}}
"""
HEADER = ("id", "title", "day", "summary", "other", "party", "author")
Row = tuple[str, ...]


@dataclass
class Ledger:
    """A ledger, files for it, and a client with a key."""

    engine: AsyncEngine
    client: httpx.AsyncClient
    headers: dict[str, str]
    folder: Path
    releases: dict[str, str] = field(default_factory=dict)

    async def take(
        self, name: str, *rows: Row, dry_run: bool = False, max_removed: float = 100, header: Row = HEADER
    ) -> Summary:
        """Import rows of the data set `left` or `right`."""
        other = {"left": "right", "right": "left"}[name]
        profile = self.folder / f"{name}.yaml"
        profile.write_text(PROFILE.format(name=name, other=other, releases=self.releases.get(name, "replace")))
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        file = self.folder / f"{name}.csv"
        file.write_text(text.getvalue())
        order = Order(
            ImportMode.MERGE, OnError.ABORT, dry_run, "test", max_removed=max_removed,
            profile=profile_at(str(profile), WRITE_SPECS),
        )  # fmt: skip
        bounds = SheetBounds(10_000_000, 1_000_000)
        summary = await import_file(writer_over(self.engine), SHOWN, file, None, order, bounds, lambda *_: None)
        assert summary.ending == "complete", summary
        return summary

    async def settled(self, name: str, *rows: Row) -> Summary:
        """The same, after a dry run that foresees it; sent again it changes nothing."""
        foreseen = await self.take(name, *rows, dry_run=True)
        done = await self.take(name, *rows)
        # Only a dry run lists the changed values.
        ignored = {"detail", "dry_run", "first_revision", "last_revision", "changes", "changes_not_listed"}
        assert foreseen.model_dump(exclude=ignored) == done.model_dump(exclude=ignored)
        again = await self.take(name, *rows)
        assert (again.created, again.changed, again.emptied, again.withdrawn, again.last_revision) == (
            0,
            0,
            0,
            0,
            None,
        ), again
        return done

    async def get(self, address: str) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/{address}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def write(self, method: str, address: str, body: Any = None) -> httpx.Response:
        answer = await self.client.request(method, f"/v1/{address}", json=body, headers=self.headers)
        assert answer.status_code < 300, answer.text
        return answer

    async def accords(self) -> dict[str, dict[str, Any]]:
        """The accords in use, by slug."""
        page = await self.get("agreements?limit=200")
        return {one["slug"]: await self.get(f"agreements/{one['slug']}") for one in page["data"]}


@pytest.fixture
async def ledger(
    empty_client: httpx.AsyncClient, admin: dict[str, str], database_url: str, tmp_path: Path
) -> AsyncIterator[Ledger]:
    engine = make_engine(database_url)
    yield Ledger(engine, empty_client, admin, tmp_path)
    await engine.dispose()


LEFT = (
    ("1", "Strelsau Accord", "1999-07-08", "Ends the war.", "10", "Alba;Boria", "Gazette"),
    ("2", "Zenda Protocol", "2001-02-03", "", "NA", "Alba;Caria", "Gazette;Herald"),
)
RIGHT = (
    ("10", "Accord of Strelsau", "1999-07-09", "", "1", "Albans;Borians", "Times"),
    ("20", "Treaty of Hentzau", "2005", "On borders.", "2", "Albans", "Times"),
)


def rules(summary: Summary) -> list[tuple[int, str | None, str]]:
    return [(one.line, one.column, one.rule) for one in summary.warnings]


@pytest.mark.parametrize("order", [("left", "right"), ("right", "left")])
async def test_two_data_sets_of_one_accord_stay_two_records(ledger: Ledger, order: tuple[str, str]) -> None:
    files = {"left": LEFT, "right": RIGHT}
    await ledger.settled(order[0], *files[order[0]])
    first = await ledger.accords()
    told = await ledger.settled(order[1], *files[order[1]])
    both = await ledger.accords()
    assert {slug: both[slug] for slug in first} == first
    assert len(both) == 4
    elsewhere = [one for one in told.warnings if one.rule == "leads-elsewhere"]
    # One id names a record of the other file, and the other file names it in turn.
    assert {one.message for one in elsewhere} >= (
        {"The external id right:10 of 'right-accord-10' also belongs to 'left-accord-1'"}
        if order[1] == "right"
        else {"The external id left:1 of 'left-accord-1' also belongs to 'right-accord-10'"}
    )
    assert all(one.column in ("id", "other") or one.column is None for one in elsewhere)
    for name in (*order, *reversed(order)):
        assert (await ledger.take(name, *files[name])).last_revision is None


async def test_a_record_made_by_hand_under_the_identifying_id_is_the_same(ledger: Ledger) -> None:
    await ledger.write("post", "processes", {"slug": "own", "title": "Own", "kind": "peace"})
    await ledger.write("post", "agreements", {
        "slug": "strelsau", "process": "own", "title": "Strelsau", "kind": "partial",
        "external_ids": [{"scheme": "left", "value": "1"}],
    })  # fmt: skip
    told = await ledger.settled("left", *LEFT)
    stored = await ledger.get("agreements/strelsau")
    # What somebody said stays; what nobody said is filled.
    assert (stored["title"], stored["kind"], stored["agreed_on"]) == ("Strelsau", "partial", "1999-07-08")
    assert {one.pointer for one in told.warnings if one.rule == "differs"} == {"/title", "/kind", "/process"}
    assert [party["slug"] for party in stored["parties"]] == ["left-party-alba", "left-party-boria"]
    assert "left-accord-1" not in await ledger.accords()


async def test_a_later_file_changes_only_what_its_data_set_said(ledger: Ledger) -> None:
    await ledger.settled("left", *LEFT)
    await ledger.write("patch", "agreements/left-accord-1", {"title": "Corrected by hand"})
    await ledger.write("patch", "agreements/left-accord-2", {"slug": "zenda", "status": "signed"})
    # Nothing new in the file: what people did stays.
    assert (await ledger.take("left", *LEFT)).last_revision is None
    newer = (
        ("1", "Strelsau Agreement", "1999-07-10", "", "10", "Boria;Delta", "Gazette"),
        ("2", "Zenda Protocol II", "2001-02-03", "", "NA", "Alba;Caria", "Herald"),
    )
    told = await ledger.settled("left", *newer)
    one, two = await ledger.get("agreements/left-accord-1"), await ledger.get("agreements/zenda")
    assert (one["title"], one["summary"], one["agreed_on"]) == ("Corrected by hand", None, "1999-07-10")
    assert [party["slug"] for party in one["parties"]] == ["left-party-boria", "left-party-delta"]
    assert (two["title"], two["status"]) == ("Zenda Protocol II", "signed")
    assert [one.pointer for one in told.warnings if one.rule == "differs"] == ["/title"]
    cited = await ledger.get("citations?target=agreements/zenda")
    assert [one["source"]["slug"] for one in cited["data"]] == ["left-source-herald"]


async def test_after_a_merge_each_data_set_goes_on_with_what_is_its_own(ledger: Ledger) -> None:
    await ledger.settled("left", *LEFT)
    await ledger.settled("right", *RIGHT)
    merged = await ledger.write("post", "agreements/right-accord-10/merge", {"into": "left-accord-1"})
    for name, rows in (("left", LEFT), ("right", RIGHT), ("right", RIGHT), ("left", LEFT)):
        assert (await ledger.take(name, *rows)).last_revision is None, name
    said = (await ledger.get("statements?record=agreements/left-accord-1"))["data"]
    assert [(one["data_set"], one["key"], one["is_merged"]) for one in said] == [
        ("left", "left-accord-1", False),
        ("right", "right-accord-10", True),
    ]
    assert said[1]["body"]["title"] == "Accord of Strelsau"
    # The other data set's title is not touched by this one's; what it added, it may take away.
    newer = (("10", "Accord of Strelsau (new)", "1999-07-11", "", "1", "Borians", "Times"), RIGHT[1])
    told = await ledger.settled("right", *newer)
    stored = await ledger.get("agreements/left-accord-1")
    assert stored["title"] == "Strelsau Accord"
    assert {one["party"]["slug"] for one in stored["signatures"]} == {party["slug"] for party in stored["parties"]}
    assert {party["slug"] for party in stored["parties"]} == {
        "left-party-alba",
        "left-party-boria",
        "right-party-borians",
    }
    assert {one.pointer for one in told.warnings if one.rule == "differs"} >= {"/title"}
    newest = (("1", "Strelsau Accord (final)", *LEFT[0][2:]), LEFT[1])
    await ledger.settled("left", *newest)
    assert (await ledger.get("agreements/left-accord-1"))["title"] == "Strelsau Accord (final)"
    assert merged.headers["parley-revision"]


async def test_what_both_say_stays_where_one_says_it_no_longer_whatever_it_is_called(ledger: Ledger) -> None:
    rows = (("1", "Strelsau", "1999", "", "", "Alba;Boria", "Gazette"),)
    others = (("10", "Strelsau", "1999", "", "", "Alba;Boria", "Gazette"),)
    await ledger.settled("left", *rows)
    await ledger.settled("right", *others)
    for name in ("alba", "boria"):
        await ledger.write("post", f"parties/right-party-{name}/merge", {"into": f"left-party-{name}"})
        await ledger.write("patch", f"parties/left-party-{name}", {"slug": name})
    await ledger.write("post", "agreements/right-accord-10/merge", {"into": "left-accord-1"})
    await ledger.settled("left", ("1", "Strelsau", "1999", "", "", "Alba", "Gazette"))
    stored = await ledger.get("agreements/left-accord-1")
    assert [party["slug"] for party in stored["parties"]] == ["alba", "boria"]
    await ledger.settled("right", ("10", "Strelsau", "1999", "", "", "Alba", "Gazette"))
    stored = await ledger.get("agreements/left-accord-1")
    assert [party["slug"] for party in stored["parties"]] == ["alba"]


async def test_a_merge_can_be_undone_after_the_files_came_again(ledger: Ledger) -> None:
    await ledger.settled("left", *LEFT)
    await ledger.settled("right", *RIGHT)
    before = await ledger.accords()
    merged = await ledger.write("post", "agreements/right-accord-10/merge", {"into": "left-accord-1"})
    for name, rows in (("left", LEFT), ("right", RIGHT)):
        assert (await ledger.take(name, *rows)).last_revision is None
    await ledger.write("post", f"revisions/{merged.headers['parley-revision']}/undo")
    after = await ledger.accords()
    assert after.keys() == before.keys()
    for name, rows in (("right", RIGHT), ("left", LEFT)):
        assert (await ledger.take(name, *rows)).last_revision is None
    said = (await ledger.get("statements?record=agreements/right-accord-10"))["data"]
    assert [(one["data_set"], one["is_merged"]) for one in said] == [("right", False)]


async def test_what_a_complete_file_lacks_is_withdrawn_and_comes_back(ledger: Ledger) -> None:
    await ledger.settled("left", *LEFT)
    told = await ledger.settled("left", LEFT[0])
    assert {(one.collection, one.slug, one.how) for one in told.removed if one.collection in ("agreements", "parties", "sources")} == {
        ("agreements", "left-accord-2", "withdrawn"), ("parties", "left-party-caria", "withdrawn"),
        ("sources", "left-source-herald", "withdrawn"),
    }  # fmt: skip
    assert list(await ledger.accords()) == ["left-accord-1"]
    gone = await ledger.client.get("/v1/agreements/left-accord-2", headers=ledger.headers)
    assert (gone.status_code, "no longer in the data set" in gone.text) == (410, True), gone.text
    await ledger.settled("left", *LEFT)
    assert set(await ledger.accords()) == {"left-accord-1", "left-accord-2"}
    assert [one["slug"] for one in (await ledger.get("agreements/left-accord-2"))["parties"]] == [
        "left-party-alba",
        "left-party-caria",
    ]


async def test_what_somebody_else_uses_stays_and_loses_what_only_the_file_said(ledger: Ledger) -> None:
    await ledger.settled("left", *LEFT)
    await ledger.write("post", "processes", {"slug": "own", "title": "Own", "kind": "peace"})
    await ledger.write("post", "agreements", {
        "slug": "mine", "process": "own", "title": "Mine", "kind": "final", "parties": ["left-party-caria"],
    })  # fmt: skip
    told = await ledger.settled("left", LEFT[0])
    how = {(one.collection, one.slug): one.how for one in told.removed}
    assert how["parties", "left-party-caria"] == "kept"
    assert (await ledger.get("parties/left-party-caria"))["name"] == "Caria"


async def test_a_truncated_file_withdraws_nothing(ledger: Ledger) -> None:
    await ledger.settled("left", *LEFT)
    told = await ledger.take("left", LEFT[0], max_removed=5)
    assert told.removal is not None and "1 of 2 agreements" in told.removal
    assert (told.withdrawn, told.removed, len(await ledger.accords())) == (0, [], 2)
    ledger.releases["left"] = "add"
    told = await ledger.take("left", LEFT[0])
    assert (told.removal, told.withdrawn, len(await ledger.accords())) == (None, 0, 2)


async def test_new_rows_do_not_hide_that_a_file_is_truncated(ledger: Ledger) -> None:
    rows = [(str(number), f"Accord {number}", "2000", "", "", "", "") for number in range(10)]
    await ledger.take("left", *rows)
    newer = [*rows[1:], *((str(number), f"Accord {number}", "2000", "", "", "", "") for number in range(20, 40))]
    for dry_run in (True, False):
        told = await ledger.take("left", *newer, dry_run=dry_run, max_removed=5)
        assert told.removal is not None and "1 of 10 agreements" in told.removal


async def test_what_people_wrote_survives_that_the_file_has_it_no_more_and_again(ledger: Ledger) -> None:
    await ledger.settled("left", *LEFT)
    await ledger.write("patch", "agreements/left-accord-2", {"title": "By hand"})
    await ledger.settled("left", LEFT[0])
    told = await ledger.settled("left", LEFT[0], ("2", "Zenda Protocol", "2002", *LEFT[1][3:]))
    stored = await ledger.get("agreements/left-accord-2")
    assert (stored["title"], stored["agreed_on"]) == ("By hand", "2002")
    assert [one.pointer for one in told.warnings if one.rule == "differs"] == ["/title"]


async def test_a_slug_by_chance_makes_no_record_the_files_own(ledger: Ledger) -> None:
    await ledger.write("post", "parties", {"slug": "left-party-alba", "name": "Alba by hand", "kind": "state"})
    told = await ledger.settled("left", *LEFT)
    stored = await ledger.get("parties/left-party-alba")
    assert (stored["name"], stored["kind"]) == ("Alba by hand", "state")
    assert {one.pointer for one in told.warnings if one.rule == "differs"} == {"/name", "/kind"}


async def test_an_id_of_what_was_merged_leads_somewhere(ledger: Ledger) -> None:
    await ledger.settled("left", *LEFT)
    await ledger.settled("right", *RIGHT)
    merged = await ledger.write("post", "agreements/right-accord-10/merge", {"into": "left-accord-1"})
    newer = (("1", "Strelsau Accord", "1999-07-08", "Ended the war.", "10", "Alba;Boria;Gorlot", "Gazette"), LEFT[1])
    told = await ledger.settled("left", *newer)
    assert "leads-nowhere" not in {one.rule for one in told.warnings}
    # What the merged record's own data set says since went into the record that stayed: the two cannot be parted.
    await ledger.settled("right", ("10", *RIGHT[0][1:3], "Said since.", *RIGHT[0][4:]), RIGHT[1])
    undone = await ledger.client.post(f"/v1/revisions/{merged.headers['parley-revision']}/undo", headers=ledger.headers)
    assert undone.status_code == (
        409 if (await ledger.get("agreements/left-accord-1"))["summary"] == "Said since." else 201
    )


async def test_a_file_without_a_column_does_not_empty_it(ledger: Ledger) -> None:
    await ledger.settled("left", *LEFT)
    few = tuple(row[:4] for row in LEFT)
    told = await ledger.take("left", *few, header=HEADER[:4])
    stored = await ledger.get("agreements/left-accord-1")
    assert (len(stored["parties"]), told.withdrawn) == (2, 0)
    assert len((await ledger.get("citations?target=agreements/left-accord-1"))["data"]) == 1


async def test_a_former_slug_leads_to_its_record(ledger: Ledger) -> None:
    await ledger.write("post", "processes", {"slug": "left-peace", "title": "P", "kind": "peace"})
    await ledger.write("patch", "processes/left-peace", {"slug": "peace"})
    told = await ledger.settled("left", *LEFT)
    assert [one.rule for one in told.warnings if one.rule == "former-slug"] == ["former-slug"]
    assert (await ledger.get("agreements/left-accord-1"))["process"]["slug"] == "peace"


async def test_ids_of_another_record_are_no_identity(ledger: Ledger) -> None:
    """Signs for unknown, and slips, in the columns of other ids."""
    rows = [
        (str(number), f"Accord {number}", "2000", "", sign, "", "")
        for number, sign in enumerate(("N/A", "N/A", "20", "20"))
    ]
    told = await ledger.settled("left", *rows)
    assert (told.created, len(await ledger.accords())) == (5, 4)
    assert [one.message for one in told.warnings if one.rule == "leads-elsewhere"] == [
        "The external id right:N/A of 'left-accord-1' also belongs to 'left-accord-0'",
        "The external id right:20 of 'left-accord-3' also belongs to 'left-accord-2'",
    ]


async def test_an_id_that_the_other_data_set_has_not_is_reported(ledger: Ledger) -> None:
    told = await ledger.settled("left", *LEFT)
    assert "leads-nowhere" not in {one.rule for one in told.warnings}
    told = await ledger.settled("right", *RIGHT, ("30", "Accord of Gorlot", "2006", "", "12", "", ""))
    assert [(one.line, one.column) for one in told.warnings if one.rule == "leads-nowhere"] == [(4, "other")]


def _versions(draw: random.Random, name: str) -> list[tuple[Row, ...]]:
    """Three releases of a data set, each unlike the one before."""
    names = [f"{name} {word}" for word in ("Alba", "Boria", "Caria", "Delta")]
    releases: list[tuple[Row, ...]] = []
    for number in range(3):
        rows: list[Row] = []
        for key in sorted(draw.sample(range(6), draw.randint(3, 6))):
            parties = ";".join(draw.sample(names, draw.randint(0, 3)))
            cited = ";".join(draw.sample(["Gazette", "Herald", "Times"], draw.randint(0, 2)))
            rows.append((
                str(key), f"Accord {key} of {name}, {draw.choice('ab')}", draw.choice(["", "1999", "2001-02-03"]),
                draw.choice(["", f"Words {number}"]), draw.choice(["NA", str(draw.randint(0, 5))]), parties, cited,
            ))  # fmt: skip
        releases.append(tuple(rows))
    return releases


def _told(record: dict[str, Any]) -> dict[str, Any]:
    """A record without what counts versions."""
    return {
        name: value
        for name, value in record.items()
        if name not in ("version", "updated_at", "row_version", "created_at", "revision")
    }


@pytest.mark.parametrize("seed", range(3))
async def test_files_merges_and_repeats_in_any_order(ledger: Ledger, seed: int) -> None:
    """After every import the same file changes nothing, a dry run foresees each, and no file touches a record that only
    the other data set speaks of."""
    draw = random.Random(seed)  # noqa: S311 - the same files each time
    files = {name: _versions(draw, name) for name in ("left", "right")}
    last: dict[str, tuple[Row, ...]] = {}
    undoable: list[str] = []
    for _ in range(7):
        step = draw.choice(["file", "file", "file", "merge", "rename", "edit", "undo"])
        accords = await ledger.accords()
        if step == "file" or not accords:
            name = draw.choice(["left", "right"])
            rows = draw.choice(files[name])
            said = {slug: (await ledger.get(f"statements?record=agreements/{slug}"))["data"] for slug in accords}
            others = {
                slug: _told(accords[slug])
                for slug, several in said.items()
                if {one["data_set"] for one in several} == {"right" if name == "left" else "left"}
            }
            await ledger.settled(name, *rows)
            last[name] = rows
            now = await ledger.accords()
            assert {slug: _told(now[slug]) for slug in others} == others
        elif step == "merge" and len(accords) > 1:
            lost, kept = draw.sample(sorted(accords), 2)
            done = await ledger.client.post(f"/v1/agreements/{lost}/merge", json={"into": kept}, headers=ledger.headers)
            if done.status_code == 200:
                undoable.append(done.headers["parley-revision"])
        elif step == "rename":
            slug = draw.choice(sorted(accords))
            await ledger.write("patch", f"agreements/{slug}", {"slug": f"{slug}-r"})
        elif step == "edit":
            slug = draw.choice(sorted(accords))
            await ledger.write("patch", f"agreements/{slug}", {"title": f"By hand {draw.random()}"})
        elif step == "undo" and undoable:
            await ledger.client.post(f"/v1/revisions/{undoable.pop()}/undo", headers=ledger.headers)
        for name, rows in draw.sample(sorted(last.items()), len(last)):
            again = await ledger.take(name, *rows)
            assert again.last_revision is None, (step, name, again)
