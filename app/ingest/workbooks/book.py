"""The parts of a workbook that its sheets refer to."""

import posixpath
import zipfile
from collections.abc import Mapping, Sequence

from app.errors import ApiError, ProblemType, Violation, nearest, quoted
from app.ingest.workbooks.cells import DateSystem
from app.ingest.workbooks.numbers import parse_integer
from app.ingest.workbooks.shared_strings import SharedStrings
from app.ingest.workbooks.xml_parts import Elements, malformed_file, read_part

#: Maximum size of a part that is held in memory, in bytes.
_MAX_PART_BYTES = 67_108_864


class Book:
    """The sheets, number formats and shared strings of a workbook."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.date_system = DateSystem.FROM_1900
        self.sheets: dict[str, str] = {}
        """The archive part of each sheet with cells, by sheet name."""
        self.codes: dict[int, str] = {}
        self.formats: list[int] = []
        self.texts: list[str] = []
        book = self._targets("_rels/.rels", "").get("officeDocument", {})
        path = next(iter(book.values()), "xl/workbook.xml")
        folder, name = posixpath.split(path)
        related = self._targets(f"{folder}/_rels/{name}.rels", folder)
        self._parts = related.get("worksheet", {})
        self._read(path, Elements(self._read_book_element))
        for styles in related.get("styles", {}).values():
            self._is_in_formats = False
            self._read(styles, Elements(self._read_style_element))
        for texts in related.get("sharedStrings", {}).values():
            shared = SharedStrings()
            self._read(texts, shared)
            self.texts = shared.texts

    def path_of(self, sheets: Sequence[str]) -> str:
        """Return the archive part of the sheet with one of these names, or of the first sheet if there are no names."""
        if not self.sheets:
            raise malformed_file("The workbook has no sheet with cells.")
        if not sheets:
            return next(iter(self.sheets.values()))
        for name in sheets:
            if name in self.sheets:
                return self.sheets[name]
        names = ", ".join(map(repr, list(self.sheets)[:20]))
        near = nearest(sheets[0], self.sheets)
        violation = Violation(
            f"The workbook has no sheet {' or '.join(map(repr, sheets))}",
            pointer="",
            hint=f"Did you mean {quoted(near)}? The sheets are: {names}." if near else f"The sheets are: {names}.",
        )
        raise ApiError(ProblemType.INVALID, f"{violation.message}.", [violation])

    def _read(self, name: str, handler: "Elements | SharedStrings") -> None:
        info = self.archive.NameToInfo.get(name)
        if info is not None and info.file_size > _MAX_PART_BYTES:
            detail = f"The part {name} of the workbook has more than {_MAX_PART_BYTES} bytes when uncompressed."
            hint = "Save the sheet as CSV, which is read as a stream."
            raise ApiError(ProblemType.TOO_LARGE, detail, [Violation(detail.rstrip("."), pointer="", hint=hint)])
        read_part(self.archive, name, handler)

    def _targets(self, name: str, folder: str) -> dict[str, dict[str, str]]:
        """Return the targets of the relationships in a part: by the last word of their type, and by id."""
        found: dict[str, dict[str, str]] = {}

        def collect(element: str, attributes: Mapping[str, str]) -> None:
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
                found.setdefault(kind, {})[attributes.get("Id", "")] = target

        self._read(name, Elements(collect))
        return found

    def _read_book_element(self, element: str, attributes: Mapping[str, str]) -> None:
        if element == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.date_system = DateSystem.FROM_1904
        elif element == "sheet" and (part := self._parts.get(attributes.get("id", ""))) is not None:
            self.sheets[attributes.get("name", "")] = part

    def _read_style_element(self, element: str, attributes: Mapping[str, str]) -> None:
        if element == "numFmt":
            self.codes[parse_integer(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif element in ("cellXfs", "cellStyles"):
            self._is_in_formats = element == "cellXfs"
        elif element == "xf" and self._is_in_formats:
            self.formats.append(parse_integer(attributes.get("numFmtId")))
