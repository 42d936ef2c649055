"""What holds for every request and every answer."""

import asyncio
import logging

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.types import Message, Scope

from app.web.access_log import log_line, mask_secrets
from app.web.html import wants_html
from app.web.middleware import RequestMiddleware

from .small_app import READER, WRITER, Refusal, make_app


async def raw_get(app: FastAPI, path: bytes, query: bytes = b"") -> tuple[int, bytes]:
    """Ask with bytes that no client would send."""
    answer: dict[str, object] = {"body": b""}

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        answer.update({key: message[key] for key in ("status", "body") if key in message})

    scope: Scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
             "path": path.decode("utf-8", "replace"), "raw_path": path, "query_string": query, "headers": [],
             "scheme": "http", "server": ("t", 80), "client": ("c", 1), "root_path": ""}  # fmt: skip
    await app(scope, receive, send)
    assert isinstance(answer["status"], int) and isinstance(answer["body"], bytes)
    return answer["status"], answer["body"]


@pytest.mark.parametrize(
    ("path", "query", "status", "words"),
    [
        (b"/v1/demands", b"q=%zz", 400, b'"parameter": "q"'),
        (b"/v1/demands", b"q=%", 400, b'"parameter": "q"'),
        (b"/v1/demands", b"q=%ff", 400, b"UTF-8"),
        (b"/v1/demands", b"q=\xff", 400, b"UTF-8"),
        (b"/v1/demands", b"q=%ED%A0%80", 400, b"UTF-8"),
        (b"/v1/demands", b"q=a%00b", 422, b"%00"),
        (b"/v1/demands", b"a%0Ab=1", 422, b"control"),
        (b"/v1/demands", b"limit=3&q=" + b"%C3%A9" * 101, 422, b"101 characters"),
        (b"/v1/demands", b"q=" + b"a" * 101, 422, b'"parameter": "q"'),
        (b"/v1/demands/%00", b"", 422, b"control"),
        (b"/v1/demands/%f", b"", 400, b"percent-encoding"),
        (b"/v1/demands/%c3", b"", 400, b"UTF-8"),
        (b"/v1/demands/" + b"a" * 101, b"", 422, b"101 characters"),
        (b"/v1/demands", b"q=" + b"a" * 10_000, 414, b"2000 bytes"),
        (b"/" + b"a" * 10_000, b"", 414, b"2000 bytes"),
        (b"/v1/demands", b"&&=&=x&" * 200, 422, b"Unknown parameter"),
    ],
)
async def test_an_address_that_cannot_be_taken_is_refused(
    app: FastAPI, path: bytes, query: bytes, status: int, words: bytes
) -> None:
    got, body = await raw_get(app, path, query)
    assert got == status and words in body, body


