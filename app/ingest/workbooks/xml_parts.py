"""Parses the XML in a workbook as a stream with bounded memory, even if the file is malicious.

Libraries build a tree of each row and of all formats, or a grid from the first cell to the last, so a file of a few
kilobytes could exhaust memory. Here a part is parsed in pieces, and only the requested values are stored.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol
from xml.parsers import expat

from app.errors import ApiError, ProblemType, Violation

_PIECE = 65_536
#: Maximum size of a tag in bytes, and maximum depth of elements: far more than any workbook needs.
_MAX_TAG_BYTES, _MAX_DEPTH = 1_048_576, 64


class Handler(Protocol):
    """Receives the elements of a part. Names have no namespace prefix."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...

    def text(self, text: str) -> None: ...

    def end(self, name: str) -> None: ...


def malformed_file(detail: str, hint: str = "Save it again as .xlsx, or as CSV.") -> ApiError:
    """Return the error for a workbook that cannot be read."""
    return ApiError(ProblemType.MALFORMED, detail, [Violation(detail.rstrip("."), pointer="", hint=hint)])


def parse_part(archive: zipfile.ZipFile, name: str, handler: Handler) -> Iterator[None]:
    """Parse a part, and yield after each piece. Raises `ApiError` if it is not valid XML, or exceeds the limits."""
    parser, depth, parsed = expat.ParserCreate(), 0, 0
    parser.buffer_text = True

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise malformed_file(f"The part {name} of the workbook has more than {_MAX_DEPTH} nested elements.")
        handler.start(_local_name(tag), {_local_name(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(_local_name(tag))

    def reject_doctype(*_: object) -> None:
        raise malformed_file(f"The part {name} of the workbook has a document type declaration.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = handler.text, reject_doctype
    try:
        with archive.open(name) as part:
            while piece := part.read(_PIECE):
                parser.Parse(piece, False)
                parsed += len(piece)
                if parsed - max(parser.CurrentByteIndex, 0) > _MAX_TAG_BYTES:
                    raise malformed_file(
                        f"The part {name} of the workbook has a tag of more than {_MAX_TAG_BYTES} bytes."
                    )
                yield
            parser.Parse(b"", True)
            yield
    except KeyError:
        raise malformed_file(f"The workbook has no part {name}.") from None
    except expat.ExpatError as error:
        raise malformed_file(f"The part {name} of the workbook is not valid XML: {error}.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise malformed_file(f"The workbook is damaged: {error}.") from None


def read_part(archive: zipfile.ZipFile, name: str, handler: Handler) -> None:
    """Parse a whole part."""
    for _ in parse_part(archive, name, handler):
        pass


class Elements:
    """A handler that only receives the start tags of elements."""

    def __init__(self, on_start: Callable[[str, Mapping[str, str]], None]) -> None:
        self.start = on_start

    def text(self, text: str) -> None:
        """Text is ignored."""

    def end(self, name: str) -> None:
        """End tags are ignored."""


def _local_name(name: str) -> str:
    return name.rpartition(":")[2]
