"""`.members` and `.blocs`: a member of a coalition counts for a record, and a coalition for the records of its members, only
while the membership may have lasted on the record's days.

Each party of a made-up bloc has another membership, and for each date there is a record of each kind of each party: what
a filter finds is compared with the days that are written below, counted in Python.
"""

from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.db.dates import parse_edtf
from app.runtime.bootstrap import engine_at, writer_over
from app.writing.intents import Intent, Mode
from app.writing.writer import Writer
from tests.conftest import Server, Templates, application

#: From and to, as they are stored.
MEMBERSHIPS: dict[str, tuple[str | None, str | None]] = {
    "always": (None, None),
    "left": (None, "2010-06-30"),
    "left-some-day-in-2010": (None, "2010"),
    "joined": ("2013-06-15", None),
    "joined-in-june": ("2013-06", None),
    "joined-and-stays": ("2013-06-15", ".."),
    "joined-before-2012": ("../2012", None),
    "for-a-while": ("2010-07-01", "2013-05-31"),
    "for-a-week": ("2013-06-14", "2013-06-20"),
}
#: The bloc itself, whose records always count, and a party that was never in it.
OTHERS = ("bloc", "stranger")
DATES = (
    None,
    "2009",
    "2010-06-30",
    "2010-07-01",
    "2010-12-31",
    "2012/2014",
    "2013-05-31",
    "2013",
    "2013-06-14",
    "2013-06-15",
    "2013-06",
    "2013-06-21",
    "2013-07~",
    "../2010-01",
    "2013-06-16/..",
    "201X",
)
#: The kinds of records, each with its filters.
FILTERS = (
    ("demands", "claimant.members"),
    ("demands", "addressee.members"),
    ("demands", "party.members"),
    ("responses", "responder.members"),
    ("proposals", "author.members"),
    ("proposals", "addressee.members"),
    ("agreements", "party.members"),
    ("talks", "party.members"),
    ("delegations", "party.members"),
    ("processes", "party.members"),
)


def expected(party: str, first: str | None, last: str | None) -> bool:
    """Whether a record of the party from the first to the last of two dates counts for the bloc."""
    if party not in MEMBERSHIPS:
        return party == "bloc"
    since, until = MEMBERSHIPS[party]
    begins = parse_edtf(first).earliest if first else None
    ends = parse_edtf(last).latest if last else None
    may_have_left = until is not None and begins is not None and begins > parse_edtf(until).latest
    may_have_come = since is not None and ends is not None and ends < parse_edtf(since).earliest
    return not may_have_left and not may_have_come


def named(party: str, date: str | None) -> str:
    return f"{party}-{DATES.index(date)}"


def bodies() -> dict[str, list[dict[str, Any]]]:
    members = [
        {"slug": name, "name": name, "kind": "state",
         "member_of": [{"party": "bloc", "valid_from": since, "valid_to": until}]}
        for name, (since, until) in MEMBERSHIPS.items()
    ]  # fmt: skip
    made: dict[str, list[dict[str, Any]]] = {
        "parties": [
            {"slug": "bloc", "name": "bloc", "kind": "coalition"},
            {"slug": "stranger", "name": "stranger", "kind": "state"},
            *members,
        ],
        "issues": [{"code": "TERR", "label": "Territory"}, {"code": "CEAS", "label": "Ceasefire"}],
        "processes": [{"slug": "all", "title": "All", "kind": "peace"}],
    }
    for name in ("talks", "proposals", "responses", "agreements"):
        made[name] = []
    for n, (party, date) in enumerate(product((*OTHERS, *MEMBERSHIPS), DATES)):
        slug = named(party, date)
        span = date if date and "/" not in date else None
        made["processes"].append(
            {"slug": slug, "title": slug, "kind": "peace", "started": span, "ended": span,
             "parties": [{"party": party, "role": "negotiating"}]}
        )  # fmt: skip
        # Dates of the day, of the document, and of the announcement, where the first is not known.
        is_first = n % 2 == 0
        made["talks"].append(
            {
                "slug": slug,
                "title": slug,
                "process": "all",
                "start": span,
                "delegations": [{"slug": slug, "party": party}],
            }
        )
        made["proposals"].append(
            {"slug": slug, "title": slug, "process": "all", "kind": "paper", "published_on": "2001",
             "tabled_on" if is_first else "document_date": date, "authors": [party], "addressees": [party],
             "demands": [{"slug": slug, "text": slug, "addressees": [party], "issues": ["TERR" if is_first else "CEAS"]}]}
        )  # fmt: skip
        made["responses"].append(
            {"slug": slug, "demand": slug, "responder": party, "stance": "accepted", "said_on": date}
        )
        made["agreements"].append(
            {"slug": slug, "title": slug, "process": "all", "kind": "partial", "parties": [party],
             "agreed_on" if is_first else "announced_on": date}
        )  # fmt: skip
    return made


