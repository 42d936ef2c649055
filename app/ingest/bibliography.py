"""Bibliographies as forms of files: each entry of CSL-JSON, RIS or BibTeX becomes a source.

A file is split into entries while it comes, so that memory holds one batch of them. The line of an entry is that on which it begins.
"""

import json
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from app.bibliography import bibtex, csl, ris
from app.bibliography.reference import Reference
from app.bibliography.sources import body_of
from app.errors import ApiError, ProblemType, Violation
from app.ingest.csv_rows import with_line_feeds
from app.ingest.data_sets import DataSet
from app.ingest.deduplication import Names
from app.ingest.items import Block, CellViolation, Item, blocks_of, too_long
from app.ingest.report import LineWarning
from app.web.json_body import parse_object
from app.web.upload_stream import Line, lines

COLLECTION: Final = "sources"
#: Lines before the first entry, in which a file must show that it is one of its format.
_MOST_BEFORE: Final = 200
#: Strings that a BibTeX file may define.
_MOST_STRINGS: Final = 10_000
Split = Callable[[AsyncIterator[bytes], int], AsyncIterator[list[Line]]]


def malformed(detail: str, hint: str) -> ApiError:
    return ApiError(ProblemType.MALFORMED, detail, [Violation(detail.rstrip("."), pointer="", hint=hint)])


# --- splitting

_SIGN = re.compile(rb'[\\"{}\[\]\n]')
_WRAPPED = re.compile(rb'\s*\{\s*"items"\s*:\s*\[')
_MARK = b"\xef\xbb\xbf"
#: Bytes in which an object shows whether it is `{"items": […]}`.
_TELLING: Final = 65_536


