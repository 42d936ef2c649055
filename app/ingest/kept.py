"""What a stored record keeps of its own word: a file fills what is missing there, and what it says otherwise is told.

Two files that call one party differently would else take turns at renaming it for ever, and each would take away the
identifiers that somebody else, or a person, gave to it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from app.ingest.items import Item, line_of
from app.ingest.report import LineWarning
from app.writing.intents import Intent


def with_names(body: Mapping[str, Any], field: str, names: str, more: Iterable[Any]) -> list[Any]:
    """A record's list of names with those of `more` that it does not bear yet."""
    borne = list(body.get(names) or ())
    texts = [body.get(field), *(one.get("text") for one in borne if isinstance(one, dict))]
    for one in more:
        text = one.get("text") if isinstance(one, dict) else one
        if text not in texts:
            borne.append(one)
            texts.append(text)
    return borne


def with_ids(stored: Iterable[Mapping[str, Any]], given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A record's identifiers with those of `given`; of one that it bears already, what is given is laid over it."""
    borne = {(one["scheme"], one["value"]): dict(one) for one in stored}
    for one in given:
        place = (one.get("scheme"), one.get("value"))
        borne[place] = {**borne.get(place, {}), **one}
    return list(borne.values())


def settled(stored: Mapping[str, Any], intent: Intent, item: Item) -> tuple[dict[str, Any], list[LineWarning]]:
    """The patch that a body of a profile's is to a stored record; and what is told of the words that this one keeps."""
    patch, warnings = dict(intent.body), list[LineWarning]()
    if patch.get("external_ids") and stored.get("external_ids"):
        patch["external_ids"] = with_ids(stored["external_ids"], patch["external_ids"])
    for field, names in item.keeps.items():
        own, other = stored.get(field), patch.get(field)
        more = list(patch.pop(names, None) or ()) if names is not None else []
        if own is not None and other is not None and own != other:
            del patch[field]
            more.append({"text": other})
            hint = "The ledger's is kept" + (f"; the other is among its `{names}`." if names is not None else ".")
            message = (
                f"`{field}` of {stored['slug']!r} is {str(other)[:60]!r} here, and {str(own)[:60]!r} in the ledger"
            )
            told = {"message": message, "hint": hint, "pointer": f"/{field}", "column": item.column(f"/{field}")}
            warnings.append(LineWarning(line=line_of(intent.pointer), rule="differs", **told))
        if names is not None and more:
            # A list in a patch replaces the stored one: names that somebody else gave stay in it.
            patch[names] = with_names(stored if own is not None else {**stored, field: other}, field, names, more)
    return patch, warnings