async def write(writer: Writer, **records: list[dict[str, Any]]) -> None:
    intents = [
        Intent(collection, body, Mode.PUT, pointer=f"/{collection}/{n}")
        for collection, several in records.items()
        for n, body in enumerate(several)
    ]
    await writer.write(intents, editor="test")


@pytest.fixture(scope="module")
async def bloc_url(server: Server, templates: Templates) -> AsyncIterator[str]:
    async with server.cloned(templates.empty) as url:
        async with engine_at(url) as engine:
            await write(writer_over(engine), **bodies())
            async with engine.begin() as connection:
                await connection.execute(text("ANALYZE"))
        yield url


@pytest.fixture(scope="module")
async def bloc(bloc_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with application(bloc_url) as client:
        yield client


async def listed(client: httpx.AsyncClient, address: str) -> list[str]:
    """The slugs of all pages of a list, in its order."""
    found: list[str] = []
    cursor = ""
    while True:
        got = await client.get(f"{address}&fields=slug{cursor}")
        assert got.status_code == 200, got.text
        found += [row["slug"] for row in got.json()["data"]]
        if (following := got.json()["page"]["next"]) is None:
            return found
        cursor = f"&cursor={following}"


def counted(collection: str) -> set[str]:
    found = set()
    for party, date in product((*OTHERS, *MEMBERSHIPS), DATES):
        # Processes and talks have no intervals here; a process with neither date is open on both sides.
        span = date if collection not in ("processes", "talks", "delegations") or (date and "/" not in date) else None
        if expected(party, span, span):
            found.add(named(party, date))
    return found


@pytest.mark.parametrize(("collection", "name"), FILTERS)
async def test_members_count_while_they_belong(bloc: httpx.AsyncClient, collection: str, name: str) -> None:
    wanted = counted(collection)
    address = f"/v1/{collection}?{name}=bloc"
    assert set(await listed(bloc, f"{address}&limit=500&sort=slug")) == wanted
    # The same in the order of time, which another way through the indexes finds, and in pages of it.
    by_time = {"demands": "tabled_on", "responses": "said_on"}.get(collection, "slug")
    for sort in (by_time, f"-{by_time}"):
        whole = await listed(bloc, f"{address}&limit=500&sort={sort}")
        assert set(whole) == wanted and len(whole) == len(wanted)
        assert await listed(bloc, f"{address}&limit=7&sort={sort}") == whole
        streamed = (await bloc.get(f"{address}&sort={sort}&fields=slug&format=ndjson")).text.splitlines()
        assert [line.split('"')[3] for line in streamed] == whole
    page = (await bloc.get(f"{address}&limit=1&count=exact&facets=review")).json()
    assert page["page"]["count"]["value"] == page["facets"]["review"]["values"][0]["count"] == len(wanted)
    # Who is tied to the record by itself counts whatever the day.
    plain = set(await listed(bloc, f"/v1/{collection}?{name.removesuffix('.members')}=joined&limit=500"))
    assert plain >= {named("joined", date) for date in DATES}


def counted_upwards(collection: str, party: str) -> set[str]:
    """The records of the party and of the bloc while the party may have been in it."""
    found = set()
    for date in DATES:
        span = date if collection not in ("processes", "talks", "delegations") or (date and "/" not in date) else None
        found.add(named(party, date))
        if expected(party, span, span):
            found.add(named("bloc", date))
    return found


@pytest.mark.parametrize(("collection", "name"), FILTERS)
async def test_a_bloc_counts_for_its_members_while_they_belong(
    bloc: httpx.AsyncClient, collection: str, name: str
) -> None:
    by_time = {"demands": "tabled_on", "responses": "said_on"}.get(collection, "slug")
    address = f"/v1/{collection}?{name.replace('.members', '.blocs')}="
    for party in MEMBERSHIPS:
        wanted = counted_upwards(collection, party)
        assert set(await listed(bloc, f"{address}{party}&limit=500&sort=slug")) == wanted
        whole = await listed(bloc, f"{address}{party}&limit=500&sort=-{by_time}")
        assert set(whole) == wanted and len(whole) == len(wanted)
        assert await listed(bloc, f"{address}{party}&limit=7&sort=-{by_time}") == whole
    several = await listed(bloc, f"{address}left,for-a-week&limit=500")
    assert set(several) == counted_upwards(collection, "left") | counted_upwards(collection, "for-a-week")
    for party in OTHERS:
        plain = await listed(bloc, f"/v1/{collection}?{name.removesuffix('.members')}={party}&limit=500&sort=slug")
        assert await listed(bloc, f"{address}{party}&limit=500&sort=slug") == plain
    unknown = await bloc.get(f"{address}nobody")
    assert unknown.status_code == 422 and "nobody" in unknown.json()["errors"][0]["message"]


async def test_a_second_filter_asks_the_same(bloc: httpx.AsyncClient) -> None:
    """Two filters with indexes in the order of time lead in turns; whichever does, the day is looked at."""
    wanted = counted("demands")
    issue = {
        code: set(await listed(bloc, f"/v1/demands?issue={code}&limit=500&sort=slug")) for code in ("TERR", "CEAS")
    }
    for code, of_issue in issue.items():
        for name in ("claimant.members", "addressee.members", "party.members"):
            found = await listed(bloc, f"/v1/demands?issue={code}&{name}=bloc&limit=10")
            assert set(found) == wanted & of_issue and len(found) == len(set(found))
        upwards = await listed(bloc, f"/v1/demands?issue={code}&claimant.blocs=for-a-while&limit=10")
        assert set(upwards) == counted_upwards("demands", "for-a-while") & of_issue
    both = await listed(bloc, "/v1/demands?issue=TERR,CEAS&claimant.members=bloc&addressee.members=bloc&limit=10")
    assert set(both) == wanted and len(both) == len(wanted)


async def test_days_of_talks_and_processes(server: Server, templates: Templates) -> None:
    """A talk lasts to its end, and where that is unknown no longer than it began; a process without an end goes on."""
    async with server.cloned(templates.empty) as url:
        async with engine_at(url) as engine:
            await write(
                writer_over(engine),
                parties=[
                    {"slug": "bloc", "name": "Bloc", "kind": "coalition"},
                    {"slug": "late", "name": "Late", "kind": "state",
                     "member_of": [{"party": "bloc", "valid_from": "2015-02"}]},
                ],
                processes=[
                    {"slug": f"process-{end}", "title": "P", "kind": "peace", "started": "2014", "ended": ended,
                     "parties": [{"party": "late", "role": "negotiating"}]}
                    for end, ended in (("open", None), ("before", "2015-01"), ("after", "2015"))
                ],
                talks=[
                    {"slug": f"talk-{end}", "title": "T", "process": "process-open", "start": "2014-12-01", "end": day,
                     "delegations": [{"slug": f"delegation-{end}", "party": "late"}]}
                    for end, day in (
                        ("unknown", None), ("before", "2015-01-31"), ("after", "2015-02-01"), ("going-on", ".."),
                    )
                ],
            )  # fmt: skip
        async with application(url) as client:
            assert set(await listed(client, "/v1/processes?party.members=bloc")) == {"process-open", "process-after"}
            assert set(await listed(client, "/v1/talks?party.members=bloc")) == {"talk-after", "talk-going-on"}
            delegations = await listed(client, "/v1/delegations?party.members=bloc")
            assert set(delegations) == {"delegation-after", "delegation-going-on"}
            # Parties and people have no day: whoever ever belonged to it is found.
            assert await listed(client, "/v1/parties?party.members=bloc&sort=slug") == ["bloc", "late"]
            assert await listed(client, "/v1/parties?party.blocs=late&sort=slug") == ["bloc", "late"]
            assert await listed(client, "/v1/parties?party.blocs=bloc&sort=slug") == ["bloc"]


async def test_both_clocks(server: Server, templates: Templates, bloc_url: str) -> None:
    """What is known on a day counts by the same rule, and an earlier revision by the memberships that it had."""
    wanted = counted("demands")
    async with application(bloc_url) as client:
        head = (await client.get("/v1/demands?limit=1")).headers["Parley-Revision"]
        for sort in ("slug", "tabled_on", "-tabled_on"):
            for clock in ("known_by=2020", f"as_of={head}", f"as_of={head}&known_by=2020"):
                address = f"/v1/demands?party.members=bloc&{clock}&sort={sort}&limit=500"
                assert set(await listed(client, address)) == wanted, (clock, sort)
                address = f"/v1/demands?party.blocs=joined&{clock}&sort={sort}&limit=500"
                assert set(await listed(client, address)) == counted_upwards("demands", "joined"), (clock, sort)
        assert await listed(client, "/v1/demands?party.members=bloc&known_by=1999") == []
    async with server.cloned(templates.empty) as url:
        party: dict[str, Any] = {"slug": "late", "name": "Late", "kind": "state"}
        async with engine_at(url) as engine:
            writer = writer_over(engine)
            await write(
                writer,
                parties=[{"slug": "bloc", "name": "Bloc", "kind": "coalition"}, party],
                processes=[{"slug": "process", "title": "P", "kind": "peace"}],
                proposals=[
                    {"slug": "paper", "title": "Paper", "process": "process", "kind": "paper", "tabled_on": "2013",
                     "authors": ["late"], "demands": [{"slug": "demand", "text": "One"}]}
                ],
            )  # fmt: skip
            for since in ("2013-12", "2014"):
                await write(writer, parties=[{**party, "member_of": [{"party": "bloc", "valid_from": since}]}])
        async with application(url) as client:
            for revision, found in ((1, []), (2, ["demand"]), (3, [])):
                for sort in ("slug", "-tabled_on"):
                    address = f"/v1/demands?claimant.members=bloc&sort={sort}&as_of={revision}"
                    assert await listed(client, address) == found, (revision, sort)