async def test_every_escaped_text_in_utf8_is_taken(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/demands", params={"q": "договор 100% + «ü» 😀"})
    assert response.json()["q"] == "договор 100% + «ü» 😀"


async def test_a_request_id_is_given_back_when_it_is_sane_and_made_when_not(
    client: httpx.AsyncClient,
) -> None:
    given = await client.get("/healthz", headers={"X-Request-Id": "abc-12345"})
    assert given.headers["x-request-id"] == "abc-12345"
    for invalid in ('a" b\tinjected=1', READER, READER.upper(), "a" * 65):
        made = await client.get("/healthz", headers={"X-Request-Id": invalid})
        assert len(made.headers["x-request-id"]) == 32


async def test_answers_carry_security_headers(client: httpx.AsyncClient) -> None:
    for address in ("/v1/demands", "/nowhere", "/docs"):
        headers = (await client.get(address)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]


async def test_reads_may_be_made_from_any_page(client: httpx.AsyncClient) -> None:
    origin = {"Origin": "https://example.org"}
    read = await client.get("/v1/demands", headers=origin)
    assert read.headers["access-control-allow-origin"] == "*"
    assert "Parley-Revision" in read.headers["access-control-expose-headers"]
    asked = {**origin, "Access-Control-Request-Method": "POST"}
    preflight = await client.options("/v1/demands", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


async def test_named_origins_are_told_apart() -> None:
    inner = make_app()
    app = RequestMiddleware(inner, cors_origins=("https://good.org",))
    inner.user_middleware.clear()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        good = await client.get("/healthz", headers={"Origin": "https://good.org"})
        bad = await client.get("/healthz", headers={"Origin": "https://bad.org"})
    assert good.headers["access-control-allow-origin"] == "https://good.org"
    assert "access-control-allow-origin" not in bad.headers and bad.headers["vary"] == "Origin"


async def test_options_lists_the_methods(client: httpx.AsyncClient) -> None:
    response = await client.options("/v1/demands")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    Refusal(await client.options("/nowhere"), 404)


async def test_head_is_get_without_the_body(client: httpx.AsyncClient) -> None:
    got, head = await client.get("/v1/demands"), await client.head("/v1/demands")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (await client.head("/nowhere")).status_code == 404


async def test_head_of_an_endless_answer_ends_it(app: FastAPI, client: httpx.AsyncClient) -> None:
    response = await client.head("/v1/endless")
    assert (response.status_code, response.content) == (200, b"")
    await asyncio.sleep(0.01)
    assert app.state.closed


async def test_the_access_log_is_one_line_of_pairs(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "parley.access"):
        await client.get("/v1/demands?q=a b", headers={"X-API-Key": READER})
    line = next(record.getMessage() for record in caplog.records if record.name == "parley.access")
    assert line.startswith('method=GET path=/v1/demands query="q=a%20b" status=200 bytes=')
    assert " key=k1 " in line and READER not in line
    assert mask_secrets("q=key&api_key=s&limit=3") == "q=key&api_key=***&limit=3"
    assert mask_secrets("a%50I%5FKEY=s&access_token=t&q=x%20y") == "a%50I%5FKEY=***&access_token=***&q=x%20y"
    assert READER not in mask_secrets(f"q={READER}&x=%70{READER[1:]}") and mask_secrets("keywords=a") == "keywords=a"
    assert mask_secrets(f"{READER}&limit=3") == "***=***&limit=3"
    body = READER[7:]
    for hidden in (
        f"PARLEY_{body}", f"par%256cey_{body}", f"parley%5F{body}=1", f"parley_{body[:9]}&{body[9:]}", f"x=parley_{body[:9]}+{body[9:]}",
        f"a=parley_&b={body}",
    ):  # fmt: skip
        shown = mask_secrets(hidden)
        assert body not in shown and body[9:] not in shown, shown
        assert body[9:] not in log_line({"client": hidden})
    assert log_line({"a": 'x" y\n'}) == 'a="x\\" y\\n"'


async def test_keys_open_what_their_scopes_cover(app: FastAPI, client: httpx.AsyncClient) -> None:
    def bearer(secret: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {secret}"}

    assert (await client.delete("/v1/demands/1", headers=bearer(WRITER))).status_code == 200
    assert (await client.delete("/v1/demands/1", headers={"X-API-Key": WRITER})).status_code == 200
    nobody = Refusal(await client.delete("/v1/demands/1"), 401)
    assert nobody.headers["www-authenticate"] == 'Bearer realm="parley"'
    reader = Refusal(await client.delete("/v1/demands/1", headers=bearer(READER)), 403)
    assert 'error="insufficient_scope", scope="write"' in reader.headers["www-authenticate"]
    wrong = (
        bearer("parley_" + "x" * 43),
        bearer("x"),
        {"Authorization": "Basic eA=="},
        {"Authorization": "Bearer"},
        {**bearer(READER), "X-API-Key": WRITER},
        {"X-API-Key": ""},
        {"x-api-key": "parley_" + "x" * 43},
    )
    for headers in wrong:
        Refusal(await client.get("/v1/demands", headers=headers), 401)
    app.state.is_public = False
    Refusal(await client.get("/v1/demands"), 401)
    assert (await client.get("/v1/demands", headers=bearer(WRITER))).status_code == 200


async def test_ready_is_503_without_the_database_and_says_nothing_of_it(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ok"}
    app.state.ready = False
    response = await client.get("/readyz")
    assert Refusal(response, 503).headers["retry-after"] == "5"
    assert "secret-host" not in response.text


def test_html_goes_to_browsers_only() -> None:
    def wants(accept: str) -> bool:
        return wants_html(Request({"type": "http", "headers": [(b"accept", accept.encode())]}))

    assert wants("text/html,application/xhtml+xml,*/*;q=0.8")
    assert not wants("*/*") and not wants("") and not wants("application/json")
    assert not wants("text/html;q=0.1, application/json") and not wants("text/html;q=zz")
