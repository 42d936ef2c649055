"""Every way to fail ends in one shape: RFC 9457, with a `type` that is a page."""

from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.errors import ProblemType, quoted
from tests.document import resolved

from .small_app import Refusal


async def test_query_parameters_get_the_nearest_name_and_value(client: httpx.AsyncClient) -> None:
    address = "/v1/demands?limt=5&limit=900&act=offr&act=offer&account=referense&party.al=x"
    violations = Refusal(await client.get(address), 422).violations
    assert str(violations["limt"][1]).startswith("Did you mean `limit`? Parameters here: limit, act, account")
    assert str(violations["party.al"][1]).startswith("Did you mean `party.all`?")
    assert violations["limit"] == ("'900' is out of range", "It must be at most 500.")
    assert violations["act"][1] == "Did you mean `offer`? Allowed: demand, offer."
    assert violations["account"][1] == "Did you mean `reference`? Allowed: reference, all."


async def test_a_scalar_parameter_given_twice_is_refused_and_a_list_is_not(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/demands?act=offer&act=demand&party.all=a&party.all=b")).status_code == 200
    violations = Refusal(await client.get("/v1/demands?limit=5&limit=6&q=a"), 422).violations
    assert violations == {"limit": ("Sent 2 times, but it takes one value", "Send it once.")}
    both = Refusal(await client.get("/v1/demands/7?limit=1&limit=2"), 422).violations
    assert both == {"limit": ("Unknown parameter 'limit'", "This path takes no query parameters.")}


async def test_an_unknown_path_is_404_with_the_nearest_one(client: httpx.AsyncClient) -> None:
    refusal = Refusal(await client.get("/v1/demand?x=1"), 404)
    assert refusal.body["detail"] == "Not found: /v1/demand. Did you mean /v1/demands?"
    assert refusal.body["instance"] == "/v1/demand"
    assert "/docs" in Refusal(await client.get("/%E2%82%AC/zzzzzzzz/qqqqqq"), 404).body["detail"]
    Refusal(await client.get("/problems/none"), 404)
    Refusal(await client.get("/static/../errors.py"), 404)


async def test_a_method_that_is_not_known_is_405_and_allow_lists_all_routes(
    client: httpx.AsyncClient,
) -> None:
    assert Refusal(await client.put("/v1/demands"), 405).headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert Refusal(await client.post("/v1/demands/3"), 405).headers["allow"] == "DELETE, GET, HEAD, OPTIONS"


async def test_a_refusal_keeps_its_faults_and_headers(client: httpx.AsyncClient) -> None:
    refusal = Refusal(await client.get("/v1/refused"), 409)
    assert refusal.violations == {"/a~1b": ("Taken", None)}
    assert refusal.headers["retry-after"] == "3"


async def test_a_failure_says_nothing_of_the_inside_and_is_logged(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = await client.get("/v1/broken")
    refusal = Refusal(response, 500)
    assert "hunter2" not in response.text and "Traceback" not in response.text
    assert refusal.headers["x-request-id"] in refusal.body["detail"]
    assert "hunter2" in caplog.text
    assert refusal.headers["access-control-allow-origin"] == "*"


async def test_the_type_of_every_problem_is_a_page(client: httpx.AsyncClient) -> None:
    for kind in ProblemType:
        said = (await client.get(f"/problems/{kind.slug}")).json()
        assert (said["status"], said["example"]["type"]) == (kind.status, f"/problems/{kind.slug}")
        page = await client.get(f"/problems/{kind.slug}", headers={"Accept": "text/html"})
        assert page.status_code == 200 and "<h1>" in page.text
    assert len((await client.get("/problems")).json()["data"]) == len(ProblemType)


def test_the_document_promises_problems_and_nothing_of_fastapi(app: FastAPI) -> None:
    document = app.openapi()
    assert document["openapi"].startswith("3.1")
    assert {"Problem", "ProblemError"} <= document["components"]["schemas"].keys()
    assert "HTTPValidationError" not in str(document)
    for path in document["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                assert status < "400" or list(resolved(document, answer)["content"]) == ["application/problem+json"]
    declared = [resolved(document, part) for part in document["paths"]["/v1/demands"]["get"]["parameters"]]
    assert {"type": "string"} in [part["schema"] for part in declared if part["name"] == "q"]
    assert document["paths"]["/v1/demands"]["get"]["security"] == []
    assert document["paths"]["/v1/demands"]["post"]["security"] == [{"bearer": []}, {"header": []}]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("kyiv", "'kyiv'"),
        ("Sana'a", "'Sana'a'"),
        ('a "b"', "'a \"b\"'"),
        (r"\d+", r"'\d+'"),
        ("Київ", "'Київ'"),
        ("a\nb\x00", r"'a\nb\x00'"),
        ("1\u00a0000", r"'1\xa0000'"),
        ("می\u200cخواهم", "'می\u200cخواهم'"),
        ("\ud800", r"'\ud800'"),
        ("x" * 200, f"'{'x' * 200}'"),
        ("x" * 201, f"'{'x' * 199}…'"),
        (5, "5"),
        (0.5, "0.5"),
        (True, "true"),
        (None, "null"),
        (["a"], "a list"),
        ({"a": 1}, "an object"),
        (date(2025, 6, 2), "'2025-06-02'"),
    ],
)
def test_messages_show_values_in_one_way(value: Any, shown: str) -> None:
    assert quoted(value) == shown


def test_a_message_cuts_a_long_value() -> None:
    assert quoted("abcdef", 4) == "'abc…'"
