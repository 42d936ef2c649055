"""Bibliographies as import files: each entry of CSL-JSON, RIS or BibTeX becomes a source.

The file is split into entries while it arrives, so that memory holds only one batch. The line number of an entry is the
number of its first line.
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
#: Lines to read before giving up: a RIS file must have its first entry within them.
_MOST_BEFORE: Final = 200
#: Maximum number of strings (`@string`) that a BibTeX file may define.
_MOST_STRINGS: Final = 10_000
Split = Callable[[AsyncIterator[bytes], int], AsyncIterator[list[Line]]]


def malformed(detail: str, hint: str) -> ApiError:
    return ApiError(ProblemType.MALFORMED, detail, [Violation(detail.rstrip("."), pointer="", hint=hint)])


# --- splitting

_TOKEN = re.compile(rb'[\\"{}\[\]\n]')
_WRAPPED = re.compile(rb'\s*\{\s*"items"\s*:\s*\[')
_BOM = b"\xef\xbb\xbf"
#: Bytes within which an object must show whether it is `{"items": […]}`.
_DETECTION_BYTES: Final = 65_536


@dataclass(slots=True)
class _ObjectSplitter:
    """Splits an array into its objects, or reads one object. `top` is the nesting depth at which the objects begin."""

    most_bytes: int
    top: int
    depth: int = 0
    line_number: int = 1
    is_string: bool = False
    is_escaped: bool = False
    first_line: int = 0
    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    is_finished: bool = False

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Yield the objects that end in this chunk."""
        start = 0 if self.depth > self.top else None
        last = 0
        for found in _TOKEN.finditer(chunk):
            at, token = found.start(), found[0]
            if self.is_escaped:
                self.is_escaped = False
                if at == last and self.is_string:
                    last = at + 1
                    continue
            if self.depth <= self.top:
                self._check_separator(chunk[last:at])
            last = at + 1
            if token == b"\n":
                self.line_number += 1
            elif token == b"\\":
                self.is_escaped = self.is_string
            elif token == b'"':
                if self.depth <= self.top and not self.is_finished:
                    self._reject(b'"')
                self.is_string = not self.is_string
            elif self.is_string:
                continue
            elif token in b"{[":
                if self.depth == self.top and not self.is_finished:
                    if token == b"[":
                        self._reject(token)
                    start, self.first_line = at, self.line_number
                self.depth += 1
            else:
                self.depth -= 1
                if self.depth == self.top and start is not None:
                    self._add(chunk[start : at + 1])
                    yield Line(self.first_line, b"".join(self.parts) if self.size <= self.most_bytes else None)
                    self.parts, self.size, start = [], 0, None
                    self.is_finished = self.top == 0
                elif self.depth < self.top:
                    self.is_finished = True
        if self.is_escaped and last < len(chunk):
            # The character after the backslash was not a token.
            self.is_escaped = False
        if start is not None:
            self._add(chunk[start:])
        elif self.depth <= self.top:
            self._check_separator(chunk[last:])

    def _add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size <= self.most_bytes:
            self.parts.append(piece)
        else:
            self.parts.clear()

    def _check_separator(self, piece: bytes) -> None:
        if not self.is_finished and piece.strip(b" \t\r\n,"):
            self._reject(piece.strip(b" \t\r\n,"))

    def _reject(self, piece: bytes) -> None:
        shown = piece[:40].decode(errors="replace")
        raise malformed(
            f"Line {self.line_number}: expected the beginning of an entry; got {shown!r}.",
            "Send an array of objects, or one object.",
        )

    def end(self) -> None:
        """Check that the file is complete. Raises `ApiError` if it ends too early."""
        if not self.is_finished:
            raise malformed("The JSON ends before it is complete.", "The file may be truncated; send it again.")


