"""Reports as graphs, calendars, feeds and pictures: each has the rows of the JSON answer, and nothing else."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import httpx
import pytest
from icalendar import Calendar

from app.reading.formats import FORMATS
from app.reports.reports import REPORTS
from tests.pictures.looking import SVG, read_picture, words_of
from tests.reports.bundled import report, rows

RUSSIA_UKRAINE = "/v1/processes/russia-ukraine"
LINEAGE = "/v1/demands/us-20-point-plan-gaza-2025-4/lineage"
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"
TYPES: dict[str, Callable[[str], object]] = {
    "string": str,
    "long": int,
    "double": float,
    "boolean": lambda text: {"true": True, "false": False}[text],
}
PICTURES = {one.path: one for one in REPORTS if one.picture}
#: The address of a picture of each report, besides its example.
LARGE = [
    f"{RUSSIA_UKRAINE}/timeline", f"{RUSSIA_UKRAINE}/continuity?series=all", "/v1/processes/israel-hamas/network?slice=year",
    "/v1/reports/positions?process=russia-ukraine&rows=all", "/v1/reports/positions?process=israel-hamas&slice=talk&level=leaf",
]  # fmt: skip


def with_format(address: str, name: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}format={name}"


async def answer(client: httpx.AsyncClient, address: str, name: str) -> httpx.Response:
    got = await client.get(with_format(address, name))
    assert got.status_code == 200, got.text
    return got


# --- graphs


async def read_graph(client: httpx.AsyncClient, address: str) -> tuple[bool, dict[str, Any], list[Any]]:
    """Read GraphML: whether it is directed, the nodes by id, and the edges with their ends."""
    got = await answer(client, address, "graphml")
    assert got.headers["content-type"] == "application/graphml+xml"
    root = ElementTree.fromstring(got.content)  # noqa: S314 - our own text
    assert [one.tag for one in root] == [f"{GRAPHML}key"] * (len(root) - 1) + [f"{GRAPHML}graph"]
    keys = {str(key.get("id")): key for key in root.iter(f"{GRAPHML}key")}
    [graph] = root.iter(f"{GRAPHML}graph")

    def data(element: ElementTree.Element) -> dict[str, Any]:
        found = {}
        for one in element.iter(f"{GRAPHML}data"):
            key = keys[str(one.get("key"))]
            assert element.tag == f"{GRAPHML}{key.get('for')}"
            found[str(key.get("attr.name"))] = TYPES[str(key.get("attr.type"))](one.text or "")
        return found

    nodes = {str(one.get("id")): data(one) for one in graph.iter(f"{GRAPHML}node")}
    edges = [(str(one.get("source")), str(one.get("target")), data(one)) for one in graph.iter(f"{GRAPHML}edge")]
    assert all(source in nodes and target in nodes for source, target, _ in edges)
    return graph.get("edgedefault") == "directed", nodes, edges


async def test_a_network_is_a_graph_with_numbers(client: httpx.AsyncClient) -> None:
    address = f"{RUSSIA_UKRAINE}/network?on=2025-12-24"
    found = await report(client, address)
    is_directed, nodes, edges = await read_graph(client, address)
    assert not is_directed and set(nodes) == {party["slug"] for party in found["parties"]}
    assert [(source, target, data["weight"], data["agree"], data["differ"]) for source, target, data in edges] == [
        (row["source"], row["target"], row["weight"], row["agree"], row["differ"]) for row in found["data"]
    ]
    assert [data["differing"].split("; ") if data.get("differing") else [] for *_, data in edges] == [
        row["differing"] for row in found["data"]
    ]


@pytest.mark.parametrize("of", ["people", "parties"])
async def test_co_presence_is_a_graph_of_all_pages(client: httpx.AsyncClient, of: str) -> None:
    address = f"{RUSSIA_UKRAINE}/co-presence?of={of}&on=2026-02"
    found = await rows(client, address)
    _, nodes, edges = await read_graph(client, address)
    assert [(one, other, data["together"], data["jaccard"]) for one, other, data in edges] == [
        (row["one"], row["other"], row["together"], row["jaccard"]) for row in found
    ]
    assert {slug: (node["label"], node["sittings"]) for slug, node in nodes.items()} == {
        row[end]: (row[name], row[f"{end}_sittings"])
        for row in found
        for end, name in (("one", "name"), ("other", "other_name"))
    }
    _, few, first = await read_graph(client, f"{address}&limit=2")
    assert len(first) == 2 and len(few) == len({end for row in found[:2] for end in (row["one"], row["other"])})


async def test_a_lineage_is_a_directed_graph(client: httpx.AsyncClient) -> None:
    found = await report(client, LINEAGE)
    is_directed, nodes, edges = await read_graph(client, LINEAGE)
    assert is_directed and sorted(node["record"] for node in nodes.values()) == sorted(
        one["record"] for one in found["nodes"]
    )
    assert [(nodes[one]["record"], data["kind"], nodes[two]["record"]) for one, two, data in edges] == [
        (row["origin"], row["kind"], row["target"]) for row in found["data"]
    ]
    assert {node.get("is_reference") for node in nodes.values()} == {True, None}


# --- calendars and feeds


async def test_due_dates_are_a_calendar(client: httpx.AsyncClient) -> None:
    address = "/v1/reports/due-dates?on=2025-12-31"
    found = await rows(client, address)
    got = await answer(client, address, "ics")
    calendar = Calendar.from_ical(got.content)
    events = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
    shown = [row for row in found if row["due_min"]]
    assert not calendar.errors and len(events) == len(shown) > 10
    for row in shown:
        collection, _, slug = row["record"].partition("/")
        record = (await client.get(f"/v1/{row['record']}?fields=id")).json()
        key = {"demand": "due", "answer": "answer-due"}.get(row["type"]) or row["deadline"]
        event = events[f"{collection}/{record['id']}/{key}@parley"]
        assert event.decoded("DTSTART") == date.fromisoformat(row["due_min"])
        last = date.fromisoformat(row["due_max"] or row["due_min"])
        assert event.decoded("DTEND") == last + timedelta(1)
        assert str(event["URL"]).endswith(f"/v1/{collection}/{slug}")
        assert row["status"].replace("_", " ") in str(event["DESCRIPTION"])
    omitted = len(found) - len(shown)
    about = (
        f"{len(found)} rows; {omitted} of them omitted, because their day is unknown or uncertain by more than a month."
    )
    assert calendar["DESCRIPTION"] == calendar["X-WR-CALDESC"] == about


async def test_a_timeline_is_a_calendar_with_the_uids_of_the_records(client: httpx.AsyncClient) -> None:
    address = f"{RUSSIA_UKRAINE}/timeline?type=talk"
    got = await answer(client, address, "ics")
    listed = await answer(client, "/v1/talks?process=russia-ukraine", "ics")

    def days(content: bytes) -> dict[str, Any]:
        events = Calendar.from_ical(content).walk("VEVENT")
        return {str(event["UID"]): event.decoded("DTSTART") for event in events if "deadline" not in str(event["UID"])}

    assert days(got.content) == days(listed.content) and len(days(got.content)) > 10
    before = await answer(client, f"{RUSSIA_UKRAINE}/timeline?known_by=2022-03-31", "ics")
    assert 0 < before.content.count(b"BEGIN:VEVENT") < got.content.count(b"BEGIN:VEVENT")


@pytest.mark.parametrize(
    "address", [f"{RUSSIA_UKRAINE}/timeline", "/v1/reports/due-dates?process=israel-hamas&on=2025-12-31"]
)
async def test_feeds_have_an_entry_for_each_row(client: httpx.AsyncClient, address: str) -> None:
    found = await rows(client, address)
    atom = ElementTree.fromstring((await answer(client, address, "atom")).content)  # noqa: S314
    name = "{http://www.w3.org/2005/Atom}"
    entries = atom.findall(f"{name}entry")
    ids = [str(entry.findtext(f"{name}id")) for entry in entries]
    assert len(entries) == len(found) == len({UUID(one.removeprefix("urn:uuid:")) for one in ids})
    links = [str(entry.find(f"{name}link").get("href")) for entry in entries]  # type: ignore[union-attr]
    assert [link.partition("/v1/")[2] for link in links] == [row["record"] for row in found]
    feed = json.loads((await answer(client, address, "feed")).text)
    rss = ElementTree.fromstring((await answer(client, address, "rss")).content)  # noqa: S314
    assert [item["id"] for item in feed["items"]] == [item.findtext("guid") for item in rss.iter("item")] == ids
    page = json.loads((await client.get(f"{with_format(address, 'feed')}&limit=3")).text)
    following = json.loads((await client.get(page["next_url"])).text)
    assert [item["id"] for item in page["items"] + following["items"]] == ids[:6]


async def test_a_new_status_is_a_new_entry(client: httpx.AsyncClient) -> None:
    """So that a feed reader shows that a day has passed."""
    seen: list[set[str]] = []
    for day in ("2025-10-12", "2025-12-31"):
        feed = await answer(client, f"/v1/reports/due-dates?process=israel-hamas&on={day}&type=demand", "feed")
        seen.append(
            {
                item["id"]
                for item in feed.json()["items"]
                if item["title"].endswith("Hamas releases hostages within 72 hours")
            }
        )
    assert seen[0] and seen[1] and not seen[0] & seen[1]


# --- pictures


@pytest.mark.parametrize("address", [*(one.example for one in PICTURES.values()), *LARGE])
async def test_pictures_of_bundled_data(client: httpx.AsyncClient, address: str) -> None:
    """At three widths, all text is inside and large enough, and the address and revision are in the picture."""
    for width in (390, 640, 1280):
        got = await answer(client, f"{address}{'&' if '?' in address else '?'}width={width}", "svg")
        assert got.headers["content-type"] == "image/svg+xml"
        root = read_picture(got.text)
        text = "".join(words_of(root))
        assert f"revision {got.headers['parley-revision']} of" in text and address.partition("?")[0] in text


async def test_the_network_shows_the_numbers_of_its_rows(client: httpx.AsyncClient) -> None:
    address = f"{RUSSIA_UKRAINE}/network?on=2025-12-24"
    found = await report(client, address)
    words = words_of(read_picture((await answer(client, address, "svg")).text))
    names = {party["slug"]: party["name"] for party in found["parties"]}
    for row in found["data"]:
        # The numbers of a row are drawn before its names.
        mark = " *" if row["is_membership"] else ""
        place = words.index(f"{names[row['source']]} – {names[row['target']]}{mark}")
        shown = [str(row["agree"]), str(row["differ"]), f"{row['weight']:+.2f}".replace("-", "−")]
        assert words[place - 3 : place] == shown


async def test_the_timeline_shows_each_row(client: httpx.AsyncClient) -> None:
    address = f"{RUSSIA_UKRAINE}/timeline?on_from=2026-02&on_to=2026-02"
    found = await rows(client, address)
    root = read_picture((await answer(client, address, "svg")).text)
    text = "".join(words_of(root))
    counts = Counter(row["type"] for row in found)
    assert f"{len(found)} events from 4 February 2026 to 26 February 2026: " in str(root.findtext(f"{SVG}title"))
    assert all(f"{number} {kind}s" in str(root.findtext(f"{SVG}title")) for kind, number in counts.items())
    assert all(row["title"].replace(" ", "") in text.replace(" ", "") for row in found)


async def test_positions_show_the_counts_of_each_cell(client: httpx.AsyncClient) -> None:
    address = "/v1/reports/positions?process=russia-ukraine&on=2025-06-05"
    found = await rows(client, address)
    words = words_of(read_picture((await answer(client, f"{address}&width=1280", "svg")).text))
    shown = Counter(words)
    for key in ("asks", "offers"):
        total = sum(row["counts"][key] for row in found)
        # Each count stands in a line of its own cell, such as `asks 2, offers 1, firm`.
        parts = [part for line in words for part in line.split(", ") if part.startswith(f"{key} ")]
        assert sum(int(part.split(" ")[1]) for part in parts if part.split(" ")[1].isdigit()) == total
    silent = sum(row["counts"]["silent"] for row in found)
    assert silent == 1 and shown["silent 1"] == 1
    assert shown["rejects 10"] == sum(
        row["counts"]["rejected"] == 10 for row in found if row["lowest"] == row["highest"]
    )


async def test_continuity_shows_who_joined_and_left(client: httpx.AsyncClient) -> None:
    address = f"{RUSSIA_UKRAINE}/continuity?talk=istanbul-2025-05-16,istanbul-2025-06-02&announced=true&party=ukraine"
    [row] = await rows(client, address)
    root = read_picture((await answer(client, address, "svg")).text)
    words = Counter(words_of(root))
    assert root.findtext(f"{SVG}title") == "Talks of the kind “round”: Ukraine: 11 stayed, 2 joined, up to 1 left"
    assert (
        (words["stayed"], words["joined"], words["?"])
        == (len(row["kept"]), len(row["joined"]), len(row["left"]))
        == (11, 2, 1)
    )
    assert words["Yevhenii Ostrianskyi"] == 1


async def test_formats_of_a_report_are_documented_and_negotiated(client: httpx.AsyncClient) -> None:
    described = {row["path"]: row["formats"] for row in await rows(client, "/v1/reports")}
    assert described["/v1/processes/{key}/network"] == ["json", "csv", "ndjson", "parquet", "graphml", "svg"]
    assert described["/v1/reports/due-dates"] == ["json", "csv", "ndjson", "parquet", "ics", "atom", "feed", "rss"]
    address = f"{RUSSIA_UKRAINE}/network"
    got = await client.get(address, headers={"Accept": "image/svg+xml"})
    assert got.headers["content-type"] == "image/svg+xml" and "Accept" in got.headers["vary"]
    again = await client.get(address, headers={"Accept": "image/svg+xml", "If-None-Match": got.headers["etag"]})
    assert again.status_code == 304
    assert (await client.get(f"{address}?width=390")).headers["content-type"] == "image/svg+xml"
    assert (await client.get(f"{RUSSIA_UKRAINE}/silences", headers={"Accept": "image/svg+xml"})).status_code == 406


async def test_every_format_of_every_report_can_be_read(client: httpx.AsyncClient) -> None:
    """Also the ones that no other test asks for: a renamed column fails only in the format that reads it."""
    listed = await rows(client, "/v1/reports")
    asked = 0
    for row in listed:
        for name in row["formats"]:
            got = await client.get(with_format(row["example"], name))
            assert got.status_code == 200, (row["path"], name, got.text)
            media_type = "application/json" if name == "json" else FORMATS[name].media_type
            assert got.headers["content-type"].partition(";")[0] == media_type.partition(";")[0], (row["path"], name)
            asked += 1
    assert asked > 4 * len(listed) > 60


@pytest.mark.parametrize(
    ("address", "parameter", "hint"),
    [
        (f"{RUSSIA_UKRAINE}/silences?format=svg", "format", "csv, ndjson, parquet"),
        (f"{RUSSIA_UKRAINE}/network?format=ics", "format", "graphml, svg"),
        ("/v1/talks?format=svg", "format", "csv"),
        (f"{RUSSIA_UKRAINE}/network?width=390&format=csv", "width", "format=svg"),
        (f"{RUSSIA_UKRAINE}/network?width=10&format=svg", "width", "320"),
        (
            "/v1/reports/positions?process=russia-ukraine&slice=proposal&level=leaf&rows=all&format=svg",
            "format",
            "level=top",
        ),
    ],
)
async def test_what_cannot_be_drawn_is_an_error(
    client: httpx.AsyncClient, address: str, parameter: str, hint: str
) -> None:
    got = await client.get(address)
    assert got.status_code == 422, got.text
    [error] = got.json()["errors"]
    assert error["parameter"] == parameter and hint in f"{error['message']} {error.get('hint')}"


async def test_a_picture_of_an_empty_process_says_why(world_client: httpx.AsyncClient) -> None:
    body = {"slug": "nothing-yet", "title": "Nothing yet", "kind": "peace"}
    assert (await world_client.post("/v1/processes", json=body)).status_code == 201
    for path in PICTURES:
        if path.startswith("/demands"):
            continue
        address = f"/v1{path.replace('{key}', 'nothing-yet')}" + ("" if "{key}" in path else "?process=nothing-yet")
        root = read_picture((await answer(world_client, address, "svg")).text)
        assert "Nothing yet" in " ".join(words_of(root)), path
    calendar = await answer(world_client, "/v1/processes/nothing-yet/timeline", "ics")
    assert "No rows. The process has no talks\\, proposals" in calendar.text
    _, nodes, edges = await read_graph(world_client, "/v1/processes/nothing-yet/network")
    assert (nodes, edges) == ({}, [])
