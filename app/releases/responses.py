"""How releases are sent: descriptions with a tag of their content, files as they are stored, bundles.

What is told of releases does not follow from the ledger's revision: a release is made, and gets its DOI, without one. So
their tags are those of the bytes, and the answers are not kept where answers of a revision are.
"""

import hashlib
import json
import re
import zlib
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import Any

from fastapi import Request
from fastapi import Response as HttpResponse

from app.reading.reader import Reader
from app.releases.bundle import Member, Zip, checksums, plain
from app.releases.chunks import PIECE
from app.releases.citation import bibtex, cff, sentence
from app.releases.descriptions import croissant, data_package, described
from app.releases.published import MEDIA_TYPES, DataFile, Published, StoredFile
from app.releases.schemas import FileForm
from app.releases.statements import fetch_pieces
from app.web.byte_ranges import asked_range, partial_content
from app.web.compression import takes
from app.web.read_response import Marks

JSON = "application/json"
#: Around raw deflate a gzip has this and, at its end, CRC and size.
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


def written(document: Mapping[str, Any]) -> bytes:
    """JSON to be read by people too."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def told(
    request: Request, body: bytes, media_type: str = JSON, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """What is told of releases now, or 304 where the client has it."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = {"ETag": tag, **_standing(request, is_settled=False), **(headers or {})}
    if _has(request, tag):
        return HttpResponse(status_code=304, headers=known)
    return HttpResponse(body, headers=known, media_type=media_type)


def _standing(request: Request, *, is_settled: bool) -> dict[str, str]:
    marks: Marks = request.app.state.marks
    has_key = "authorization" in request.headers or "x-api-key" in request.headers
    return marks.standing(has_key=has_key, is_settled=is_settled)


def _has(request: Request, tag: str) -> bool:
    """Whether the client has the bytes of this tag, in whatever coding."""
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or re.search(rf'"{tag[1:-1]}(-gzip|-zstd)?"', given) is not None


# --- files


def sent(request: Request, reader: Reader, file: StoredFile) -> HttpResponse:
    """A file, or a part of it: packed as it is stored where the client takes gzip, else unpacked. Its bytes never change,
    and its tag is its SHA-256."""
    tag = f'"{file.sha256}"'
    packed_tag = f'{tag[:-1]}-gzip"'
    headers = {
        **_standing(request, is_settled=True),
        "ETag": tag,
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(file.sha256)).decode()}:",
    }
    if _has(request, tag):
        return HttpResponse(status_code=304, headers=headers)
    media_type = MEDIA_TYPES[file.format]
    if not file.is_packed:
        return partial_content(request, file.size, partial(fetch_pieces, reader, file), headers, media_type)
    # Clients unpack a part as if it were the whole, and fail: parts are of the plain file, unless the client says by its
    # tag that it has begun with the packed one.
    is_part = asked_range(request) is not None and request.headers.get("if-range", tag) == tag
    if is_part or not takes(request.headers.get("accept-encoding", ""), "gzip"):
        return partial_content(request, file.size, partial(_unpacked, reader, file), headers, media_type)
    headers |= {"ETag": packed_tag, "Content-Encoding": "gzip"}
    size = len(_GZIP_HEAD) + file.stored_size + 8
    return partial_content(request, size, partial(_gzip, reader, file), headers, media_type)


async def _gzip(reader: Reader, file: StoredFile, start: int) -> AsyncGenerator[bytes]:
    at = max(start - len(_GZIP_HEAD), 0)
    yield _GZIP_HEAD[start:]
    if at < file.stored_size:
        async for piece in fetch_pieces(reader, file, at):
            yield piece
    end = file.crc32.to_bytes(4, "little") + (file.size & 0xFFFFFFFF).to_bytes(4, "little")
    yield end[max(at - file.stored_size, 0) :]


async def _unpacked(reader: Reader, file: StoredFile, start: int) -> AsyncGenerator[bytes]:
    inflating, skip = zlib.decompressobj(-zlib.MAX_WBITS), start
    async for piece in fetch_pieces(reader, file):
        rest = piece
        while rest:
            # A megabyte may stand for a hundred: no more than one is held.
            plain = inflating.decompress(rest, PIECE)
            rest = inflating.unconsumed_tail
            yield plain[skip:]
            skip = max(skip - len(plain), 0)
    yield inflating.flush()[skip:]


# --- bundles


def bundled(request: Request, reader: Reader, release: Published, form: FileForm) -> HttpResponse:
    """All files of one form with what describes them, as a zip: the same bytes for as long as what is told of the
    release (its DOI, its note) is the same."""
    files = [file for file in release.files if file.format is form]

    def place(file: DataFile) -> str:
        return f"data/{file.name}"

    # Without the address of any server: a bundle is the same wherever it is asked for.
    texts = {
        "README.txt": _readme(release, form),
        "LICENCE.txt": f"{release.licence}\n{release.licence_url}\n",
        "CITATION.cff": cff(release),
        "citation.bib": bibtex(release),
        "datapackage.json": written(data_package(release, files, place)).decode(),
        "croissant.json": written(croissant(release, files, place)).decode(),
    }
    contents = {name: text.encode() for name, text in texts.items()}
    sums = [(name, hashlib.sha256(content).hexdigest()) for name, content in contents.items()]
    sums += [(place(file), file.sha256) for file in files]
    members = [plain(name, content) for name, content in contents.items()]
    members.append(plain("SHA256SUMS", checksums(sums).encode()))
    for file in files:
        pieces = partial(fetch_pieces, reader, file)
        members.append(Member(place(file), file.crc32, file.size, file.stored_size, file.is_packed, pieces))
    whole = Zip(members, release.made_at)
    tag = f'"{hashlib.sha256(repr((sums, release.made_at)).encode()).hexdigest()[:32]}"'
    headers = {
        **_standing(request, is_settled=False),
        "ETag": tag,
        "Content-Disposition": f'attachment; filename="parley-{release.name}-{form}.zip"',
    }
    if _has(request, tag):
        return HttpResponse(status_code=304, headers=headers)
    return partial_content(request, whole.size, whole.pieces, headers, "application/zip")


def _readme(release: Published, form: FileForm) -> str:
    parts = [
        f"{release.whole_title}\n{'=' * len(release.whole_title)}",
        described(release),
        f"State: revision {release.revision} of the ledger, of {release.at:%Y-%m-%d %H:%M} UTC.\n"
        f"Released: {release.made_at:%Y-%m-%d}\nLicence: {release.licence}, {release.licence_url}",
        f"To cite:\n{sentence(release)}",
        _FORMS[form],
        "datapackage.json describes every column (Data Package 2.0), croissant.json the same for machine learning"
        " (Croissant 1.0), CITATION.cff and citation.bib are to be cited by. To check the files: sha256sum -c SHA256SUMS",
    ]
    return "\n\n".join(parts) + "\n"


_FORMS = {
    FileForm.CSV: "data/*.csv: a table for each collection (RFC 4180, UTF-8 with a mark). Nested values have columns of"
    " their own (process.slug), lists are joined with `; ` (or JSON text, where an entry holds that itself), deeper things"
    " are JSON text, an empty cell is null. A cell that a spreadsheet could take for a formula, or that begins with an"
    " apostrophe, begins with an apostrophe more: take one off to have the text.",
    FileForm.NDJSON: "data/*.ndjson: a JSON object a line for each record, whole, with what stands inside it.",
    FileForm.PARQUET: "data/*.parquet: a table for each collection, with typed columns; lists are lists, deeper things are"
    " JSON text.",
}
