"""Citations of a release: as text, BibTeX and CFF 1.2."""

import re

import yaml

from app.releases.published import Published
from app.releases.schemas import LICENCES

_BIBTEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip

#: The DOIs that the CFF schema accepts; not all valid DOIs match.
_CFF_DOI = re.compile(r"10\.[0-9]{4,9}(\.[0-9]+)?/[A-Za-z0-9:/_;\-.()\[\]\\]+")


def _location(release: Published) -> str | None:
    return f"https://doi.org/{release.doi}" if release.doi else release.url


def sentence(release: Published) -> str:
    """The citation as one sentence: creators (year): title, release. Publisher. DOI or URL."""
    names = "; ".join(creator.name for creator in release.creators)
    text = f"{names} ({release.made_at.year}): {release.whole_title}."
    text += f" {release.publisher}." if release.publisher else ""
    location = _location(release)
    return f"{text} {location}" if location else text


def bibtex(release: Published) -> str:
    """A BibLaTeX entry `@dataset`; BibTeX treats it as `@misc`."""
    # Braces around an organization keep BibTeX from splitting its name into given and family name.
    names = [
        f"{_escaped(person[0])}, {_escaped(person[1])}"
        if (person := creator.person)
        else f"{{{_escaped(creator.name)}}}"
        for creator in release.creators
    ]
    fields = {
        "author": " and ".join(names),
        "title": f"{{{_escaped(release.title)}}}",
        "version": release.name,
        "year": str(release.made_at.year),
        "date": f"{release.made_at:%Y-%m-%d}",
        "publisher": _escaped(release.publisher) if release.publisher else None,
        # Not escaped, because both are verbatim fields.
        "doi": release.doi,
        "url": release.url,
    }
    key = re.sub("[^a-z0-9]+", "-", release.title.lower()).strip("-") or "parley"
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@dataset{{{key}-{release.name},\n" + ",\n".join(lines) + "\n}\n"


def _escaped(text: str) -> str:
    return "".join(_BIBTEX.get(char, char) for char in text)


def _doi(doi: str | None) -> dict[str, object]:
    if doi is None or _CFF_DOI.fullmatch(doi):
        return {"doi": doi} if doi else {}
    return {"identifiers": [{"type": "other", "value": doi, "description": "The DOI of this release."}]}


def cff(release: Published) -> str:
    """The content of a CITATION.cff (Citation File Format 1.2.0)."""
    authors: list[dict[str, object]] = []
    for creator in release.creators:
        person = creator.person
        author: dict[str, object] = (
            {"family-names": person[0], "given-names": person[1]} if person else {"name": creator.name}
        )
        if creator.orcid:
            author["orcid"] = f"https://orcid.org/{creator.orcid}"
        if creator.affiliation and person:
            author["affiliation"] = creator.affiliation
        authors.append(author)
    fields: dict[str, object] = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite them as below.",
        "type": "dataset",
        "title": release.title,
        "version": release.name,
        "date-released": f"{release.made_at:%Y-%m-%d}",
        "authors": authors,
        # CFF allows only SPDX ids in `license`; any other licence must be given by its URL.
        **({"license": release.licence} if release.licence in LICENCES else {"license-url": release.licence_url}),
        **_doi(release.doi),
        **({"url": release.url} if release.url else {}),
        **({"abstract": release.note} if release.note else {}),
    }
    text: str = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=100)
    return text
