"""HTTP responses of releases: descriptions, stored files, and bundles.

Publishing a release or setting its DOI makes no revision. The ETags of these responses are therefore computed from
their bytes and not from the revision, and the responses are not stored in the response cache.
"""

import hashlib
import json
import re
import zlib
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from functools import partial

from fastapi import Request
from fastapi import Response as HttpResponse

from app.reading.reader import Reader
from app.releases.bundle import Member, Zip, checksums, uncompressed_member
from app.releases.chunks import CHUNK_SIZE
from app.releases.citation import bibtex, cff, sentence
from app.releases.croissant import croissant
from app.releases.data_package import data_package
from app.releases.descriptions import data_set_description
from app.releases.published import MEDIA_TYPES, DataFile, Published, StoredFile
from app.releases.schemas import FileForm
from app.releases.statements import fetch_chunks
from app.web.byte_ranges import partial_content, requested_range
from app.web.compression import accepts_coding
from app.web.media_types import JSON
from app.web.state import web_state

#: Header of a gzip file; raw deflate, CRC and size follow.
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


def to_json(document: Mapping[str, object]) -> bytes:
    """The document as indented JSON, encoded as UTF-8."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def tagged_response(
    request: Request, body: bytes, media_type: str = JSON, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """A response with an ETag computed from its body, or 304 if the client already has the same body."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    all_headers = {"ETag": tag, **_cache_headers(request, is_settled=False), **(headers or {})}
    if _client_has(request, tag):
        return HttpResponse(status_code=304, headers=all_headers)
    return HttpResponse(body, headers=all_headers, media_type=media_type)


def _cache_headers(request: Request, *, is_settled: bool) -> dict[str, str]:
    has_key = "authorization" in request.headers or "x-api-key" in request.headers
    return web_state(request).cache_policy.headers(has_key=has_key, is_settled=is_settled)


