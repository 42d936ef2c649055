"""Patches, renames, withdrawals: what becomes of a record that is stored."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.errors import ApiError, ProblemType
from app.writing.intents import WriteResult
from app.writing.stored_bodies import bodies_of
from tests.writing.conftest import Desk, small_world


async def test_a_patch_changes_what_it_names_and_nothing_else(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("demands", slug="d", proposal="memorandum", part="option-1", number="1.1", text="X",
                    issues=["TERR.LINE", "TERR"], addressees=["ukraine"],
                    quantities=[{"value": 1, "by": "wikidata:Q212"}],
                    citations=[{"source": "moscow-times", "quote": "words"}])  # fmt: skip
    before = await desk.ask("SELECT * FROM demand")
    same = await desk.patch("demands", "d", {"number": "1.1"})
    assert same.revision is None
    assert await desk.ask("SELECT * FROM demand") == before
    result = await desk.patch("demands", "d", {"text": "Y", "number": None, "issues": ["terr"]})
    assert (result.record.action, result.record.row_version, len(result.others)) == ("change", 2, 0)
    assert await desk.ask(
        "SELECT d.text, d.number, p.key, d.quantities->0->>'by', i.code, l.is_primary FROM demand d"
        " JOIN part p ON p.id = d.part_id JOIN demand_issue l ON l.demand_id = d.id JOIN issue i ON i.id = l.issue_id"
    ) == [("Y", None, "option-1", "ukraine", "TERR", True)]
    assert await desk.one("SELECT count(*) FROM citation WHERE withdrawn_at IS NULL") == 1


async def test_null_for_a_required_field_is_a_fault(desk: Desk) -> None:
    await small_world(desk)
    with pytest.raises(ApiError) as caught:
        await desk.patch("talks", "istanbul", {"title": None, "tilte": "X"})
    assert {violation.pointer for violation in caught.value.violations} == {"/title", "/tilte"}


async def test_another_version_is_a_failed_precondition(desk: Desk) -> None:
    await small_world(desk)
    assert (await desk.patch("talks", "istanbul", {"ordinal": 2}, if_match=frozenset({1}))).record.row_version == 2
    for call in (
        desk.patch("talks", "istanbul", {"ordinal": 3}, if_match=frozenset({1})),
        desk.withdraw("talks", "istanbul", if_match=frozenset({1})),
    ):
        with pytest.raises(ApiError) as caught:
            await call
        assert caught.value.kind is ProblemType.PRECONDITION


async def test_a_renamed_record_is_found_by_its_old_slug(desk: Desk) -> None:
    await small_world(desk)
    result = await desk.patch("parties", "ukraine", {"slug": "ukraine-state"})
    assert (result.record.slug, result.record.was) == ("ukraine-state", "ukraine")
    assert await desk.ask("SELECT slug FROM party ORDER BY slug") == [("russia",), ("ukraine-state",)]
    assert await desk.ask("SELECT collection, slug FROM slug_alias") == [("parties", "ukraine")]
    made = await desk.post("delegations", talk="istanbul", party="ukraine")
    assert await desk.one("SELECT party.slug FROM party JOIN delegation ON party.id = party_id") == "ukraine-state"
    assert made.record.slug == "istanbul-ukraine"
    with pytest.raises(ApiError) as caught:
        await desk.put("parties", "ukraine", name="Ukraine", kind="state")
    assert caught.value.violations[0].hint == "Use 'ukraine-state'."
    with pytest.raises(ApiError) as caught:
        await desk.patch("parties", "ukraine-state", {"slug": "russia"})
    assert caught.value.kind is ProblemType.CONFLICT
    await desk.patch("parties", "ukraine", {"slug": "ukraine"})
    assert await desk.ask("SELECT slug FROM slug_alias") == [("ukraine-state",)]


async def test_a_withdrawn_record_stays_with_its_reason_and_takes_no_writes(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("demands", slug="d", proposal="memorandum", text="X")
    result = await desk.withdraw("proposals", "memorandum", "entered twice")
    assert (result.record.action, [other.slug for other in result.others]) == ("withdraw", ["d"])
    assert await desk.ask("SELECT withdrawn_reason, row_version FROM proposal") == [("entered twice", 2)]
    assert await desk.ask("SELECT slug, action FROM revision_change WHERE revision = 3 ORDER BY 1") == [
        ("d", "withdraw"), ("memorandum", "withdraw")
    ]  # fmt: skip
    for call in (
        desk.withdraw("proposals", "memorandum"),
        desk.patch("proposals", "memorandum", {"title": "Y"}),
        desk.put("proposals", "memorandum", title="Y", process="russia-ukraine", kind="paper"),
    ):
        with pytest.raises(ApiError) as caught:
            await call
        assert caught.value.kind is ProblemType.GONE
        assert "entered twice" in caught.value.violations[0].message


async def test_citations_follow_the_list_of_their_record_if_it_is_given(desk: Desk) -> None:
    await small_world(desk)
    talk = {"title": "Istanbul talks", "process": "russia-ukraine"}
    one = {
        "source": "moscow-times",
        "field": "/duration_minutes",
        "verdict": "contradicts",
        "asserted_value": 40,
    }
    first = await desk.put("talks", "istanbul", **talk, citations=[one, {"source": "moscow-times"}])
    assert [other.slug for other in first.others] == [
        "istanbul-per-moscow-times",
        "istanbul-per-moscow-times-2",
    ]
    assert await desk.ask("SELECT key FROM citation ORDER BY 1") == [
        ("moscow-times",), ("moscow-times:duration_minutes:contradicts",)
    ]  # fmt: skip
    assert (await desk.put("talks", "istanbul", **talk)).revision is None
    less = await desk.put("talks", "istanbul", **talk, citations=[one])
    assert [other.action for other in less.others] == [None, "withdraw"]
    back = await desk.put("talks", "istanbul", **talk, citations=[one, {"source": "moscow-times"}])
    assert [other.action for other in back.others] == [None, "change"]
    assert await desk.one("SELECT count(*) FROM citation WHERE withdrawn_at IS NULL") == 2


async def test_a_withdrawn_citation_is_gone_until_its_record_contains_it_again(desk: Desk) -> None:
    await small_world(desk)
    talk = {"title": "Istanbul talks", "process": "russia-ukraine"}
    cited = {"slug": "cited", "source": "moscow-times"}
    await desk.put("talks", "istanbul", **talk, citations=[cited])
    await desk.withdraw("citations", "cited")
    alone = {"source": "moscow-times", "target": "talks/istanbul"}
    writes: list[Callable[[], Awaitable[WriteResult]]] = [
        lambda: desk.patch("citations", "cited", {"note": "seen"}),
        lambda: desk.put("citations", "cited", **alone),
        lambda: desk.withdraw("citations", "cited", "twice"),
    ]
    for write in writes:
        with pytest.raises(ApiError) as refused:
            await write()
        assert refused.value.kind is ProblemType.GONE
    assert await desk.ask("SELECT withdrawn_reason FROM citation") == [("wrong",)]
    await desk.put("talks", "istanbul", **talk, citations=[cited])
    assert await desk.ask("SELECT withdrawn_reason FROM citation") == [(None,)]


async def test_two_citations_of_one_request_with_one_key_are_told_apart_from_a_stored_one(desk: Desk) -> None:
    await small_world(desk)
    talk = {"title": "T", "process": "russia-ukraine", "slug": "talk"}
    with pytest.raises(ApiError) as refused:
        await desk.post("talks", **talk, citations=[{"source": "moscow-times", "key": "k"}] * 2)
    (violation,) = refused.value.violations
    assert violation.pointer == "/citations/1"
    assert violation.message == "Another citation of this request already has this target and key"


async def test_a_citation_without_a_slug_is_the_stored_one_of_its_key(desk: Desk) -> None:
    await small_world(desk)
    talk = {"title": "Istanbul talks", "process": "russia-ukraine"}
    base = "istanbul-per-moscow-times"
    whole, day, end, title = [
        {"source": "moscow-times", **more} for more in ({}, {"field": "/start"}, {"field": "/end"}, {"field": "/title"})
    ]
    await desk.put("talks", "istanbul", **talk, citations=[whole, day, end])
    cited = "SELECT slug, field FROM citation WHERE withdrawn_at IS NULL ORDER BY key"
    stored = [(base, None), (f"{base}-3", "/end"), (f"{base}-2", "/start")]
    assert await desk.ask(cited) == stored
    for several in ([end, whole, day], [day, end, whole]):
        assert (await desk.put("talks", "istanbul", **talk, citations=several)).revision is None
        assert (await desk.patch("talks", "istanbul", {"citations": several})).revision is None
    # Whichever is taken out, the others stay those that they are; a new one gets a new slug, wherever it stands.
    for gone in (whole, day, end):
        rest = [one for one in (whole, day, end) if one is not gone]
        left = await desk.put("talks", "istanbul", **talk, citations=rest)
        assert [other.action for other in left.others] == [None, None, "withdraw"]
        back = await desk.patch("talks", "istanbul", {"citations": [*rest[::-1], gone]})
        assert [other.action for other in back.others] == [None, None, "change"]
        assert await desk.ask(cited) == stored
    more = await desk.put("talks", "istanbul", **talk, citations=[day, title, end])
    assert [(other.slug, other.action) for other in more.others] == [
        (f"{base}-2", None), (f"{base}-4", "create"), (f"{base}-3", None), (base, "withdraw")
    ]  # fmt: skip
    # One that is named by its slug may give its key away in the same write.
    await desk.put("talks", "istanbul", **talk, citations=[{**whole, "slug": base, "field": "/summary"}, whole])
    assert await desk.ask(cited) == [(f"{base}-5", None), (base, "/summary")]


async def test_a_body_read_back_changes_nothing(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("demands", slug="d", proposal="memorandum", part="option-1", number="1.1", text="X", claimants=[],
                    issues=["TERR.LINE", "TERR"], addressees=["ukraine"],
                    quantities=[{"value": 1, "by": "wikidata:Q212"}],
                    timing={"relation": "by_date", "at": "2025-08"},
                    citations=[{"source": "moscow-times"}])  # fmt: skip
    await desk.post("responses", account="memorandum-text", part="option-2", responder="ukraine", stance="rejected")
    await desk.post("assessments", kind="claim", text="Words said", about=["demands/d", "parties/ukraine"])
    await desk.post("places", slug="dolmabahce", name="Dolmabahçe", kind="venue", lon=29.000372, lat=41.0391,
                    names=[{"text": "Dolmabahçe Sarayı", "lang": "tr"}])  # fmt: skip
    await desk.post("parties", slug="coalition", name="Both", kind="coalition")
    await desk.patch(
        "parties", "ukraine", {"member_of": [{"party": "coalition", "valid_from": "2022"}], "countries": ["UA"]}
    )
    await desk.put("talks", "istanbul", title="Istanbul talks", process="russia-ukraine", start="2025-06-02",
                   place="dolmabahce", notes=["A note."],
                   caveats=[{"field": "start", "basis": "inferred"}], coded_from={"kind": "round"},
                   deadlines=[{"on": "2025-06-09", "set_by": "russia"}],
                   outcomes=[{"kind": "agreement", "text": "An exchange"}, {"kind": "agreement", "text": "Bodies"},
                             {"kind": "proposal_made", "party": "russia", "proposal": "memorandum", "text": "Text"}],
                   delegations=[{"party": "russia", "members": [{"person": "igor-kostyukov", "valid_from": "2025"},
                                                                {"person": "vladimir-medinsky", "function": "head"}]}],
                   external_ids=[{"scheme": "mend", "value": "7", "valid_from": "2025"}])  # fmt: skip
    await desk.post("agreements", title="Exchange", process="russia-ukraine", kind="prisoner_exchange",
                    agreed_on="2025-06-02", until="2025-07~",
                    deadlines=[{"on": "2025-06-09"}, {"on": "2025-07~", "replaces": "deadline-2025-06-09"}],
                    proposals=["memorandum"], parties=["russia", "ukraine"], issues=[{"issue": "TERR", "intensity": 0}],
                    signatures=[{"party": "russia", "person": "vladimir-medinsky", "on": "2025-06-02"}])  # fmt: skip
    await desk.patch("processes", "russia-ukraine", {"parties": [{"party": "ukraine", "role": "negotiating"}]})
    await desk.patch(
        "people", "igor-kostyukov", {"party": "russia", "posts": [{"title": "Admiral", "party": "russia"}]}
    )
    stored: dict[str, list[dict[str, Any]]] = {}
    async with desk.writer.transaction("test", None, None) as batch:
        for kind in desk.writer.kinds.values():
            ids = [row[0] for row in await desk.ask(f"SELECT id FROM {kind.singular}")]
            stored[kind.collection] = await bodies_of(
                batch.select, desk.writer.kinds, kind, ids, with_citations=kind.collection != "citations"
            )
    for collection, bodies in stored.items():
        for body in bodies:
            result = await desk.put(collection, **body)
            assert (body, result.revision) == (body, None)
    assert {collection for collection, bodies in stored.items() if bodies} >= {"demands", "responses", "citations"}
