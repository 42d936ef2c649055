"""The XML in a workbook, read as a stream: what holds no more memory than its bounds, whoever wrote the file.

A library would build a tree of each row and of all formats, or a grid between the first cell and the last; a few kilobytes
could then ask for all the memory there is. Here a part is read in pieces, and nothing of it is kept but what is asked for.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol
from xml.parsers import expat

from app.errors import ApiError, ProblemType, Violation

_PIECE = 65_536
#: Bytes of one tag, and elements in one another: far more than any workbook has.
_MOST_TAG, _MOST_DEEP = 1_048_576, 64


class Handler(Protocol):
    """Takes the elements of a part, their names without a prefix."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...

    def text(self, text: str) -> None: ...

    def end(self, name: str) -> None: ...


def malformed(detail: str, hint: str = "Save it anew as .xlsx, or as CSV.") -> ApiError:
    """What refuses a workbook as a whole."""
    return ApiError(ProblemType.MALFORMED, detail, [Violation(detail.rstrip("."), pointer="", hint=hint)])


def pieces_of(archive: zipfile.ZipFile, name: str, handler: Handler) -> Iterator[None]:
    """Read a part, and stop after each piece of it. Raises `ApiError` where it is no XML, or no honest one."""
    parser, depth, fed = expat.ParserCreate(), 0, 0
    parser.buffer_text = True

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MOST_DEEP:
            raise malformed(f"The part {name} of the workbook is nested too deep.")
        handler.start(_bare(tag), {_bare(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(_bare(tag))

    def refuse(*_: object) -> None:
        raise malformed(f"The part {name} of the workbook declares types or entities.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = handler.text, refuse
    try:
        with archive.open(name) as part:
            while piece := part.read(_PIECE):
                parser.Parse(piece, False)
                fed += len(piece)
                if fed - max(parser.CurrentByteIndex, 0) > _MOST_TAG:
                    raise malformed(f"The part {name} of the workbook has a tag without an end.")
                yield
            parser.Parse(b"", True)
            yield
    except KeyError:
        raise malformed(f"The workbook lacks its part {name}.") from None
    except expat.ExpatError as error:
        raise malformed(f"The part {name} of the workbook is no XML: {error}.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise malformed(f"The workbook is broken: {error}.") from None


def read_part(archive: zipfile.ZipFile, name: str, handler: Handler) -> None:
    """Read a part to its end."""
    for _ in pieces_of(archive, name, handler):
        pass


class Elements:
    """A handler that only looks at the beginnings of elements."""

    def __init__(self, look: Callable[[str, Mapping[str, str]], None]) -> None:
        self.start = look

    def text(self, text: str) -> None:
        """Passed over."""

    def end(self, name: str) -> None:
        """Passed over."""


def _bare(name: str) -> str:
    return name.rpartition(":")[2]
