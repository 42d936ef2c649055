"""The shared strings of a workbook."""

from collections.abc import Mapping

from app.ingest.workbooks.cells import unescaped


class SharedStrings:
    """Collects the shared strings of a workbook, in order, without phonetic annotations."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._is_text, self._is_phonetic = False, False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "rPh":
            self._is_phonetic = True
        self._is_text = name == "t" and not self._is_phonetic

    def text(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "rPh":
            self._is_phonetic = False
        elif name == "si":
            self.texts.append(unescaped("".join(self._parts)))
            self._parts.clear()
