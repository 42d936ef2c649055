"""Converts references to request bodies of sources, and stored sources to references."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final

from slugify import slugify

from app.bibliography.dates import valid
from app.bibliography.identifiers import (
    IDENTIFIERS,
    address_of,
    doi_of,
    external_id,
    identifiers_in,
    language_of,
    zotero_key,
)
from app.bibliography.kinds import TYPES, type_of_kind, type_of_word
from app.bibliography.notes import lines_of, notes_of, restore_note
from app.bibliography.reference import DATES, NAMES, TEXTS, EntryWarning, Name, Reference, one_line
from app.db.vocabulary import SourceKind
from app.domain.types import is_storable
from app.errors import Violation

#: Maximum length of a slug made from a key; a longer one is truncated and made unique with a digest.
_LONGEST: Final = 120
_MARKUP = re.compile(
    r"</?(?:i|b|em|strong|sub|sup|sc|u|p|br|div|span|a|ul|ol|li|jats:[\w-]+|mml:[\w-]+)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
#: Variables whose unparsable values were already reported, so that `no-field` is not reported as well.
_REPORTED: Final = frozenset((*IDENTIFIERS, *DATES, "language", "URL"))
_BREAKS = re.compile(r"</(?:p|div|li|jats:p|jats:title|jats:sec)>|<br\s*/?>", re.IGNORECASE)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

#: The field of a source, as JSON Pointer, by CSL variable.
_FIELDS: Final = {
    "title": "/title", "abstract": "/summary", "URL": "/url", "publisher": "/publisher", "container-title": "/publisher",
    "author": "/authors", "issued": "/published", "accessed": "/accessed_on", "language": "/lang", "license": "/licence",
}  # fmt: skip


@dataclass(slots=True)
class Body:
    """The request body of a source, the violations of the entry, and the field of the file by JSON Pointer."""

    body: dict[str, Any] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)


def body_of(reference: Reference, prefix: str) -> Body:
    """Convert a reference to the request body of a source. Warnings are added to `reference.odd`.

    `prefix` is the prefix of the slug, unless the entry is an export that contains one."""
    made, done = Body(), {"title", "abstract", "language", "URL", "license", "issued", "accessed", "citation-key"}
    own = reference.other("parley")
    own = own if own is not None and _SLUG.fullmatch(own) else None
    if own is None:
        _strip_markup(reference)
    texts, body = reference.texts, made.body
    made.columns = {_FIELDS[name]: source for name, source in reference.fields.items() if name in _FIELDS}
    if not texts.get("title", "").strip():
        hint = "Add a title: every source must have one."
        made.violations.append(Violation("The entry has no title", "/title", hint=hint))
    made.violations += [
        Violation(
            f"`{name}` contains a character that cannot be stored (NUL or an unpaired surrogate)",
            _FIELDS.get(name, ""),
            hint="Remove the character.",
        )
        for name, text in texts.items()
        if not is_storable(text)
    ]
    if made.violations:
        return made
    body["title"] = texts["title"]
    _put_kind(reference, body, is_own=own is not None)
    _put_publisher(reference, body, done)
    authors = [one for one in reference.names.get("author", ()) if one.family or one.given]
    if printed := list(dict.fromkeys(one.printed for one in authors)):
        body["authors"] = printed
    if all(one.is_literal for one in authors):
        done.add("author")
    for name, target in (("issued", "published"), ("accessed", "accessed_on")):
        if name in reference.dates:
            body[target] = reference.dates[name]
    _put_checked(reference, body)
    for name, target in (("abstract", "summary"), ("license", "licence")):
        if texts.get(name, "").strip():
            body[target] = texts[name]
    if (archived := reference.other("archived-url")) and address_of(archived):
        body["archived_url"] = archived
    ids = _external_ids(reference, done, is_own=own is not None)
    if ids:
        body["external_ids"] = ids
    lines = lines_of(reference, done)
    for line in lines:
        name = line.partition(": ")[0]
        if name != "author" and name.removeprefix("CSL ") not in _REPORTED:
            hint = f"It is stored in a note as `{name}: …`; an export restores the field."
            reference.odd.append(
                EntryWarning(
                    "no-field",
                    reference.fields.get(name, name),
                    "Sources have no such field; the value is stored in `notes`",
                    hint,
                    f"no-field {name}",
                )
            )
    if notes := [*notes_of(lines), *(note for note in reference.notes if note.strip())]:
        body["notes"] = notes
    body["slug"] = own or _slug(reference, ids, prefix)
    return made


def _strip_markup(reference: Reference) -> None:
    for name, text in reference.texts.items():
        if "<" not in text and "&" not in text:
            continue
        plain = _plain(text)
        if plain != text:
            reference.texts[name] = plain
            if _MARKUP.search(text):
                reference.odd.append(
                    EntryWarning(
                        "markup",
                        reference.fields.get(name, name),
                        "Markup was removed from the text",
                        None,
                        f"markup {name}",
                    )
                )

    for place, note in enumerate(reference.notes):
        if _MARKUP.search(note):
            reference.notes[place] = _plain(note)
            reference.odd.append(
                EntryWarning("markup", "note", "Markup was removed from the note", None, "markup note")
            )


def _plain(text: str) -> str:
    return unescape(_MARKUP.sub("", _BREAKS.sub("\n", text))).strip()


def _put_kind(reference: Reference, body: dict[str, Any], *, is_own: bool) -> None:
    stated = reference.other("type") if is_own else reference.texts.pop("type", None)
    if stated in TYPES:
        reference.type, reference.raw_type = str(stated), str(stated)
    known = TYPES[reference.type]
    kind = reference.other("kind") if is_own else None
    if kind is not None and kind in set(SourceKind):
        body["kind"] = kind
        return
    if known.kind is not None:
        body["kind"] = known.kind.value
    stated_word = reference.other("coded-from") if is_own else None
    word = stated_word or reference.raw_type or reference.type
    if stated_word or not known.is_exact or type_of_word(word) != reference.type:
        body["coded_from"] = {"kind": one_line(word)}
        if not is_own:
            hint = "The original type is stored in `coded_from`."
            instead = f"it is imported as {known.kind.value!r}" if known.kind else "the kind is null"
            message = f"The type {word[:60]!r} has no equivalent kind of source; {instead}"
            reference.odd.append(
                EntryWarning("unmapped", reference.fields.get("type", "type"), message, hint, f"unmapped {word}")
            )


def _put_publisher(reference: Reference, body: dict[str, Any], done: set[str]) -> None:
    order = ("container-title", "publisher") if TYPES[reference.type].is_serial else ("publisher",)
    for name in order:
        if reference.texts.get(name, "").strip():
            body["publisher"] = reference.texts[name]
            done.add(name)
            return


def _put_checked(reference: Reference, body: dict[str, Any]) -> None:
    """Set `lang` and `url` if they are valid; otherwise the value goes into a note, with a warning."""
    texts = reference.texts
    for name, target, read, hint in (
        ("language", "lang", language_of, "Write a language tag such as en, pt-BR or zh-Hant."),
        ("URL", "url", address_of, "Write a web address that begins with http:// or https://."),
    ):
        text = texts.get(name, "").strip()
        if not text:
            continue
        if (value := read(text)) is not None:
            body[target] = value
        else:
            reference.add_text(f"CSL {name}", text)
            reference.odd.append(_not_read(reference, name, text, hint))


def _not_read(reference: Reference, name: str, text: str, hint: str) -> EntryWarning:
    message = f"`{name}` cannot be parsed: {text[:60]!r}; it is stored in `notes`"
    return EntryWarning("not-read", reference.fields.get(name, name), message, hint)


def _external_ids(reference: Reference, done: set[str], *, is_own: bool) -> list[dict[str, Any]]:
    texts = reference.texts
    if "DOI" not in texts and not is_own:
        # The URL of many entries is that of the DOI, and DataCite writes the DOI as the key.
        dois = (doi_of(text) for text in (texts.get("URL"), reference.key) if text)
        if (doi := next(filter(None, dois), None)) is not None:
            texts["DOI"] = doi
    found: list[dict[str, Any]] = []
    for name, (scheme, _, uri) in IDENTIFIERS.items():
        done.add(name)
        for text, value in identifiers_in(name, texts.get(name, "")):
            if value is not None:
                found.append(external_id(scheme, value, uri))
            else:
                reference.add_text(f"CSL {name}", text)
                reference.odd.append(_not_read(reference, name, text, f"Check the {name} for missing or wrong digits."))
    for _, value in (one for one in reference.others if one[0] == "external-id"):
        scheme, _, number = value.partition(":")
        if _SLUG.fullmatch(scheme) and number:
            found.append(external_id(scheme, number))
    keys = [texts.get("citation-key"), None if is_own else reference.key]
    for key in filter(None, keys):
        if is_own:
            found.append(external_id("citekey", key))
        elif item := zotero_key(key):
            found.append(external_id("zotero", item, "https://www.zotero.org/{}"))
        elif not key.isdigit() and doi_of(key) is None:
            found.append(external_id("citekey", key))
    unique = {(one["scheme"], one["value"]): one for one in found}
    return list(unique.values())


def _slug(reference: Reference, ids: list[dict[str, Any]], prefix: str) -> str:
    """Build the slug of an entry from its DOI, else its key, else its title, date and authors."""
    doi = next((one["value"] for one in ids if one["scheme"] == "doi"), None)
    if doi or (reference.key and not reference.key.isdigit()):
        key = str(doi or zotero_key(str(reference.key)) or reference.key)
        word = slugify(key)
        # A digest distinguishes keys that differ only in characters that slugs drop.
        is_whole = key.isascii() and 0 < len(word) <= _LONGEST
        word = (
            word.removeprefix(f"{prefix}-") if is_whole else f"{word[:_LONGEST].strip('-')}-{_digest(key)}".strip("-")
        )
        return f"{prefix}-{word}"
    identifying = [
        reference.texts["title"],
        reference.dates.get("issued", ""),
        *(one.printed for one in reference.names.get("author", ())),
    ]
    word = slugify(reference.texts["title"], max_length=80, word_boundary=True)
    return "-".join(part for part in (prefix, word, _digest("\n".join(identifying))) if part)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


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


def date_or_note(reference: Reference, variable: str, date: str | None, text: str, source: str) -> None:
    """Set a date. If it could not be parsed (`date` is None), the text goes into a note, with a warning."""
    reference.fields.setdefault(variable, source)
    if date is not None and valid(date):
        reference.dates.setdefault(variable, date)
    elif text.strip():
        reference.add_text(f"CSL {variable}", text)
        reference.odd.append(
            _not_read(
                reference,
                variable,
                text,
                "The date is null. Write it as 2025-06-02, 2025-06, June 2025 or c. 2020.",
            )
        )