def _client_has(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` lists this ETag, in any content coding."""
    sent_tags = request.headers.get("if-none-match", "")
    return sent_tags.strip() == "*" or re.search(rf'"{tag[1:-1]}(-gzip|-zstd)?"', sent_tags) is not None


# --- files


def file_response(request: Request, reader: Reader, file: StoredFile) -> HttpResponse:
    """The response with a file or a range of a file. If the client accepts gzip, the file is sent compressed, as it is
    stored, and otherwise decompressed. The bytes never change, and the ETag is their SHA-256."""
    tag = f'"{file.sha256}"'
    packed_tag = f'{tag[:-1]}-gzip"'
    headers = {
        **_cache_headers(request, is_settled=True),
        "ETag": tag,
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Repr-Digest": f"sha-256=:{b64encode(bytes.fromhex(file.sha256)).decode()}:",
    }
    if _client_has(request, tag):
        return HttpResponse(status_code=304, headers=headers)
    media_type = MEDIA_TYPES[file.format]
    if not file.is_packed:
        return partial_content(request, file.size, partial(fetch_chunks, reader, file), headers, media_type)
    # Clients cannot decompress a range of a gzip file. A range therefore refers to the uncompressed file, unless
    # `If-Range` shows that the client has begun to download the compressed file.
    is_part = requested_range(request) is not None and request.headers.get("if-range", tag) == tag
    if is_part or not accepts_coding(request.headers.get("accept-encoding", ""), "gzip"):
        return partial_content(request, file.size, partial(_unpacked, reader, file), headers, media_type)
    headers |= {"ETag": packed_tag, "Content-Encoding": "gzip"}
    size = len(_GZIP_HEAD) + file.stored_size + 8
    return partial_content(request, size, partial(_gzip, reader, file), headers, media_type)


async def _gzip(reader: Reader, file: StoredFile, start: int) -> AsyncGenerator[bytes]:
    at = max(start - len(_GZIP_HEAD), 0)
    yield _GZIP_HEAD[start:]
    if at < file.stored_size:
        async for chunk in fetch_chunks(reader, file, at):
            yield chunk
    end = file.crc32.to_bytes(4, "little") + (file.size & 0xFFFFFFFF).to_bytes(4, "little")
    yield end[max(at - file.stored_size, 0) :]


async def _unpacked(reader: Reader, file: StoredFile, start: int) -> AsyncGenerator[bytes]:
    decompressor, skip = zlib.decompressobj(-zlib.MAX_WBITS), start
    async for chunk in fetch_chunks(reader, file):
        rest = chunk
        while rest:
            # One compressed chunk may expand a hundredfold, so decompress at most the size of one chunk at a time.
            uncompressed_member = decompressor.decompress(rest, CHUNK_SIZE)
            rest = decompressor.unconsumed_tail
            yield uncompressed_member[skip:]
            skip = max(skip - len(uncompressed_member), 0)
    yield decompressor.flush()[skip:]


# --- bundles


def bundle_response(request: Request, reader: Reader, release: Published, form: FileForm) -> HttpResponse:
    """All files of one format with their descriptions, as a zip. The bytes stay the same until the DOI or the note of
    the release changes."""
    files = [file for file in release.files if file.format is form]

    def path(file: DataFile) -> str:
        return f"data/{file.name}"

    # The texts include no URL of this server, so that a bundle is the same on every server.
    texts = {
        "README.txt": _readme(release, form),
        "LICENCE.txt": f"{release.licence}\n{release.licence_url}\n",
        "CITATION.cff": cff(release),
        "citation.bib": bibtex(release),
        "datapackage.json": to_json(data_package(release, files, path)).decode(),
        "croissant.json": to_json(croissant(release, files, path)).decode(),
    }
    contents = {name: text.encode() for name, text in texts.items()}
    sums = [(name, hashlib.sha256(content).hexdigest()) for name, content in contents.items()]
    sums += [(path(file), file.sha256) for file in files]
    members = [uncompressed_member(name, content) for name, content in contents.items()]
    members.append(uncompressed_member("SHA256SUMS", checksums(sums).encode()))
    for file in files:
        chunks = partial(fetch_chunks, reader, file)
        members.append(Member(path(file), file.crc32, file.size, file.stored_size, file.is_packed, chunks))
    whole = Zip(members, release.made_at)
    tag = f'"{hashlib.sha256(repr((sums, release.made_at)).encode()).hexdigest()[:32]}"'
    headers = {
        **_cache_headers(request, is_settled=False),
        "ETag": tag,
        "Content-Disposition": f'attachment; filename="parley-{release.name}-{form}.zip"',
    }
    if _client_has(request, tag):
        return HttpResponse(status_code=304, headers=headers)
    return partial_content(request, whole.size, whole.chunks, headers, "application/zip")


def _readme(release: Published, form: FileForm) -> str:
    parts = [
        f"{release.whole_title}\n{'=' * len(release.whole_title)}",
        data_set_description(release),
        f"State: revision {release.revision} of the database, {release.at:%Y-%m-%d %H:%M} UTC.\n"
        f"Released: {release.made_at:%Y-%m-%d}\nLicence: {release.licence}, {release.licence_url}",
        f"Please cite as:\n{sentence(release)}",
        _FORMAT_NOTES[form],
        "datapackage.json describes every column (Data Package 2.0), and croissant.json does so for machine learning"
        " tools (Croissant 1.0). CITATION.cff and citation.bib contain the citation. To verify the files, run:"
        " sha256sum -c SHA256SUMS",
    ]
    return "\n\n".join(parts) + "\n"


_FORMAT_NOTES = {
    FileForm.CSV: "data/*.csv: one table per collection (RFC 4180, UTF-8 with a byte order mark). Nested values have columns of"
    " their own (process.slug). Lists are joined by `; `, or are JSON text if an entry contains that separator. Deeper"
    " structures are JSON text. An empty cell is null. If a cell begins with an apostrophe, or with a character that a"
    " spreadsheet could interpret as a formula, one apostrophe is added in front; remove it to get the original text.",
    FileForm.NDJSON: "data/*.ndjson: one JSON object per line for each record, complete with its nested records.",
    FileForm.PARQUET: "data/*.parquet: one table per collection with typed columns. Lists are lists; deeper structures are JSON"
    " text.",
}
