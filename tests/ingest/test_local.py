"""Files of this machine: the same imports, without HTTP."""

import gzip
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.session import make_engine
from app.errors import ApiError
from app.ingest.import_options import ImportMode, OnError, Order
from app.ingest.local_files import import_file
from app.ingest.report import LineCounts, Summary
from app.ingest.workbooks.archive import SheetBounds
from app.registry import RESOURCES
from app.runtime.bootstrap import writer_over
from tests.ingest.test_imports import ALBA, lines

SHOWN = {collection.name: collection.read_spec.detail for collection in RESOURCES}
ORDER = Order(ImportMode.MERGE, OnError.ABORT, False, "test")


async def taken(engine: AsyncEngine, path: Path, collection: str | None = None) -> tuple[Summary, list[int]]:
    sizes: list[int] = []

    def told(size: int, _: LineCounts) -> None:
        sizes.append(size)

    return await import_file(
        writer_over(engine), SHOWN, path, collection, ORDER, SheetBounds(10_000_000_000, 1_000_000), told
    ), sizes


@pytest.mark.parametrize(
    ("name", "content", "collection"),
    [
        ("a.ndjson", lines(ALBA), None),
        ("a.jsonl.gz", gzip.compress(lines(ALBA), mtime=0), None),
        ("a.txt", lines(ALBA), None),
        ("a.csv", b"slug,name,kind\nalba,Alba,state\n", "parties"),
        ("a.csv.gz", gzip.compress(b"slug,name,kind\nalba,Alba,state\n", mtime=0), "parties"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_file_is_read_by_its_name_or_its_first_sign(
    database_url: str, tmp_path: Path, name: str, content: bytes, collection: str | None
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    engine = make_engine(database_url)
    summary, sizes = await taken(engine, path, collection)
    again, _ = await taken(engine, path, collection)
    await engine.dispose()
    assert (summary.created, again.unchanged, again.last_revision) == (1, 1, None)
    assert sizes[-1] == len(content)


@pytest.mark.parametrize("content", [b"", gzip.compress(lines(ALBA), mtime=0)[:-5]])
async def test_a_file_that_is_not_whole_is_refused(database_url: str, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(content)
    engine = make_engine(database_url)
    with pytest.raises(ApiError):
        await taken(engine, path)
    await engine.dispose()
