"""What is worked out of a write before its turn: it holds when nobody touched what it leans on, and else nothing is written."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.writing.drafting import Drafting
from app.writing.intents import Intent, Mode
from app.writing.speculative import SpeculationError
from tests.writing.conftest import Desk, small_world

DEMAND: dict[str, Any] = {
    "slug": "d", "proposal": "memorandum", "part": "option-1", "text": "X", "addressees": ["ukraine"],
    "issues": ["TERR.LINE"],
}  # fmt: skip


def drafted(desk: Desk, collection: str = "demands", **body: Any) -> Drafting:
    return desk.writer.draft([Intent(collection, body, Mode.PUT, pointer="/1")])


async def touches_nothing(desk: Desk) -> None:
    pass


async def writes_elsewhere(desk: Desk) -> None:
    await desk.post("parties", slug="caria", name="Caria", kind="state")
    await desk.patch("people", "igor-kostyukov", {"notes": ["admiral"]})


@pytest.mark.parametrize("between", [touches_nothing, writes_elsewhere])
async def test_what_was_worked_out_is_written_as_it_would_have_been(
    desk: Desk, between: Callable[[Desk], Awaitable[None]]
) -> None:
    await small_world(desk)
    ahead, late = drafted(desk, **DEMAND), drafted(desk, **{**DEMAND, "slug": "e"})
    await desk.writer.prepare_speculatively(ahead)
    await between(desk)
    revision = await desk.one("SELECT revision FROM head")
    result = await desk.writer.merge(ahead, editor="test")
    assert (result.revision, result.record.action) == (revision + 1, "create")
    await desk.writer.merge(late, editor="test")
    one, other = await desk.ask(
        "SELECT proposal_id, account_id, part_id, position, text, sort_on, (SELECT array_agg((role, party_id) ORDER BY 1)"
        " FROM demand_party WHERE demand_id = d.id), rev_from FROM demand d ORDER BY slug"
    )
    assert one[:3] == other[:3] and one[4:7] == other[4:7]
    assert (one[3], other[3], one[7], other[7]) == (1, 2, revision + 1, revision + 2)


async def takes_the_slug(desk: Desk) -> None:
    await desk.post("demands", **DEMAND)


async def withdraws_the_party(desk: Desk) -> None:
    await desk.withdraw("parties", "ukraine")


async def renames_the_party(desk: Desk) -> None:
    await desk.patch("parties", "ukraine", {"slug": "ukraine-state"})


async def takes_the_place_in_the_order(desk: Desk) -> None:
    await desk.post("demands", **{**DEMAND, "slug": "another"})


async def writes_past_the_writer(desk: Desk) -> None:
    async with desk.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE part SET key = 'option-one' WHERE key = 'option-1'")


@pytest.mark.parametrize(
    "between",
    [
        takes_the_slug,
        withdraws_the_party,
        renames_the_party,
        takes_the_place_in_the_order,
        writes_past_the_writer,
    ],
)
async def test_nothing_is_written_when_somebody_changed_what_it_leans_on(
    desk: Desk, between: Callable[[Desk], Awaitable[None]]
) -> None:
    await small_world(desk)
    ahead = drafted(desk, **DEMAND)
    await desk.writer.prepare_speculatively(ahead)
    await between(desk)
    before = await desk.ask("SELECT revision, (SELECT count(*) FROM demand) FROM head")
    with pytest.raises(SpeculationError):
        await desk.writer.merge(ahead, editor="test")
    assert await desk.ask("SELECT revision, (SELECT count(*) FROM demand) FROM head") == before


async def test_a_change_of_what_somebody_changed_meanwhile_is_worked_out_anew(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("demands", **DEMAND)
    ahead = drafted(desk, **{**DEMAND, "text": "Y"})
    await desk.writer.prepare_speculatively(ahead)
    await desk.patch("demands", "d", {"number": "7"})
    with pytest.raises(SpeculationError):
        await desk.writer.merge(ahead, editor="test")
    await desk.writer.merge(drafted(desk, **{**DEMAND, "text": "Y"}), editor="test")
    assert await desk.ask("SELECT text, number, row_version FROM demand") == [("Y", None, 3)]


@pytest.mark.parametrize(
    "body",
    [{**DEMAND, "proposal": "not-there-yet"}, {**DEMAND, "addressees": ["nobody"]}, {**DEMAND, "part": "option-9"}],
)
async def test_what_leads_nowhere_yet_is_not_worked_out(desk: Desk, body: dict[str, Any]) -> None:
    await small_world(desk)
    with pytest.raises(SpeculationError):
        await desk.writer.prepare_speculatively(drafted(desk, **body))
