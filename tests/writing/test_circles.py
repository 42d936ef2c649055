"""Nothing lies in itself, however long the way; the circle is named."""

from typing import Any

import pytest

from app.errors import ApiError
from tests.writing.conftest import Desk, small_world

OF: dict[str, tuple[str, dict[str, Any]]] = {
    "talks": ("parent", {"title": "T", "process": "russia-ukraine"}),
    "processes": ("parent", {"title": "P", "kind": "peace"}),
    "places": ("part_of", {"name": "P", "kind": "region"}),
    "sources": ("via", {"title": "S"}),
    "responses": ("reply_to", {"proposal": "memorandum", "responder": "ukraine", "stance": "rejected"}),
    "parties": ("splinter_of", {"name": "P", "kind": "armed_group"}),
}


async def test_a_circle_is_refused_among_stored_records(desk: Desk) -> None:
    await small_world(desk)
    for collection, (field, body) in OF.items():
        await desk.post(collection, slug="a", **body)
        await desk.post(collection, slug="b", **body, **{field: "a"})
        await desk.post(collection, slug="c", **body, **{field: "b"})
        with pytest.raises(ApiError) as caught:
            await desk.patch(collection, "a", {field: "c"})
        (violation,) = caught.value.violations
        assert violation.pointer == f"/{field}"
        assert "a → c → b → a" in violation.message


async def test_a_circle_is_refused_inside_a_batch(desk: Desk) -> None:
    await small_world(desk)
    for collection, (field, body) in OF.items():
        ring = [{"slug": "a", **body, field: "b"}, {"slug": "b", **body, field: "c"}, {"slug": "c", **body, field: "a"}]
        with pytest.raises(ApiError) as caught:
            await desk.batch(**{collection: ring})
        (violation,) = caught.value.violations
        assert "a → b → c → a" in violation.message


async def test_issues_do_not_lie_in_themselves(desk: Desk) -> None:
    await small_world(desk)
    with pytest.raises(ApiError) as caught:
        await desk.patch("issues", "TERR", {"broader": "terr.line"})
    assert "cycle: terr → terr-line → terr" in caught.value.violations[0].message


async def test_demands_do_not_depend_on_themselves_by_others(desk: Desk) -> None:
    await small_world(desk)
    await desk.post("demands", slug="a", proposal="memorandum", text="X")
    await desk.post("demands", slug="b", proposal="memorandum", text="X", depends_on=["a"])
    with pytest.raises(ApiError) as caught:
        await desk.patch("demands", "a", {"depends_on": ["b"]})
    assert caught.value.violations[0].pointer == "/depends_on"
    # Turned round in one write, there is no circle.
    await desk.batch(
        demands=[{"slug": "a", "proposal": "memorandum", "text": "X", "depends_on": ["b"]},
                 {"slug": "b", "proposal": "memorandum", "text": "X"}]
    )  # fmt: skip


async def test_parts_do_not_lie_in_themselves(desk: Desk) -> None:
    await small_world(desk)
    parts = [{"key": "a", "parent": "b"}, {"key": "b", "parent": "a"}]
    with pytest.raises(ApiError):
        await desk.post("proposals", title="P", process="russia-ukraine", kind="paper", parts=parts)
