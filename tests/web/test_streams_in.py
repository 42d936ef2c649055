"""Bodies as streams, and answers that go out while they come in."""

import asyncio
import gzip
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest
from fastapi import Request
from starlette.types import Message

from app.errors import ApiError, ProblemType
from app.web.duplex import Duplex
from app.web.upload_stream import Incoming, Line, UploadLimits, read_lines


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


async def read(*given: bytes, most: int = 20) -> list[Line]:
    return [line async for several in read_lines(pieces(*given), most) for line in several]


def incoming(
    messages: list[dict[str, Any]], *, is_packed: bool = False, total: int = 1_000, idle: float = 5
) -> Incoming:
    waiting = iter(messages)

    async def receive() -> Message:
        for message in waiting:
            return message
        await asyncio.sleep(3_600)
        raise AssertionError("unreachable")

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    return Incoming(request, UploadLimits(total, 100, idle), is_packed=is_packed)


async def unread() -> Message:
    raise AssertionError("an answer reads nothing of its request")


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": data, "more_body": more}


@pytest.mark.parametrize("cut", range(1, 12))
async def test_lines_are_the_same_wherever_the_chunks_are_cut(cut: int) -> None:
    text = b"\xef\xbb\xbfone\r\n\ntwo\nthree"
    given = [text[place : place + cut] for place in range(0, len(text), cut)]
    assert await read(*given) == [Line(1, b"one\r"), Line(2, b""), Line(3, b"two"), Line(4, b"three")]


async def test_of_a_line_that_is_too_long_only_the_number_is_kept() -> None:
    found = await read(b"a\n" + b"x" * 15, b"x" * 15, b"x" * 15 + b"\nb\n" + b"y" * 25)
    assert found == [Line(1, b"a"), Line(2, None), Line(3, b"b"), Line(4, None)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
async def test_a_long_run_of_blank_lines_is_one_line_of_its_length(end: bytes) -> None:
    text = end.join([b"one", *[b""] * 10_000, b"two"])
    found = await read(text[:7_000], text[7_000:])
    assert len(found) < 10 and found[-1] == Line(10_002, b"two")
    blank = end[:-1]
    told = [line.text for line in found for _ in range(1 + line.repeats)]
    assert told == [b"one" + blank, *[blank] * 10_000, b"two"]


async def test_a_ratio_is_that_of_the_bytes_that_were_decompressed() -> None:
    lines = gzip.compress(b"\n" * 20_000_000)
    sizes: list[int] = []

    async def take() -> None:
        async for piece in incoming([body(lines)], is_packed=True, total=100_000_000).chunks():
            sizes.append(len(piece))

    with pytest.raises(ApiError) as refused:
        await take()
    assert refused.value.kind is ProblemType.TOO_LARGE and sum(sizes) <= 2_000_000


async def test_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    coming = incoming([body(bomb)], is_packed=True, total=1_000_000)
    sizes: list[int] = []
    kind = None
    try:
        async for piece in coming.chunks():
            sizes.append(len(piece))
    except ApiError as refused:
        kind = refused.kind
    assert kind is ProblemType.TOO_LARGE
    assert sum(sizes) <= 1_000_000


async def test_a_client_that_stops_sending_is_let_go() -> None:
    with pytest.raises(ApiError) as caught:
        async for _ in incoming([body(b"x\n", more=True)], idle=0.05).chunks():
            pass
    assert "nothing arrived for 0.05 seconds" in caught.value.detail


async def test_a_client_that_goes_away_is_no_end_of_the_body() -> None:
    with pytest.raises(ApiError) as caught:
        async for _ in incoming([body(b"x\n", more=True), {"type": "http.disconnect"}]).chunks():
            pass
    assert "ended before it was complete" in caught.value.detail


async def test_the_digest_is_that_of_what_was_sent() -> None:
    import hashlib

    coming = incoming([body(b"ab", more=True), body(b"c")])
    await coming.drain()
    assert coming.digest.hexdigest() == hashlib.sha256(b"abc").hexdigest()


async def test_who_does_not_read_keeps_nobody_from_working_and_gets_the_end() -> None:
    sent: list[bytes] = []
    reads, is_done = asyncio.Event(), asyncio.Event()

    async def work() -> AsyncGenerator[bytes, None]:
        for number in range(500):
            yield b"%d\n" % number
            await asyncio.sleep(0)
        is_done.set()

    async def send(message: Message) -> None:
        if message.get("body"):
            sent.append(message["body"])
            await reads.wait()

    answer = asyncio.ensure_future(Duplex(work(), "application/x-ndjson", 5)({"type": "http"}, unread, send))
    await asyncio.wait_for(is_done.wait(), 10)
    assert len(sent) == 1
    reads.set()
    await answer
    assert b"".join(sent).splitlines()[-1] == b"499"


async def test_work_that_fails_breaks_the_answer_off() -> None:
    async def work() -> AsyncGenerator[bytes, None]:
        yield b"1\n"
        raise OSError("disk")

    ends: list[Any] = []

    async def send(message: Message) -> None:
        ends.append(message)

    with pytest.raises(OSError, match="disk"):
        await Duplex(work(), "application/x-ndjson", 5)({"type": "http"}, unread, send)
    assert all(message.get("more_body") is not False for message in ends)
