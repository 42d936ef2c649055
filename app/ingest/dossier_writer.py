"""The text of a dossier, written piece by piece: the bytes are those that `DossierForm.write` makes of the whole.

A section (`records`, `withdrawn`) holds collections, and a collection entries: a list of records, or reasons by slug.
What holds nothing is left out.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from app.ingest.dossier_formats import DossierForm
from app.web.yaml_text import as_yaml

Entries = Sequence[Mapping[str, Any]] | Mapping[str, str]


class Pieces(ABC):
    """The text of one dossier in the making."""

    def __init__(self) -> None:
        self._at: tuple[str, str] | None = None
        self._closing = ""

    @abstractmethod
    def begin(self, head: Mapping[str, str]) -> bytes:
        """What comes first: the fields before the sections."""

    def entries(self, section: str, collection: str, entries: Entries) -> bytes:
        """The next entries of a collection, in the order of the document; some at least."""
        was, self._at = self._at, (section, collection)
        return self._entries(was, self._at, entries).encode()

    @abstractmethod
    def _entries(self, was: tuple[str, str] | None, at: tuple[str, str], entries: Entries) -> str:
        """The text of some entries; `at` is their section and collection, `was` that of the entries before."""

    @abstractmethod
    def end(self) -> bytes:
        """What comes last."""


class JsonPieces(Pieces):
    """As `json.dumps` writes it, one value a line."""

    def begin(self, head: Mapping[str, str]) -> bytes:
        return _dumped(head).removesuffix("\n}").encode()

    def _entries(self, was: tuple[str, str] | None, at: tuple[str, str], entries: Entries) -> str:
        section, collection = at
        sign, ending = ("{", "}") if isinstance(entries, Mapping) else ("[", "]")
        opening = f' "{section}": {{\n', f'  "{collection}": {sign}\n'
        closing = f"\n  {ending}", "\n }"
        text = _dumped({section: {collection: entries}})
        inner = text[len("{\n" + "".join(opening)) : -len("".join(closing) + "\n}")]
        if was == at:
            before = ",\n"
        elif was is not None and was[0] == section:
            before = f"{self._closing[: -len(closing[1])]},\n{opening[1]}"
        else:
            before = f"{self._closing},\n{''.join(opening)}"
        self._closing = "".join(closing)
        return before + inner

    def end(self) -> bytes:
        return f"{self._closing}\n}}\n".encode()


class YamlPieces(Pieces):
    """As `as_yaml` writes it."""

    def begin(self, head: Mapping[str, str]) -> bytes:
        return as_yaml(head)

    def _entries(self, was: tuple[str, str] | None, at: tuple[str, str], entries: Entries) -> str:
        section, collection = at
        text = as_yaml({section: {collection: entries}}).decode()
        opened = 2 if was == at else 1 if was is not None and was[0] == section else 0
        return text.split("\n", opened)[-1]

    def end(self) -> bytes:
        return b""


def pieces_of(form: DossierForm) -> Pieces:
    """What writes a dossier in this form."""
    return YamlPieces() if form is DossierForm.YAML else JsonPieces()


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
