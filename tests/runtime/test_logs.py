"""The log in both formats: named values, and no secret."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from app.runtime.logs import JsonFormatter, TextFormatter, log_config
from app.web.access_log import trace_of
from tests.conftest import ADMIN_SECRET, Client, bearer

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def logged() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """What is logged, with every statement and its values, as text and as JSON."""
    streams = io.StringIO(), io.StringIO()
    handlers = [logging.StreamHandler(stream) for stream in streams]
    handlers[0].setFormatter(TextFormatter())
    handlers[1].setFormatter(JsonFormatter())
    loggers = {logging.getLogger(name): logging.getLogger(name).level for name in ("parley", "sqlalchemy.engine")}
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    for handler in handlers:
        logging.getLogger().addHandler(handler)
    yield streams
    for handler in handlers:
        logging.getLogger().removeHandler(handler)
    for logger, level in loggers.items():
        logger.setLevel(level)


async def test_no_secret_is_logged(empty_client: Client, logged: tuple[io.StringIO, io.StringIO]) -> None:
    get, send = empty_client.get, empty_client.post
    await get("/v1/me", headers=bearer(ADMIN_SECRET))
    await get("/v1/me", headers={"X-API-Key": ADMIN_SECRET, "X-Request-Id": ADMIN_SECRET})
    await get(f"/v1/talks?api_key={ADMIN_SECRET}&token=hunter2&q=%70{ADMIN_SECRET[1:]}")
    await get(f"/v1/talks/{ADMIN_SECRET}")
    webhook = {"url": "https://hook.example/", "secret": WEBHOOK_SECRET}
    made = await send("/v1/webhooks", json=webhook, headers=bearer(ADMIN_SECRET))
    assert made.status_code == 201
    assert (await send("/v1/webhooks", json=webhook | {"url": 1}, headers=bearer(ADMIN_SECRET))).status_code == 422
    log = logging.getLogger("parley.error")
    for text in ("postgresql://me:hunter2@db.example/parley", "host=db password=hunter2", '{"password": "hunter2"}'):
        log.warning("cannot connect to %s", text)
        try:
            raise OSError(text)
        except OSError:
            log.exception("not ready")
    text, lines = logged[0].getvalue(), logged[1].getvalue()
    for secret in (ADMIN_SECRET, ADMIN_SECRET[10:], "hunter2", WEBHOOK_SECRET, WEBHOOK_SECRET[8:]):
        assert secret not in text and secret not in lines
    assert text.count("cannot connect to postgresql://me:***@db.example/parley") == 1
    assert "cannot connect" in lines and text.count(" INFO parley.access ") >= 6


async def test_a_line_has_what_an_operator_asks_for(
    empty_client: Client, logged: tuple[io.StringIO, io.StringIO]
) -> None:
    headers = bearer(ADMIN_SECRET) | {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    response = await empty_client.get("/v1/talks?q=a b", headers=headers)
    objects = [json.loads(line) for line in logged[1].getvalue().splitlines()]
    (line,) = [one for one in objects if one["logger"] == "parley.access"]
    assert line["time"].endswith("Z") and line["level"] == "info"
    assert line["ms"] >= line["db_ms"] > 0 and line["queue_ms"] >= 0 and isinstance(line["key"], str)
    shown = {name: line[name] for name in ("method", "path", "query", "route", "status", "class", "trace", "parent")}
    assert shown == {
        "method": "GET", "path": "/v1/talks", "query": "q=a%20b", "route": "/v1/talks", "status": 200, "class": "search",
        "trace": TRACE, "parent": PARENT,
    }  # fmt: skip
    assert line["key_name"].startswith("test-") and line["bytes"] == len(response.content)
    assert line["request"] == response.headers["x-request-id"]
    (text,) = [one for one in logged[0].getvalue().splitlines() if " parley.access " in one]
    assert f" class=search key={line['key']} " in text and f" key_name={line['key_name']} trace={TRACE} " in text


def test_the_setting_chooses_the_formatter(logged: tuple[io.StringIO, io.StringIO]) -> None:
    config = log_config("info", "json")
    assert config["formatters"] == {"line": {"()": "app.runtime.logs.JsonFormatter"}}
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("parley.error").exception("failed")
    (line,) = logged[1].getvalue().splitlines()
    assert "two\nlines" in json.loads(line)["exception"]


@pytest.mark.parametrize(
    ("sent", "is_valid"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f"cc-{TRACE}-{PARENT}-01-what-the-future-will-be-like", True),
        (f"00-{TRACE}-{PARENT}-01-more", False),
        (f"ff-{TRACE}-{PARENT}-01", False),
        (f"00-{'0' * 32}-{PARENT}-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"00-{TRACE.upper()}-{PARENT}-01", False),
        ("00-\n-", False),
    ],
)
def test_only_a_valid_traceparent_is_logged(sent: str, is_valid: bool) -> None:
    scope = {"headers": [(b"traceparent", sent.encode())]}
    assert trace_of(scope) == ((TRACE, PARENT) if is_valid else None)
    assert trace_of({"headers": [*scope["headers"], *scope["headers"]]}) is None
