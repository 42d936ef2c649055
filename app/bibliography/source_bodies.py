"""Converts references to request bodies of sources."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.bibliography.identifiers import (
    IDENTIFIERS,
    doi_of,
    external_id,
    identifiers_in,
    language_of,
    web_address,
    zotero_key,
)
from app.bibliography.kinds import TYPES, type_of_word
from app.bibliography.markup import strip_markup
from app.bibliography.notes import lines_of, notes_of
from app.bibliography.reference import DATES, EntryWarning, Reference, one_line
from app.bibliography.source_slugs import SLUG, source_slug
from app.bibliography.unread_values import not_read
from app.db.vocabulary import SourceKind
from app.domain.texts import is_storable
from app.errors import Violation, quoted

#: Variables whose unparsable values were already reported, so that `no-field` is not reported as well.
_REPORTED: Final = frozenset((*IDENTIFIERS, *DATES, "language", "URL"))
#: For each CSL variable: the JSON Pointer of the source field that gets the variable's value.
_FIELDS: Final = {
    "title": "/title", "abstract": "/summary", "URL": "/url", "publisher": "/publisher", "container-title": "/publisher",
    "author": "/authors", "issued": "/published", "accessed": "/accessed_on", "language": "/lang", "license": "/licence",
}  # fmt: skip


@dataclass(slots=True)
class Body:
    """Return the request body for a source, the violations found in the entry of the bibliography, and the field of that
    entry for each JSON Pointer."""

    body: dict[str, Any] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)


def source_body(reference: Reference, prefix: str) -> Body:
    """Convert a reference to the request body of a source. Warnings are added to `reference.odd`.

    `prefix` is the prefix of the slug. The prefix is not used if the entry was exported by Parley and contains a
    slug."""
    converted, done = Body(), {"title", "abstract", "language", "URL", "license", "issued", "accessed", "citation-key"}
    own = reference.other("parley")
    own = own if own is not None and SLUG.fullmatch(own) else None
    if own is None:
        strip_markup(reference)
    texts, body = reference.texts, converted.body
    converted.columns = {_FIELDS[name]: source for name, source in reference.fields.items() if name in _FIELDS}
    converted.violations = list(_text_violations(texts))
    if converted.violations:
        return converted
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
    if (archived := reference.other("archived-url")) and web_address(archived):
        body["archived_url"] = archived
    ids = _external_ids(reference, done, is_own=own is not None)
    if ids:
        body["external_ids"] = ids
    lines = lines_of(reference, done)
    _warn_of_notes(reference, lines)
    if notes := [*notes_of(lines), *(note for note in reference.notes if note.strip())]:
        body["notes"] = notes
    body["slug"] = own or source_slug(reference, ids, prefix)
    return converted


def _text_violations(texts: Mapping[str, str]) -> Iterator[Violation]:
    if not texts.get("title", "").strip():
        yield Violation("The entry has no title", "/title", hint="Add a title: every source must have one.")
    for name, text in texts.items():
        if not is_storable(text):
            message = f"`{name}` contains a character that cannot be stored (NUL or an unpaired surrogate)"
            yield Violation(message, _FIELDS.get(name, ""), hint="Remove the character.")


def _warn_of_notes(reference: Reference, lines: Iterable[str]) -> None:
    """Warn about values that are stored in notes because sources have no field for them."""
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
            instead = f"it is imported as {quoted(known.kind.value)}" if known.kind else "the kind is null"
            message = f"The type {quoted(word, 60)} has no equivalent kind of source; {instead}"
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
    """Set `lang` and `url` if their values are valid; an invalid value goes into a note, with a warning."""
    texts = reference.texts
    for name, target, read, hint in (
        ("language", "lang", language_of, "Write a language tag such as en, pt-BR or zh-Hant."),
        ("URL", "url", web_address, "Write a URL that begins with http:// or https://."),
    ):
        text = texts.get(name, "").strip()
        if not text:
            continue
        if (value := read(text)) is not None:
            body[target] = value
        else:
            reference.add_text(f"CSL {name}", text)
            reference.odd.append(not_read(reference, name, text, hint))


def _external_ids(reference: Reference, done: set[str], *, is_own: bool) -> list[dict[str, object]]:
    texts = reference.texts
    if "DOI" not in texts and not is_own:
        # In many entries, the URL is only the URL of the DOI, and DataCite writes the DOI as the key.
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
                reference.odd.append(not_read(reference, name, text, f"Check the {name} for missing or wrong digits."))
    for _, value in (one for one in reference.others if one[0] == "external-id"):
        scheme, _, number = value.partition(":")
        if SLUG.fullmatch(scheme) and number:
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
