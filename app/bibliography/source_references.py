"""Converts stored sources to references."""

from collections.abc import Callable, Mapping
from typing import Any

from app.bibliography.identifiers import (
    IDENTIFIERS,
)
from app.bibliography.kinds import TYPES, type_of_kind, type_of_word
from app.bibliography.notes import restore_note
from app.bibliography.reference import DATES, NAMES, TEXTS, Name, Reference, one_line


def reference_of(row: Mapping[str, Any], spell: Callable[[str], str]) -> Reference:
    """Convert a stored source to a reference. `spell` returns the word of the target format for a CSL type."""
    coded = row["coded_from"].get("kind")
    type_ = type_of_kind(row["kind"], coded)
    reference = Reference(type=type_, key=row["slug"])
    others = reference.others
    others.append(("parley", row["slug"]))
    word = spell(type_)
    if coded is not None and type_of_word(coded) == type_ and TYPES[type_].kind == row["kind"]:
        if _format_of(coded) == _format_of(word):
            reference.raw_type = word = coded
        # An import stores no `coded_from` for an exact type, so the export must write it.
        if coded != word or TYPES[type_].is_exact:
            others.append(("coded-from", coded))
    if type_of_word(word) != type_:
        others.append(("type", type_))
    if TYPES[type_].kind != row["kind"] and row["kind"] is not None:
        others.append(("kind", row["kind"]))
    texts = reference.texts
    for name, value in (
        ("title", row["title"]),
        ("abstract", row["summary"]),
        ("URL", row["url"]),
        ("language", row["lang"]),
        ("license", row["licence"]),
        ("container-title" if TYPES[type_].is_serial else "publisher", row["publisher"]),
    ):
        if value is not None:
            texts[name] = value
    if row["archived_url"] is not None:
        others.append(("archived-url", row["archived_url"]))
    for name, value in (("issued", row["published"]), ("accessed", row["accessed_on"])):
        if value is not None:
            reference.dates[name] = value
    _put_ids(reference, row["external_ids"])
    printed = dict.fromkeys(map(one_line, row["authors"]))
    authors = {one: Name(one) for one in printed}
    reference.notes = [note for note in row["notes"] if not restore_note(reference, note, authors)]
    order = {name: place for place, name in enumerate(TEXTS)}
    reference.texts = dict(sorted(texts.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))
    reference.names = {name: reference.names[name] for name in NAMES if name in reference.names}
    reference.dates = {name: reference.dates[name] for name in DATES if name in reference.dates}
    if authors:
        reference.names["author"] = [authors[one] for one in printed]
    return reference


def _format_of(word: str) -> str:
    return "@" if word.startswith("@") else "RIS" if word.startswith("RIS ") else ""


def _put_ids(reference: Reference, ids: list[Mapping[str, Any]]) -> None:
    schemes = {scheme: (name, read) for name, (scheme, read, _) in IDENTIFIERS.items()}
    # The formats collapse whitespace: values that differ only in whitespace are written once.
    for scheme, value in sorted({(one["scheme"], " ".join(one["value"].split())) for one in ids}):
        name, read = schemes.get(scheme, (None, None))
        if scheme == "citekey" and reference.texts.setdefault("citation-key", value) == value:
            continue
        if name is not None and read is not None and read(value) == value:
            if name not in reference.texts:
                reference.texts[name] = value
                continue
            if name in ("ISBN", "ISSN"):
                reference.texts[name] += f" {value}"
                continue
        reference.others.append(("external-id", f"{scheme}:{value}"))
