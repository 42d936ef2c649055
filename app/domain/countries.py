"""Country codes: the present codes of ISO 3166-1, the withdrawn codes of ISO 3166-3, and which codes succeeded which.

Names and dates of withdrawal are those of the package pycountry. Each former country has one code here, so that a filter
finds all its records: its two letters (DD), or, if these letters have another meaning too, its four letters (CSHH, CSXX,
SKIN). The four-letter code of ISO 3166-3 consists of the withdrawn code and its successor (DDDE: DE succeeded DD). It ends
in HH or XX if there is no single successor; `_SEVERAL` lists the successors of these codes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pycountry

from app.errors import quoted

#: Kosovo: not a code of ISO 3166, but in common use.
KOSOVO = "XK"
#: The successors of former countries that have no single one. Source: the column "Comment and successor" of ISO 3166-3, and
#: ISO 3166-1 newsletters V-12 (CSXX) and VI-8 (ANHH). Three decisions go beyond ISO, which lists only the codes that were new at
#: the time: UA and BY, which had codes of their own, are successors of SU; BA, HR, MK and SI, which left in 1991 and 1992, are
#: successors of YU; and XK is a successor of CSXX.
_SEVERAL = {
    "ANHH": "BQ CW SX",
    "CSHH": "CZ SK",
    "CSXX": "ME RS XK",
    "FQHH": "AQ TF",
    "GEHH": "KI TV",
    "NTHH": "IQ SA",
    "PCHH": "FM MH MP PW",
    "SUHH": "AM AZ BY EE GE KG KZ LT LV MD RU TJ TM UA UZ",
    "YUCS": "BA CSXX HR MK SI",
    # The name changed, and the three-letter code with it, but not the two letters.
    "BYAA": "BY",
}


@dataclass(frozen=True, slots=True)
class FormerCountry:
    """A country whose code was withdrawn from ISO 3166-1."""

    #: The code in use here: two letters, or four if the two are ambiguous.
    code: str
    #: The code of ISO 3166-3.
    four_letters: str
    name: str
    #: The day or the year in which the code was withdrawn.
    withdrawn_on: str
    successors: tuple[str, ...]


def _former_countries() -> dict[str, FormerCountry]:
    withdrawn = list(pycountry.historic_countries)
    present = {one.alpha_2 for one in pycountry.countries}
    former_letters = [one.alpha_4[:2] for one in withdrawn]
    found = {}
    for one in sorted(withdrawn, key=lambda row: row.alpha_4):
        letters = one.alpha_4[:2]
        is_ambiguous = letters in present or former_letters.count(letters) > 1
        successors = tuple(_SEVERAL.get(one.alpha_4, one.alpha_4[2:]).split())
        code = one.alpha_4 if is_ambiguous else letters
        found[code] = FormerCountry(code, one.alpha_4, one.name, one.withdrawal_date, successors)
    return found


#: The former countries by code.
FORMER_COUNTRIES = _former_countries()
#: Pairs of code and name, for the labels of facets.
FORMER_NAMES = tuple((one.code, one.name) for one in FORMER_COUNTRIES.values())
_BY_FOUR_LETTERS = {one.four_letters: one for one in FORMER_COUNTRIES.values()}


def is_present_code(text: str) -> bool:
    """Whether the text is a code of ISO 3166-1, or XK."""
    return bool(re.fullmatch("[A-Z]{2}", text)) and (
        text == KOSOVO or pycountry.countries.get(alpha_2=text) is not None
    )


def check_present_country(text: str) -> None:
    """Raise ValueError if the text is not the code of a present country."""
    if not is_present_code(text):
        raise ValueError(f"{quoted(text, 40)} is not a country code of ISO 3166-1: {_advice(text, 'UA')}")


def _advice(text: str, otherwise: str) -> str:
    """The code that was probably meant: of a name, of three letters, of small letters, or `GB` for `UK`."""
    small = text.strip().casefold()
    named = next((one for one in pycountry.countries if small in _names(one)), None)
    code = "GB" if small == "uk" else named.alpha_2 if named else None
    return f"write {quoted(code)}" if code else f"write two capital letters, such as {otherwise}"


def _names(country: Any) -> set[str]:
    """The codes and names of a present country, in small letters."""
    fields = ("alpha_2", "alpha_3", "name", "common_name", "official_name")
    return {str(getattr(country, field)).casefold() for field in fields if hasattr(country, field)}


def check_country(text: str) -> None:
    """Raise ValueError if the text is the code neither of a present nor of a former country."""
    if is_present_code(text) or text in FORMER_COUNTRIES:
        return
    if (former := _BY_FOUR_LETTERS.get(text)) is not None:
        raise ValueError(
            f"{quoted(text)} is the four-letter code of {former.name}; use the two-letter code {quoted(former.code)}"
        )
    meanings = [
        f"{one.code} for {one.name} (until {one.withdrawn_on})"
        for one in FORMER_COUNTRIES.values()
        if one.four_letters[:2] == text
    ]
    if meanings:
        raise ValueError(f"{quoted(text)} has been the code of several countries: write {' or '.join(meanings)}")
    raise ValueError(
        f"{quoted(text, 40)} is not a country code of ISO 3166: {_advice(text, 'UA, or the code of a former country, such as SU or CSHH')}"
    )


def with_former_codes(codes: Iterable[str]) -> list[str]:
    """Return the codes and the codes of all former countries that they succeeded, directly or through others."""
    found = list(dict.fromkeys(codes))
    for code in found:
        found += [one.code for one in FORMER_COUNTRIES.values() if code in one.successors and one.code not in found]
    return found


def present_successors(code: str) -> list[str]:
    """Return the codes of the present countries that succeeded a former country, directly or through others."""
    former = FORMER_COUNTRIES.get(code) or _BY_FOUR_LETTERS[code]
    found = {
        present
        for successor in former.successors
        for present in ([successor] if successor not in FORMER_COUNTRIES else present_successors(successor))
    }
    return sorted(found)
