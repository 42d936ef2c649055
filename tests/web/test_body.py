"""What a write may send: every unreadable or unstorable body is a problem with the place of each fault."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.errors import ApiError
from app.web.json_body import parse_object

from .small_app import WRITER, Refusal


async def send(client: httpx.AsyncClient, content: bytes, media_type: str = "application/json") -> httpx.Response:
    headers = {"Content-Type": media_type, "Authorization": f"Bearer {WRITER}"}
    return await client.post("/v1/demands", content=content, headers=headers)


async def test_a_good_body_arrives_as_it_was_sent(client: httpx.AsyncClient) -> None:
    body = {"slug": "ünï😀", "demands": [{"title": "a", "claimants": ["x", {"value": 1.5}]}]}
    response = await send(client, json.dumps(body).encode(), "application/json; charset=UTF-8")
    assert response.status_code == 200 and response.json() == body


@pytest.mark.parametrize(
    ("content", "status", "place", "words"),
    [
        (b"", 400, "", "body is empty"),
        (b"{\n  'a': 1}", 400, "", "Line 2, column 3"),
        (b'{"a": 1,}', 400, "", "Line 1, column"),
        (b'\xef\xbb\xbf{"a": 1}', 400, "", "byte order mark"),
        (b'{"a": "\xff"}', 400, "", "not UTF-8"),
        (b'{"a": NaN}', 400, "/a", "NaN"),
        (b'{"a": [0, -Infinity]}', 400, "/a/1", "-Infinity"),
        (b'{"a": {"b/c": 1, "b/c": 2}}', 400, "/a/b~1c", "Duplicate"),
        (b'{"a": "x\\u0000"}', 422, "/a", "NUL"),
        (b'{"a\\u0000": 1}', 422, "/a\0", "NUL"),
        (b'{"a": ["\\ud800"]}', 400, "/a/0", "surrogate"),
        (b'{"\\udc00": 1}', 400, "/\udc00", "surrogate"),
        (b'{"a": 9223372036854775808}', 422, "/a", "64 bits"),
        (b'{"a": ' + b"9" * 9000 + b"}", 422, "/a", "64 bits"),
        (b'{"a": 1e400}', 422, "/a", "64-bit float"),
        (b"[1]", 422, "", "not a JSON object"),
        (b'"NaN"', 422, "", "not a JSON object"),
        (b'{"a": ' + b"[" * 4000, 400, "", "64 levels"),
        (b'{"a": "' + b'\\"[' * 3000 + b'"', 400, "", "Line 1"),
    ],
)
async def test_a_body_that_cannot_be_taken_is_refused_with_its_place(
    client: httpx.AsyncClient, content: bytes, status: int, place: str, words: str
) -> None:
    refusal = Refusal(await send(client, content), status)
    assert words in refusal.violations[place][0]


async def test_a_body_must_arrive_in_time(app: FastAPI, client: httpx.AsyncClient) -> None:
    async def dripping() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" "
            await asyncio.sleep(0.01)

    app.state.body_seconds = 0.05
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {WRITER}"}
    refusal = Refusal(await client.post("/v1/demands", content=dripping(), headers=headers), 408)
    assert "too slow" in refusal.body["detail"]


async def test_all_such_faults_come_at_once(client: httpx.AsyncClient) -> None:
    refusal = Refusal(await send(client, b'{"a": NaN, "b": "\\u0000", "c": [1e999], "a": 1}'), 400)
    assert [violation["pointer"] for violation in refusal.body["errors"]] == ["/a", "/b", "/c/0", "/a"]


@pytest.mark.parametrize("media_type", ["text/plain", "application/json; charset=latin-1", "", "application/jsonx"])
async def test_another_media_type_is_415(client: httpx.AsyncClient, media_type: str) -> None:
    assert Refusal(await send(client, b"{}", media_type), 415).headers["accept-post"] == "application/json"


async def test_a_body_too_large_is_413_whether_or_not_its_length_is_told(client: httpx.AsyncClient) -> None:
    Refusal(await send(client, b" " * 10_001), 413)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 1000

    headers = {"Content-Type": "application/json"}
    Refusal(await client.post("/v1/demands", content=chunks(), headers=headers), 413)


def test_numbers_up_to_64_bits_and_64_levels_are_taken() -> None:
    assert parse_object(b'{"a": -9223372036854775808, "b": 9223372036854775807}')
    assert parse_object(b'{"a":' * 64 + b"1" + b"}" * 64)
    with pytest.raises(ApiError):
        parse_object(b'{"a":' * 65 + b"1" + b"}" * 65)


async def test_faults_of_a_model_name_place_cause_and_remedy(client: httpx.AsyncClient) -> None:
    body = {
        "slug": 5,
        "demand": [],
        "demands": [
            {"titel": "x", "act": "demend"},
            {"title": "", "claimants": [7, {"valu": 1}, {"value": "much"}], "amount": {"kind": "rang"}},
            {"title": "t" * 21, "amount": {"kind": "range", "low": 1.5}, "is_mutual": "perhaps"},
        ],
        "notes": {"a/b": {"title": "y", "act": 3}},
    }
    violations = Refusal(await send(client, json.dumps(body).encode()), 422).violations
    assert violations["/slug"] == ("5 is not text", "Send text.")
    assert violations["/demand"][1] == "Did you mean `demands`? Fields here: slug, demands, notes."
    assert violations["/demands/0/title"] == ("This is required", "What is asked, in a few words.")
    assert "Did you mean `title`?" in str(violations["/demands/0/titel"][1])
    assert violations["/demands/0/act"][1] == "Did you mean `demand`? Allowed: demand, offer."
    assert violations["/demands/1/title"][0] == "The text is empty"
    assert violations["/demands/1/claimants/0"] == ("7 is not text or an object", "Send text or an object.")
    assert "`value`" in str(violations["/demands/1/claimants/1/valu"][1])
    assert violations["/demands/1/claimants/1/value"][0] == "This is required"
    assert violations["/demands/1/claimants/2/value"] == ("'much' is not a number", "Send a number.")
    assert "quantity" in str(violations["/demands/1/amount"][1])
    assert violations["/demands/2/title"] == ("The text has 21 characters", "At most 20 are allowed.")
    assert "whole number" in violations["/demands/2/amount/low"][0]
    assert violations["/demands/2/amount/high"][0] == "This is required"
    assert violations["/demands/2/is_mutual"][1] == "Send true or false."
    assert "Allowed: demand, offer." in str(violations["/notes/a~1b/act"][1])
    assert len(violations) == 16
