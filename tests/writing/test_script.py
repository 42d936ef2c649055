"""A script that knows only slugs writes a negotiation, step by step, and again."""

from tests.writing.conftest import Desk


async def test_a_script_posts_a_negotiation_with_slugs_alone(desk: Desk) -> None:
    await desk.post("processes", slug="russia-ukraine", title="Russia–Ukraine settlement", kind="peace")
    await desk.post("parties", name="Russia", kind="state")
    await desk.post("parties", name="Україна", slug="ukraine", kind="state")
    talk = await desk.post(
        "talks",
        title="Istanbul talks of 2 June 2025",
        process="russia-ukraine",
        start="2025-06-02",
        delegations=[
            {"party": "russia", "roles": ["negotiating"]},
            {"party": "ukraine", "roles": ["negotiating"], "size": 14},
        ],
    )
    assert talk.record.slug == "istanbul-talks-of-2-june-2025"
    assert [other.slug for other in talk.others] == [
        "istanbul-talks-of-2-june-2025-russia",
        "istanbul-talks-of-2-june-2025-ukraine",
    ]
    proposal = await desk.post(
        "proposals",
        slug="memorandum",
        title="Memorandum",
        process="russia-ukraine",
        talk=talk.record.slug,
        kind="memorandum",
        tabled_on="2025-06-02",
        authors=["russia"],
        parts=[{"key": "option-1", "kind": "option", "alternative_group": "frameworks"},
               {"key": "option-2", "kind": "option", "alternative_group": "frameworks"}],
        demands=[
            {"number": "1.1", "part": "option-1", "text": "Withdraw", "addressees": ["ukraine"]},
            {"number": "2.1", "part": "option-2", "text": "Demobilise", "addressees": ["ukraine"],
             "depends_on": ["memorandum-2-2"],
             "timing": {"relation": "duration_from_trigger", "duration_min": "P30D", "duration_max": "P30D",
                        "trigger": {"demand": "memorandum-1-1", "edge": "start", "on": "2025-06-02"}}},
            {"number": "2.2", "part": "option-2", "text": "Elections", "addressees": ["ukraine"]},
        ],
    )  # fmt: skip
    assert [other.slug for other in proposal.others] == ["memorandum-1-1", "memorandum-2-1", "memorandum-2-2"]
    response = await desk.post(
        "responses", demand="memorandum-1-1", responder="ukraine", stance="no_comment", said_on="2025-06-02"
    )
    assert response.record.slug == "memorandum-1-1-ukraine-no-comment"
    assert response.revision == 6
    assert await desk.ask(
        "SELECT d.slug, a.slug, p.key, d.position, d.sort_on::text, d.is_reference, c.slug FROM demand d"
        " JOIN account a ON a.id = d.account_id JOIN part p ON p.id = d.part_id"
        " JOIN demand_party l ON l.demand_id = d.id AND l.role = 'claimant' JOIN party c ON c.id = l.party_id"
        " ORDER BY d.position"
    ) == [
        ("memorandum-1-1", "memorandum-text", "option-1", 1, "2025-06-02", True, "russia"),
        ("memorandum-2-1", "memorandum-text", "option-2", 2, "2025-06-02", True, "russia"),
        ("memorandum-2-2", "memorandum-text", "option-2", 3, "2025-06-02", True, "russia"),
    ]
    assert await desk.one("SELECT timing->'resolved_on'->>'date' FROM demand WHERE number = '2.1'") == "2025-07-02"
    assert await desk.one("SELECT count(*) FROM response WHERE process_id IS NOT NULL AND demand_id IS NOT NULL") == 1
    assert await desk.ask("SELECT revision FROM head") == [(6,)]


async def test_a_put_that_changes_nothing_makes_no_revision(desk: Desk) -> None:
    await desk.post("processes", slug="p", title="P", kind="peace")
    await desk.post("parties", slug="russia", name="Russia", kind="state", names=[{"text": "Россия", "lang": "ru"}])
    body = {
        "title": "Round 2",
        "process": "p",
        "start": "2025-06~",
        "delegations": [{"party": "russia", "roles": ["negotiating"]}],
        "outcomes": [{"kind": "agreement", "text": "An exchange", "quantities": [{"value": 1000, "by": "russia"}]}],
        "external_ids": [{"scheme": "wikidata", "value": "Q1"}],
        "citations": [],
    }
    first = await desk.put("talks", "round-2", **body)
    assert (first.revision, first.record.action) == (3, "create")
    again = await desk.put("talks", "round-2", **body)
    assert (again.revision, again.record.action, again.has_changed) == (None, None, False)
    assert again.record.id == first.record.id
    changed = await desk.put("talks", "round-2", **{**body, "title": "Round two"})
    assert (changed.revision, changed.record.action, changed.record.row_version) == (4, "change", 2)
    assert [other.action for other in changed.others] == [None]
    fewer = await desk.put("talks", "round-2", **{**body, "title": "Round two", "outcomes": []})
    assert fewer.record.row_version == 3
    assert await desk.one("SELECT count(*) FROM talk_outcome") == 0
    assert await desk.ask("SELECT slug, action FROM revision_change WHERE revision = 5") == [("round-2", "change")]
