"""Writes a dossier piece by piece. The bytes are the same as those of `DossierForm.write` for the whole document.

A section (`records`, `withdrawn`) contains collections. A collection contains entries, which are either records or
reasons for withdrawals by slug. Empty sections and collections are omitted.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from app.ingest.dossier_formats import DossierForm
from app.web.yaml_text import as_yaml

Entries = Sequence[Mapping[str, Any]] | Mapping[str, str]


class DossierWriter(ABC):
    """Writes the text of one dossier."""

    def __init__(self) -> None:
        self._position: tuple[str, str] | None = None
        self._closing = ""

    @abstractmethod
    def begin(self, head: Mapping[str, str]) -> bytes:
        """Return the beginning of the document: the fields before the sections."""

    def write_entries(self, section: str, collection: str, entries: Entries) -> bytes:
        """Return the text of the next entries of a collection. `entries` must not be empty, and must be in document
        order."""
        previous, self._position = self._position, (section, collection)
        return self._entries(previous, self._position, entries).encode()

    @abstractmethod
    def _entries(self, previous: tuple[str, str] | None, position: tuple[str, str], entries: Entries) -> str:
        """Return the text of some entries.

        `position` is the section and collection of these entries; `previous` is the section and collection of the
        preceding entries.
        """

    @abstractmethod
    def end(self) -> bytes:
        """Return the end of the document."""


class JsonDossierWriter(DossierWriter):
    """Writes JSON as `json.dumps` does, with one value per line."""

    def begin(self, head: Mapping[str, str]) -> bytes:
        return _to_json(head).removesuffix("\n}").encode()

    def _entries(self, previous: tuple[str, str] | None, position: tuple[str, str], entries: Entries) -> str:
        section, collection = position
        sign, ending = ("{", "}") if isinstance(entries, Mapping) else ("[", "]")
        opening = f' "{section}": {{\n', f'  "{collection}": {sign}\n'
        closing = f"\n  {ending}", "\n }"
        text = _to_json({section: {collection: entries}})
        inner = text[len("{\n" + "".join(opening)) : -len("".join(closing) + "\n}")]
        if previous == position:
            before = ",\n"
        elif previous is not None and previous[0] == section:
            before = f"{self._closing[: -len(closing[1])]},\n{opening[1]}"
        else:
            before = f"{self._closing},\n{''.join(opening)}"
        self._closing = "".join(closing)
        return before + inner

    def end(self) -> bytes:
        return f"{self._closing}\n}}\n".encode()


class YamlDossierWriter(DossierWriter):
    """Writes YAML as `as_yaml` does."""

    def begin(self, head: Mapping[str, str]) -> bytes:
        return as_yaml(head)

    def _entries(self, previous: tuple[str, str] | None, position: tuple[str, str], entries: Entries) -> str:
        section, collection = position
        text = as_yaml({section: {collection: entries}}).decode()
        shared_lines = 2 if previous == position else 1 if previous is not None and previous[0] == section else 0
        return text.split("\n", shared_lines)[-1]

    def end(self) -> bytes:
        return b""


def dossier_writer(form: DossierForm) -> DossierWriter:
    """Return the writer for this format."""
    return YamlDossierWriter() if form is DossierForm.YAML else JsonDossierWriter()


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
