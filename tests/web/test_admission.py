"""Each request has a class, each class its places: who waits, who is refused, and whose place comes back."""

import asyncio
from typing import Any

import pytest

from app.errors import ApiError
from app.web.places import Places, address_of
from app.web.request_classes import RULES, RequestClass, class_of
from tests.document import openapi_document
from tests.loops import nonempty


def scope(method: str, path: str, query: str = "", accept: str = "") -> dict[str, Any]:
    headers = [(b"accept", accept.encode())] if accept else []
    return {"method": method, "path": path, "query_string": query.encode(), "headers": headers}


def test_every_operation_has_a_rule_and_every_rule_an_operation() -> None:
    used = set()
    for template, methods in nonempty(openapi_document()["paths"].items()):
        if not template.startswith("/v1/"):
            assert class_of(scope("GET", template)) is None
            continue
        path = template.replace("{older}..{newer}", "2026.1..head").replace("{file}", "demands.csv")
        path = path.replace("{", "").replace("}", "")
        for method in methods:
            used |= {
                next(i for i, rule in enumerate(RULES) if method.upper() in rule.methods and rule.path.fullmatch(path))
            }
    assert used == set(range(len(RULES))), "a rule without an operation"


@pytest.mark.parametrize(
    ("method", "path", "query", "accept", "wanted"),
    [
        ("GET", "/v1/parties", "", "", RequestClass.LIST),
        ("GET", "/v1/parties", "kind=state&limit=500&sort=slug", "", RequestClass.LIST),
        ("GET", "/v1/parties", "q=peace", "", RequestClass.SEARCH),
        ("GET", "/v1/parties", "%71=peace", "", RequestClass.SEARCH),
        ("GET", "/v1/demands", "facets=state&limit=0", "", RequestClass.SEARCH),
        ("GET", "/v1/demands", "state.none=true", "", RequestClass.SEARCH),
        ("GET", "/v1/demands", "format=csv", "", RequestClass.EXPORT),
        ("GET", "/v1/demands", "format=csv&limit=10", "", RequestClass.LIST),
        ("GET", "/v1/demands", "", "application/x-ndjson", RequestClass.EXPORT),
        ("GET", "/v1/talks", "format=direct", "", RequestClass.LIST),
        ("GET", "/v1/demands/one", "include=state", "", RequestClass.LIST),
        ("GET", "/v1/demands/one/history", "", "", RequestClass.REPORT),
        ("GET", "/v1/processes/one/dossier", "", "", RequestClass.EXPORT),
        ("GET", "/v1/processes/one/gaps", "", "", RequestClass.REPORT),
        ("GET", "/v1/reports", "", "", RequestClass.LIST),
        ("GET", "/v1/reports/positions", "", "", RequestClass.REPORT),
        ("GET", "/v1/releases/2026.1..head", "", "", RequestClass.REPORT),
        ("GET", "/v1/search", "q=peace", "", RequestClass.SEARCH),
        ("GET", "/v1/changes", "after=3", "", RequestClass.LIST),
        ("GET", "/v1/changes", "wait=30", "", RequestClass.LONG),
        ("GET", "/v1/changes", "", "text/event-stream", RequestClass.LONG),
        ("POST", "/v1/parties/batch-get", "", "", RequestClass.LIST),
        ("POST", "/v1/imports", "", "", RequestClass.LONG),
        ("PATCH", "/v1/parties/one", "", "", RequestClass.WRITE),
        ("GET", "/v1/me", "", "", None),
        ("GET", "/healthz", "", "", None),
    ],
)
def test_the_class_follows_from_path_and_query(
    method: str, path: str, query: str, accept: str, wanted: RequestClass | None
) -> None:
    assert class_of(scope(method, path, query, accept)) is wanted


async def test_places_are_taken_waited_for_refused_and_given_back() -> None:
    places = Places("searches", 1, waiting=1, seconds=0.1)
    async with places.held("a"):
        waiting = asyncio.create_task(places.take("a"))
        await asyncio.sleep(0)
        with pytest.raises(ApiError) as refused:
            await places.take("b")  # the queue is full
        assert refused.value.headers == {"Retry-After": "1"}
        with pytest.raises(ApiError):
            await waiting  # the time is over
        waiting = asyncio.create_task(places.take("b"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        waiting = asyncio.create_task(places.take("b"))
        await asyncio.sleep(0)
    await waiting
    assert places.are_taken
    places.give_back("b")
    async with places.held("a"):
        pass
    assert not places._of_address


async def test_a_full_queue_names_the_time_in_which_it_empties() -> None:
    places = Places("searches", 1, waiting=3, seconds=60)

    async def retry_after() -> str:
        with pytest.raises(ApiError) as refused:
            await places.take("x")
        return str((refused.value.headers or {})["Retry-After"])

    await places.take("a")
    waiting = [asyncio.create_task(places.take("a")) for _ in range(3)]
    await asyncio.sleep(0)
    assert await retry_after() == "60"  # Nothing has ended yet.
    for _ in range(2):
        places.give_back("a")
        waiting.append(asyncio.create_task(places.take("a")))
        await asyncio.sleep(0)
    assert await retry_after() == "1"
    places._ends[0] -= 5
    assert int(await retry_after()) in range(10, 25)
    for _ in range(4):
        places.give_back("a")
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert not places._ends and not places._of_address


async def test_an_address_has_only_its_share() -> None:
    places = Places("exports", 4, per_address=2)
    async with places.held("a"), places.held("a"):
        with pytest.raises(ApiError, match="from your address"):
            await places.take("a")
        async with places.held("b"):
            pass


@pytest.mark.parametrize(
    ("client", "wanted"),
    [
        (("192.0.2.7", 80), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 80), "2001:db8:1:2::/64"),
        (("::ffff:192.0.2.7", 80), "192.0.2.7"),
        (("testclient", 80), "testclient"),
        (None, ""),
    ],
)
def test_the_addresses_of_one_customer_are_one(client: tuple[str, int] | None, wanted: str) -> None:
    assert address_of({"client": client}) == wanted