async def split_json(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """Yield the objects of a JSON array, those of `{"items": […]}`, or the single object of the file."""
    start, splitter = b"", None
    async for chunk in chunks:
        if splitter is None:
            start = (start + chunk).removeprefix(_BOM)
            first = start.lstrip()[:1]
            if first not in (b"", b"[", b"{"):
                raise _not_json(start)
            wrapped = _WRAPPED.match(start)
            if not first or (
                first == b"{" and wrapped is None and len(start) < _DETECTION_BYTES and start.count(b"}") == 0
            ):
                continue
            splitter = _ObjectSplitter(
                most_bytes, 0 if first == b"{" and wrapped is None else 1 if first == b"[" else 2
            )
            chunk, start = _skip_opening(splitter, start, wrapped), b""
        if found := list(splitter.feed(chunk)):
            yield found
    if splitter is None:
        if not start.strip():
            raise malformed("The body is empty.", "Send an array of entries.")
        raise malformed("The JSON ends before it is complete.", "The file may be truncated; send it again.")
    splitter.end()


def _skip_opening(splitter: _ObjectSplitter, start: bytes, wrapped: re.Match[bytes] | None) -> bytes:
    """Set the depth of the splitter, and return the text after the opening bracket."""
    if splitter.top == 0:
        return start
    at = wrapped.end() if wrapped is not None else start.index(b"[") + 1
    splitter.depth, splitter.line_number = splitter.top, 1 + start.count(b"\n", 0, at)
    return start[at:]


def _not_json(start: bytes) -> ApiError:
    shown = start.lstrip()[:40].decode(errors="replace")
    return malformed(f"The body is not CSL-JSON: it begins with {shown!r}.", "Send an array of objects, or one object.")


@dataclass(slots=True)
class _Entry:
    """Collects the lines of one entry."""

    most_bytes: int
    number: int = 0
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    is_too_long: bool = False

    def add(self, line: Line) -> None:
        if not self.lines and not self.is_too_long:
            self.number = line.number
        self.size += len(line.text or b"") + 1
        if line.text is None or self.size > self.most_bytes:
            self.is_too_long = True
            self.lines.clear()
        elif not self.is_too_long:
            self.lines.append(line.text)

    @property
    def is_begun(self) -> bool:
        return bool(self.lines) or self.is_too_long

    def finish(self) -> Line:
        line = Line(self.number, None if self.is_too_long else b"\n".join(self.lines))
        self.lines, self.size, self.is_too_long = [], 0, False
        return line


_TY, _ER = re.compile(rb"\s*TY {1,2}-"), re.compile(rb"\s*ER {1,2}-")


async def split_ris(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """Yield the entries, from TY to ER. Lines before the first entry are a heading, as some databases write, and ignored."""
    entry, is_inside, has_begun, before = _Entry(most_bytes), False, False, 0
    async for batch in lines(with_line_feeds(chunks), most_bytes):
        found: list[Line] = []
        for line in batch:
            text = line.text or b""
            if _TY.match(text):
                if entry.is_begun:
                    found.append(entry.finish())
                is_inside = has_begun = True
            elif not has_begun:
                before += bool(text.strip())
                if before > _MOST_BEFORE:
                    raise _not_ris()
                continue
            elif not is_inside and not text.strip():
                continue
            entry.add(line)
            if is_inside and _ER.match(text):
                found.append(entry.finish())
                is_inside = False
        if found:
            yield found
    if entry.is_begun:
        yield [entry.finish()]
    if not has_begun:
        raise _not_ris()


def _not_ris() -> ApiError:
    return malformed(
        "The body is not RIS: no line begins with 'TY  - '.",
        "An entry begins with its type, as in 'TY  - NEWS', and ends with 'ER  - '.",
    )


_AT = re.compile(rb"\s*@\s*([A-Za-z][\w:-]*)\s*(?=[{(]|$)")


async def split_bibtex(chunks: AsyncIterator[bytes], most_bytes: int) -> AsyncIterator[list[Line]]:
    """Yield the entries, from @ to the closing brace. Text between entries is a comment.

    An entry without its closing brace ends before the next line that begins an entry.
    """
    entry, depth, has_begun = _Entry(most_bytes), 0, False
    closing = b"}"
    async for batch in lines(with_line_feeds(chunks), most_bytes):
        found: list[Line] = []
        for line in batch:
            text = line.text or b""
            if entry.is_begun and depth and text.startswith(b"@") and _AT.match(text):
                found.append(entry.finish())
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
                end, depth = _find_end(rest, depth, closing)
                if end is None:
                    entry.add(Line(number, rest if line.text is not None else None))
                    break
                entry.add(Line(number, rest[:end]))
                found.append(entry.finish())
                rest = rest[end:].lstrip()
        if found:
            yield found
    if entry.is_begun:
        yield [entry.finish()]
    if not has_begun:
        raise malformed(
            "The body is not BibTeX: it contains no entry.",
            "An entry begins with its type and key, as in '@article{doe2025,'.",
        )


def _find_end(text: bytes, depth: int, closing: bytes) -> tuple[int | None, int]:
    """Return where the entry ends in a line (None = on a later line), and how many braces are open there."""
    opening = b"(" if closing == b")" else b"{"
    for found in re.finditer(rb"[{}()]", text):
        token = found[0]
        if token == b"{" or (token == opening and depth == 0):
            depth += 1
        elif token == b"}" or (token == closing and depth == 1):
            depth -= 1
            if depth <= 0:
                return found.end(), 0
    return None, depth


# --- entries


class Bibliography:
    """A source of items: the entries of a bibliography. `format` defines how to split the file and read an entry."""

    def __init__(self, format_: "Format", most_bytes: int) -> None:
        self.format = format_
        self.most_bytes = most_bytes
        self.data_set: DataSet | None = DataSet(format_.name, format_.prefix, format_.name, has_whole_entries=True)
        self.macros = bibtex.new_macros()
        self._names = Names()
        self._reported: set[str] = set()
        self._last, self._part = 0, 0

    def blocks(self, lines: AsyncIterable[list[Line]], most: int) -> AsyncIterator[Block]:
        return blocks_of(lines, most)

    def read(self, block: Block) -> list[Item]:
        """Read the entries as sources. String definitions of BibTeX apply to the entries that follow."""
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
            return self._invalid(
                line, Violation(f"The entry is not UTF-8 (byte 0x{error.object[error.start]:02x})", "", hint=hint)
            )
        except bibtex.Broken as error:
            return self._invalid(
                line,
                Violation(f"The entry cannot be read: {error}", "", hint="Check for a missing brace, quote or comma."),
            )
        except ApiError as refused:
            violations = refused.violations or (Violation(refused.detail, ""),)
            return self._invalid(
                line,
                *(
                    replace(violation, message=re.sub(r"^Line \d+, ", "", violation.message))
                    for violation in violations
                ),
            )
        if reference is None:
            if len(self.macros) > _MOST_STRINGS:
                return self._invalid(
                    line,
                    Violation(
                        f"The file defines more than {_MOST_STRINGS} strings",
                        "",
                        hint="Replace the string names in the entries with their text.",
                    ),
                )
            return None
        return self._to_item(line, reference)

    def _to_item(self, line: Line, reference: Reference) -> Item:
        converted = body_of(reference, self.format.prefix)
        warnings = tuple(self._warnings(line, reference))
        violations = [
            CellViolation(
                violation.message,
                violation.pointer,
                hint=violation.hint,
                column=converted.columns.get(violation.pointer or ""),
            )
            for violation in converted.violations
        ]
        slug = str(converted.body.get("slug"))
        if not violations and (before := self._names.put(COLLECTION, slug, line.number)) is not None:
            hint = "Entries with the same DOI or key are one source: remove one of them, or correct its DOI or key."
            violations.append(
                CellViolation(f"The entry of line {before} already defines the source {slug!r}", "/slug", hint=hint)
            )
        if violations:
            return replace(self._invalid(line, *violations), warnings=warnings)
        return Item(line.number, COLLECTION, converted.body, (), warnings, self._part, converted.columns, line.number)

    def _warnings(self, line: Line, reference: Reference) -> Iterator[LineWarning]:
        for issue in reference.odd:
            if issue.once is not None and issue.once in self._reported:
                continue
            message = issue.message
            if issue.once is not None:
                self._reported.add(issue.once)
                message += "; later entries with this issue are not reported"
            yield LineWarning(
                line=line.number, column=issue.field, pointer="", message=message, hint=issue.hint, rule=issue.rule
            )

    def _invalid(self, line: Line, *violations: Violation) -> Item:
        return Item(line.number, "", None, violations, part=self._part)


@dataclass(frozen=True, slots=True)
class Format:
    """A bibliography format: its media types, its file extensions, and its parser."""

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
            "CSL-JSON: an array of entries, or a single entry, as exported by Zotero and returned by doi.org.",
            (csl.MEDIA_TYPE,),
            (".json", ".csljson"),
            csl.PREFIX,
            split_json,
            lambda text, _: csl.read(parse_object(text.encode())),
            _CSL_EXAMPLE,
        ),
        Format(
            "ris",
            "RIS: entries from TY to ER, as exported by Zotero, EndNote and literature databases.",
            (ris.MEDIA_TYPE, "application/x-endnote-refer"),
            (".ris",),
            ris.PREFIX,
            split_ris,
            lambda text, _: ris.read(text.split("\n")),
            "TY  - NEWS\r\nTI  - Delegations meet in Istanbul\r\nAU  - Doe, Jane\r\nT2  - The Gazette\r\nDA  - 2025/06/02/\r\nER  - \r\n",
        ),
        Format(
            "bibtex",
            "BibTeX or BibLaTeX, as exported by JabRef and Zotero and returned by doi.org.",
            (bibtex.MEDIA_TYPE, "text/x-bibtex"),
            (".bib", ".bibtex"),
            bibtex.PREFIX,
            split_bibtex,
            bibtex.read,
            "@article{doe2025,\n  title = {Delegations meet in Istanbul},\n  author = {Doe, Jane},\n  journal = {The Gazette},\n  year = 2025,\n  month = jun\n}\n",
        ),
    )
}
"""The bibliography formats by name."""


def check_options(collection: str | None, profile: object) -> None:
    """Check that the other options of the import fit a bibliography. Raises `ApiError` (422)."""
    if profile is not None:
        violation = Violation(
            "A profile reads tables, but this file is a bibliography", parameter="profile", hint="Omit `profile`."
        )
        raise ApiError(ProblemType.INVALID, "`profile` cannot be used with a bibliography.", [violation])
    if collection not in (None, COLLECTION):
        violation = Violation(
            f"A bibliography contains sources, not {collection}", parameter="collection", hint="Omit `collection`."
        )
        raise ApiError(ProblemType.INVALID, "`collection` cannot be used with a bibliography.", [violation])
