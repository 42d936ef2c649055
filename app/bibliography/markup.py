"""Removes the markup of HTML, JATS and MathML from the texts of an entry."""

import re
from html import unescape

from app.bibliography.reference import EntryWarning, Reference

_MARKUP = re.compile(
    r"</?(?:i|b|em|strong|sub|sup|sc|u|p|br|div|span|a|ul|ol|li|jats:[\w-]+|mml:[\w-]+)(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_BREAKS = re.compile(r"</(?:p|div|li|jats:p|jats:title|jats:sec)>|<br\s*/?>", re.IGNORECASE)


def strip_markup(reference: Reference) -> None:
    """Remove the markup from the texts and notes of a reference. Warnings are added to `reference.odd`."""
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
