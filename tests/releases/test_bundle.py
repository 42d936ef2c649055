"""Bundles: zips that any program reads, sent without being made."""

import io
import random
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest

from app.releases import bundle
from app.releases.bundle import Member, Zip, uncompressed_member
from app.releases.chunks import CHUNK_SIZE, Packing

AT = datetime(2026, 3, 1, 13, 59, 59, tzinfo=UTC)


def packed(name: str, content: bytes) -> Member:
    packing = Packing(is_packed=True)
    chunks = packing.feed(content[:1000]) + packing.feed(content[1000:]) + packing.end()
    assert sum(map(len, chunks)) == packing.stored_size
    assert all(len(chunk) == CHUNK_SIZE for chunk in chunks[:-1])

    async def sent() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return Member(name, packing.crc32, packing.size, packing.stored_size, True, sent)


async def whole(members: list[Member], at: datetime = AT) -> bytes:
    made = Zip(members, at)
    content = b"".join([chunk async for chunk in made])
    assert len(content) == made.size
    return content


#: Numbers that no packer packs: more than two chunks of them.
NOISE = random.Random("noise").randbytes(2_800_000)  # noqa: S311


@pytest.mark.parametrize("limit", [0xFFFFFFFF, 1_000_000, 10])
async def test_it_is_a_zip_also_where_its_numbers_are_long(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a limit of some bytes as with one of four gigabytes: sizes and places beyond it are told in ZIP64."""
    monkeypatch.setattr(bundle, "LIMIT", limit)
    contents = {
        "README.txt": b"Hello\n",
        "data/noise.csv": NOISE,
        "data/empty.csv": b"",
        "data/ü.csv": b"a\r\n" * 9_000,
    }
    members = [uncompressed_member("README.txt", contents["README.txt"])]
    members += [packed(name, contents[name]) for name in list(contents)[1:]]
    made = await whole(members)
    with zipfile.ZipFile(io.BytesIO(made)) as read:
        assert read.testzip() is None
        assert {info.filename: read.read(info) for info in read.infolist()} == contents
        assert {info.date_time for info in read.infolist()} == {(2026, 3, 1, 13, 59, 58)}
        assert read.getinfo("data/ü.csv").compress_size < 200


async def test_the_same_files_make_the_same_bytes_wherever_it_is_noon() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=9)))
    make = partial(whole, [uncompressed_member("a", b"1"), packed("b", b"2")])
    assert await make() == await make(at=elsewhere)