@dataclass(slots=True)
class _Objects:
    """Cuts the objects out of an array, or takes one alone. `top` is the depth at which they stand."""

    most_bytes: int
    top: int
    depth: int = 0
    number: int = 1
    is_text: bool = False
    is_escaped: bool = False
    begun_at: int = 0
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    is_over: bool = False

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The objects that end in this chunk."""
        start = 0 if self.depth > self.top else None
        last = 0
        for found in _SIGN.finditer(chunk):
            at, sign = found.start(), found[0]
            if self.is_escaped:
                self.is_escaped = False
                if at == last and self.is_text:
                    last = at + 1
                    continue
            if self.depth <= self.top:
                self._look_between(chunk[last:at])
            last = at + 1
            if sign == b"\n":
                self.number += 1
            elif sign == b"\\":
                self.is_escaped = self.is_text
            elif sign == b'"':
                if self.depth <= self.top and not self.is_over:
                    self._refuse(b'"')
                self.is_text = not self.is_text
            elif self.is_text:
                continue
            elif sign in b"{[":
                if self.depth == self.top and not self.is_over:
                    if sign == b"[":
                        self._refuse(sign)
                    start, self.begun_at = at, self.number
                self.depth += 1
            else:
                self.depth -= 1
                if self.depth == self.top and start is not None:
                    self._add(chunk[start : at + 1])
                    yield Line(self.begun_at, b"".join(self.parts) if self.size <= self.most_bytes else None)
                    self.parts, self.size, start = [], 0, None
                    self.is_over = self.top == 0
                elif self.depth < self.top:
                    self.is_over = True
        if self.is_escaped and last < len(chunk):
            # The sign after a backslash was an ordinary one.
            self.is_escaped = False
        if start is not None:
            self._add(chunk[start:])
        elif self.depth <= self.top:
            self._look_between(chunk[last:])

    def _add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size <= self.most_bytes:
            self.parts.append(piece)
        else:
            self.parts.clear()

    def _look_between(self, piece: bytes) -> None:
        if not self.is_over and piece.strip(b" \t\r\n,"):
            self._refuse(piece.strip(b" \t\r\n,"))

    def _refuse(self, piece: bytes) -> None:
        shown = piece[:40].decode(errors="replace")
        raise malformed(
            f"Line {self.number}: {shown!r} stands where an entry should begin.",
            "Send an array of objects, or one object.",
        )

    def end(self) -> None:
        """Raises `ApiError` where the file ends too early."""
        if not self.is_over:
            raise malformed("The JSON ends before it is complete.", "The file was cut on its way; send it again.")


async def split_json(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """The objects of a JSON array, of `{"items": […]}`, or the one that the file is."""
    start, objects = b"", None
    async for chunk in chunks:
        if objects is None:
            start = (start + chunk).removeprefix(_MARK)
            first = start.lstrip()[:1]
            if first not in (b"", b"[", b"{"):
                raise _no_json(start)
            wrapped = _WRAPPED.match(start)
            if not first or (first == b"{" and wrapped is None and len(start) < _TELLING and start.count(b"}") == 0):
                continue
            objects = _Objects(most_bytes, 0 if first == b"{" and wrapped is None else 1 if first == b"[" else 2)
            chunk, start = _opened(objects, start, wrapped), b""
        if found := list(objects.feed(chunk)):
            yield found
    if objects is None:
        if not start.strip():
            raise malformed("The body is empty.", "Send an array of entries.")
        raise malformed("The JSON ends before it is complete.", "The file was cut on its way; send it again.")
    objects.end()


def _opened(objects: _Objects, start: bytes, wrapped: re.Match[bytes] | None) -> bytes:
    """What follows the bracket before the first entry."""
    if objects.top == 0:
        return start
    at = wrapped.end() if wrapped is not None else start.index(b"[") + 1
    objects.depth, objects.number = objects.top, 1 + start.count(b"\n", 0, at)
    return start[at:]


def _no_json(start: bytes) -> ApiError:
    shown = start.lstrip()[:40].decode(errors="replace")
    return malformed(f"The body is no CSL-JSON: it begins with {shown!r}.", "Send an array of objects, or one object.")


@dataclass(slots=True)
class _Entry:
    """The lines of an entry on its way."""

    most_bytes: int
    number: int = 0
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    is_cut: bool = False

    def add(self, line: Line) -> None:
        if not self.lines and not self.is_cut:
            self.number = line.number
        self.size += len(line.text or b"") + 1
        if line.text is None or self.size > self.most_bytes:
            self.is_cut = True
            self.lines.clear()
        elif not self.is_cut:
            self.lines.append(line.text)

    @property
    def is_begun(self) -> bool:
        return bool(self.lines) or self.is_cut

    def taken(self) -> Line:
        line = Line(self.number, None if self.is_cut else b"\n".join(self.lines))
        self.lines, self.size, self.is_cut = [], 0, False
        return line


_TY, _ER = re.compile(rb"\s*TY {1,2}-"), re.compile(rb"\s*ER {1,2}-")


async def split_ris(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """The entries from TY to ER. Lines before the first one are a heading, as some databases write it."""
    entry, is_inside, has_begun, before = _Entry(most_bytes), False, False, 0
    async for several in lines(with_line_feeds(chunks), most_bytes):
        found: list[Line] = []
        for line in several:
            text = line.text or b""
            if _TY.match(text):
                if entry.is_begun:
                    found.append(entry.taken())
                is_inside = has_begun = True
            elif not has_begun:
                before += bool(text.strip())
                if before > _MOST_BEFORE:
                    raise _no_ris()
                continue
            elif not is_inside and not text.strip():
                continue
            entry.add(line)
            if is_inside and _ER.match(text):
                found.append(entry.taken())
                is_inside = False
        if found:
            yield found
    if entry.is_begun:
        yield [entry.taken()]
    if not has_begun:
        raise _no_ris()


def _no_ris() -> ApiError:
    return malformed(
        "The body is no RIS: no line begins with 'TY  - '.",
        "An entry begins with its type, as in 'TY  - NEWS', and ends with 'ER  - '.",
    )


_AT = re.compile(rb"\s*@\s*([A-Za-z][\w:-]*)\s*(?=[{(]|$)")


async def split_bibtex(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """The entries from @ to the brace that closes them. What stands between entries is a comment.

    An entry that is not closed ends where the next begins a line."""
    entry, depth, has_begun = _Entry(most_bytes), 0, False
    closing = b"}"
    async for several in lines(with_line_feeds(chunks), most_bytes):
        found: list[Line] = []
        for line in several:
            text = line.text or b""
            if entry.is_begun and depth and text.startswith(b"@") and _AT.match(text):
                found.append(entry.taken())
                depth = 0
            rest, number = text, line.number
            while rest or entry.is_begun:
                if not entry.is_begun:
                    at = _AT.match(rest) or _AT.search(rest)
                    if at is None or (
                        at.start() and not rest[: at.start()].rstrip().endswith((b"}", b")")) and rest is text
                    ):
                        break
                    rest, has_begun, depth = rest[at.start() :].lstrip(), True, 0
                    closing = b")" if rest[at.end() - at.start() : at.end() - at.start() + 1] == b"(" else b"}"
                end, depth = _end_of(rest, depth, closing)
                if end is None:
                    entry.add(Line(number, rest if line.text is not None else None))
                    break
                entry.add(Line(number, rest[:end]))
                found.append(entry.taken())
                rest = rest[end:].lstrip()
        if found:
            yield found
    if entry.is_begun:
        yield [entry.taken()]
    if not has_begun:
        raise malformed(
            "The body is no BibTeX: there is no entry.",
            "An entry begins with its type and key, as in '@article{doe2025,'.",
        )


def _end_of(text: bytes, depth: int, closing: bytes) -> tuple[int | None, int]:
    """Where an entry ends in a line, None = further on; and how many braces are open then."""
    opening = b"(" if closing == b")" else b"{"
    for found in re.finditer(rb"[{}()]", text):
        sign = found[0]
        if sign == b"{" or (sign == opening and depth == 0):
            depth += 1
        elif sign == b"}" or (sign == closing and depth == 1):
            depth -= 1
            if depth <= 0:
                return found.end(), 0
    return None, depth


# --- entries


class Bibliography:
    """A source of items: the entries of a file. `format` says how it is split, and how an entry is read."""

    def __init__(self, format_: "Format", most_bytes: int) -> None:
        self.format = format_
        self.most_bytes = most_bytes
        self.data_set: DataSet | None = DataSet(format_.name, format_.prefix, format_.name, has_whole_entries=True)
        self.macros = bibtex.new_macros()
        self._names = Names()
        self._told: set[str] = set()
        self._last, self._part = 0, 0

    def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        return blocks_of(lines, most)

    def read(self, block: Block) -> list[Item]:
        """The entries as sources; strings of BibTeX are remembered for those that follow."""
        return [item for line in block.lines if (item := self._item(line)) is not None]

    def _item(self, line: Line) -> Item | None:
        self._part = self._part + 1 if line.number == self._last else 0
        self._last = line.number
        if line.text is None:
            return replace(too_long(line, self.most_bytes), part=self._part)
        try:
            reference = self.format.read(line.text.decode(), self.macros)
        except UnicodeDecodeError as error:
            hint = "Save the file as UTF-8."
            return self._wrong(
                line, Violation(f"The entry is not UTF-8 (byte 0x{error.object[error.start]:02x})", "", hint=hint)
            )
        except bibtex.Broken as error:
            return self._wrong(
                line,
                Violation(f"The entry cannot be read: {error}", "", hint="Is a brace, a quote or a comma missing?"),
            )
        except ApiError as refused:
            violations = refused.violations or (Violation(refused.detail, ""),)
            return self._wrong(
                line, *(replace(one, message=re.sub(r"^Line \d+, ", "", one.message)) for one in violations)
            )
        if reference is None:
            if len(self.macros) > _MOST_STRINGS:
                return self._wrong(
                    line, Violation(f"The file defines more than {_MOST_STRINGS} strings", "", hint="Write them out.")
                )
            return None
        return self._source(line, reference)

    def _source(self, line: Line, reference: Reference) -> Item:
        made = body_of(reference, self.format.prefix)
        warnings = tuple(self._warnings(line, reference))
        violations = [
            CellViolation(one.message, one.pointer, hint=one.hint, column=made.columns.get(one.pointer or ""))
            for one in made.violations
        ]
        slug = str(made.body.get("slug"))
        if not violations and (before := self._names.put(COLLECTION, slug, line.number)) is not None:
            hint = "Two entries with one DOI, or one key, are one source: keep one of them, or correct the other's."
            violations.append(
                CellViolation(f"The entry of line {before} makes the source {slug!r} already", "/slug", hint=hint)
            )
        if violations:
            return replace(self._wrong(line, *violations), warnings=warnings)
        return Item(line.number, COLLECTION, made.body, (), warnings, self._part, made.columns, line.number)

    def _warnings(self, line: Line, reference: Reference) -> Iterator[LineWarning]:
        for odd in reference.odd:
            if odd.once is not None and odd.once in self._told:
                continue
            message = odd.message
            if odd.once is not None:
                self._told.add(odd.once)
                message += "; of later entries it is not told again"
            yield LineWarning(
                line=line.number, column=odd.field, pointer="", message=message, hint=odd.hint, rule=odd.rule
            )

    def _wrong(self, line: Line, *violations: Violation) -> Item:
        return Item(line.number, "", None, violations, part=self._part)


@dataclass(frozen=True, slots=True)
class Format:
    """A format of bibliographies: its media types and endings, and how it is read."""

    name: str
    about: str
    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]
    prefix: str
    split: Split
    read: Callable[[str, dict[str, str]], Reference | None]
    example: str


_CSL_EXAMPLE = json.dumps(
    [
        {
            "id": "doe2025",
            "type": "article-newspaper",
            "title": "Delegations meet in Istanbul",
            "author": [{"family": "Doe", "given": "Jane"}],
            "container-title": "The Gazette",
            "issued": {"date-parts": [[2025, 6, 2]]},
            "URL": "https://gazette.example/istanbul",
        }
    ]
)
FORMATS: Final = {
    one.name: one
    for one in (
        Format(
            "csljson",
            "CSL-JSON: an array of entries, or one, as Zotero exports it and doi.org answers.",
            (csl.MEDIA_TYPE,),
            (".json", ".csljson"),
            csl.PREFIX,
            split_json,
            lambda text, _: csl.read(parse_object(text.encode())),
            _CSL_EXAMPLE,
        ),
        Format(
            "ris",
            "RIS: entries from TY to ER, as Zotero, EndNote and databases export it.",
            (ris.MEDIA_TYPE, "application/x-endnote-refer"),
            (".ris",),
            ris.PREFIX,
            split_ris,
            lambda text, _: ris.read(text.split("\n")),
            "TY  - NEWS\r\nTI  - Delegations meet in Istanbul\r\nAU  - Doe, Jane\r\nT2  - The Gazette\r\nDA  - 2025/06/02/\r\nER  - \r\n",
        ),
        Format(
            "bibtex",
            "BibTeX or biblatex, as JabRef and Zotero export it and doi.org answers.",
            (bibtex.MEDIA_TYPE, "text/x-bibtex"),
            (".bib", ".bibtex"),
            bibtex.PREFIX,
            split_bibtex,
            bibtex.read,
            "@article{doe2025,\n  title = {Delegations meet in Istanbul},\n  author = {Doe, Jane},\n  journal = {The Gazette},\n  year = 2025,\n  month = jun\n}\n",
        ),
    )
}
"""The formats of bibliographies by name."""


def check(collection: str | None, profile: object) -> None:
    """Raises `ApiError` where a bibliography is to be what it is not."""
    if profile is not None:
        violation = Violation(
            "A profile reads tables, and this is a bibliography", parameter="profile", hint="Leave `profile` out."
        )
        raise ApiError(ProblemType.INVALID, "`profile` does not go with a bibliography.", [violation])
    if collection not in (None, COLLECTION):
        violation = Violation(
            f"A bibliography holds sources, not {collection}", parameter="collection", hint="Leave `collection` out."
        )
        raise ApiError(ProblemType.INVALID, "`collection` does not go with a bibliography.", [violation])
