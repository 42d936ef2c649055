"""Small workbooks, made by hand: what they hold is what a test says, sign by sign."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def relations(**targets: str) -> str:
    rows = "".join(
        f'<Relationship Id="{name}" Type="{_TYPES}/{name.rstrip("0123456789")}" Target="{target}"/>'
        for name, target in targets.items()
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def sheet(*rows: Sequence[str]) -> str:
    """A sheet of texts; an empty one is no cell."""
    written = []
    for number, row in enumerate(rows, 1):
        cells = "".join(
            f'<c r="{letters(place)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
            for place, text in enumerate(row)
            if text
        )
        written.append(f'<row r="{number}">{cells}</row>')
    return data("".join(written))


def data(rows: str) -> str:
    return f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>"


def letters(place: int) -> str:
    name = ""
    while place >= 0:
        place, letter = place // 26 - 1, place % 26
        name = chr(65 + letter) + name
    return name


def workbook(sheets: Mapping[str, str], *, before: str = "", packed: int = zipfile.ZIP_DEFLATED, **parts: str) -> bytes:
    """A workbook of sheets in XML. `styles` and `sharedStrings` are the XML of these parts, `before` goes before the
    sheets in the book, `packed` is how zip packs it."""
    named = {f"worksheet{number}": name for number, name in enumerate(sheets, 1)}
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="1" r:id="{key}"/>' for key, name in named.items())
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", packed) as archive:
        archive.writestr("_rels/.rels", relations(officeDocument="xl/workbook.xml"))
        archive.writestr(
            "xl/workbook.xml", f'<workbook {_MAIN} xmlns:r="{_TYPES}">{before}<sheets>{listed}</sheets></workbook>'
        )
        targets = {key: f"worksheets/{key}.xml" for key in named} | {part: f"{part}.xml" for part in parts}
        archive.writestr("xl/_rels/workbook.xml.rels", relations(**targets))
        for key, name in named.items():
            archive.writestr(f"xl/worksheets/{key}.xml", sheets[name])
        for part, text in parts.items():
            archive.writestr(f"xl/{part}.xml", text)
    return held.getvalue()
