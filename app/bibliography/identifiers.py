"""Normalizes identifiers of works (DOI, ISBN, ISSN, PMID, PMCID), language tags and URLs."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pycountry
from pydantic import TypeAdapter, ValidationError

from app.domain.texts import WebAddress
from app.domain.types import Lang

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_ZOTERO = re.compile(r"https?://(?:www\.)?zotero\.org/((?:users/\d+|users/local/\w+|groups/\d+)/items/[A-Z0-9]+)")
_LANG, _ADDRESS = TypeAdapter(Lang), TypeAdapter(WebAddress)
_BETWEEN = re.compile(r"[\s,;]+")


def doi_of(text: str) -> str | None:
    """Return a DOI in lower case, without the URL of a resolver; None if the text is not a DOI."""
    found = _DOI.fullmatch(text.strip())
    return found[1].lower().rstrip(".,;") if found else None


def _isbn(text: str) -> str | None:
    signs = text.replace("-", "").upper()
    if re.fullmatch(r"\d{9}[\dX]", signs):
        total = sum((10 if sign == "X" else int(sign)) * (10 - place) for place, sign in enumerate(signs))
        return signs if total % 11 == 0 else None
    if re.fullmatch(r"97[89]\d{10}", signs):
        return signs if sum(int(sign) * (1 + 2 * (place % 2)) for place, sign in enumerate(signs)) % 10 == 0 else None
    return None


def _issn(text: str) -> str | None:
    signs = text.replace("-", "").upper()
    if not re.fullmatch(r"\d{7}[\dX]", signs):
        return None
    total = sum((10 if sign == "X" else int(sign)) * (8 - place) for place, sign in enumerate(signs))
    return f"{signs[:4]}-{signs[4:]}" if total % 11 == 0 else None


def _pmid(text: str) -> str | None:
    return text if re.fullmatch(r"[1-9]\d{0,8}", text) else None


def _pmcid(text: str) -> str | None:
    found = re.fullmatch(r"(?:PMC)?(\d{1,9})(?:\.\d+)?", text, re.IGNORECASE)
    return f"PMC{found[1]}" if found else None


#: For each CSL variable: the scheme of the external id, the function that normalizes the id, and the URL template.
IDENTIFIERS: Final[dict[str, tuple[str, Callable[[str], str | None], str | None]]] = {
    "DOI": ("doi", doi_of, "https://doi.org/{}"),
    "ISBN": ("isbn", _isbn, None),
    "ISSN": ("issn", _issn, None),
    "PMID": ("pmid", _pmid, "https://pubmed.ncbi.nlm.nih.gov/{}/"),
    "PMCID": ("pmcid", _pmcid, "https://pmc.ncbi.nlm.nih.gov/articles/{}/"),
}


def identifiers_in(variable: str, text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the identifiers in a text as pairs (original, normalized). `normalized` is None if the identifier is
    invalid.
    """
    _, read, _ = IDENTIFIERS[variable]
    parts = [text.strip()] if variable == "DOI" else _BETWEEN.split(text.strip())
    for part in parts:
        # Skip remarks, as in 978-0-262-03384-8 (hardcover).
        if part and not part.startswith("("):
            yield part, read(part)


def external_id(scheme: str, value: str, uri: str | None = None) -> dict[str, Any]:
    """Build an external id for the body of a source; `uri` is a template for its URL."""
    return {
        "scheme": scheme,
        "value": value,
        **({"uri": uri.format(value)} if uri and web_address(uri.format(value)) else {}),
    }


def zotero_key(text: str) -> str | None:
    """Return the key in the URL of a Zotero item, such as `users/1/items/ABCD1234`; None for any other text."""
    found = _ZOTERO.fullmatch(text.strip())
    return found[1] if found else None


def web_address(text: str) -> str | None:
    """Return the text if it is an HTTP or HTTPS URL, else None."""
    try:
        return _ADDRESS.validate_python(text)
    except ValidationError:
        return None


#: Language names of Babel, the LaTeX package.
_BABEL: Final = {
    "american": "en-US", "usenglish": "en-US", "british": "en-GB", "ukenglish": "en-GB", "ngerman": "de",
    "naustrian": "de-AT", "austrian": "de-AT", "swissgerman": "de-CH", "nswissgerman": "de-CH", "francais": "fr",
    "french": "fr", "canadien": "fr-CA", "brazilian": "pt-BR", "brazil": "pt-BR", "portuges": "pt",
    "mexican": "es-MX", "castilian": "es", "modern greek": "el", "greek": "el", "farsi": "fa",
}  # fmt: skip


def language_of(text: str) -> str | None:
    """Return the BCP 47 tag of a language given in any notation: en_US, eng, English, ngerman; None if the language is
    unknown.
    """
    word = text.strip()
    if found := _BABEL.get(word.lower()):
        return found
    primary, *rest = word.replace("_", "-").split("-")
    if not primary.isascii() or not primary.isalpha():
        return None
    known: Any = None
    if len(primary) in (2, 3):
        key = {f"alpha_{len(primary)}": primary.lower()}
        known = pycountry.languages.get(**key) or (
            pycountry.languages.get(bibliographic=primary.lower()) if len(primary) == 3 else None
        )
    elif not rest:
        known = pycountry.languages.get(name=word.title())
    if known is None:
        return None
    tag = "-".join(
        [getattr(known, "alpha_2", None) or known.alpha_3]
        + [part.title() if len(part) == 4 else part.upper() for part in rest]
    )
    try:
        return _LANG.validate_python(tag)
    except ValidationError:
        return None
