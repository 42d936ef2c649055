"""Look up countries by code (ISO 3166-1) or name, and the present-day countries on the territory of former states."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pycountry

from app.domain.countries import present_successors
from app.errors import quoted

#: Common names that ISO 3166 does not list, by country code.
_EVERYDAY = {
    "BA": ("Bosnia", "Bosnia-Herzegovina"),
    "BN": ("Brunei",),
    "CD": ("DR Congo", "DRC", "Congo-Kinshasa", "Democratic Republic of Congo", "Congo (DRC)", "Zaire"),
    "CF": ("CAR",),
    "CG": ("Congo-Brazzaville", "Republic of Congo"),
    "CI": ("Ivory Coast",),
    "CV": ("Cape Verde",),
    "CZ": ("Czech Republic",),
    "FK": ("Falkland Islands",),
    "GB": ("UK", "Great Britain", "Britain"),
    "GM": ("The Gambia",),
    "KP": ("North Korea", "DPRK"),
    "KR": ("South Korea",),
    "LA": ("Laos",),
    "LK": ("Ceylon",),
    "MK": ("Macedonia", "FYR Macedonia", "FYROM"),
    "MM": ("Burma",),
    "PS": ("Palestinian Territories", "Palestinian Territory", "Occupied Palestinian Territory"),
    "RU": ("Russia",),
    "ST": ("Sao Tome",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey",),
    "US": ("USA", "United States of America", "U.S.", "U.S.A."),
    "VA": ("Vatican", "Vatican City", "Holy See"),
    "VN": ("Vietnam",),
    "XK": ("Kosovo",),
}
#: Codes in general use that ISO has not assigned.
_EXTRA = {"XK": ("XK", "Kosovo"), "XKX": ("XK", "Kosovo")}


@dataclass(frozen=True, slots=True)
class _FormerState:
    """A former state: its name, its ISO 3166-3 codes, other names, and the present-day countries on its territory."""

    name: str
    codes: str
    other_names: tuple[str, ...]
    #: The present-day country, for a former state without a code.
    successor: str = ""

    @property
    def countries(self) -> list[str]:
        return [self.successor] if self.successor else present_successors(self.codes.split()[-1])


_FORMER = (
    _FormerState("Yugoslavia", "YUG YU YUCS", ("SFR Yugoslavia", "Socialist Federal Republic of Yugoslavia",
            "FR Yugoslavia", "Federal Republic of Yugoslavia")),
    _FormerState("Serbia and Montenegro", "SCG CS CSXX", ()),
    _FormerState("Soviet Union", "SUN SU SUHH", ("USSR", "Union of Soviet Socialist Republics")),
    _FormerState("Czechoslovakia", "CSK CSHH", ()),
    _FormerState("German Democratic Republic", "DDR DD DDDE", ("East Germany", "GDR")),
    _FormerState("South Yemen", "YMD YD YDYE", ("Yemen, Democratic", "Democratic Yemen",
            "People's Democratic Republic of Yemen", "Yemen People's Republic")),
    _FormerState("North Yemen", "", ("Yemen Arab Republic",), "YE"),
    _FormerState("South Vietnam", "", ("Republic of Vietnam",), "VN"),
    _FormerState("North Vietnam", "VDR VD VDVN", ("Democratic Republic of Vietnam",)),
    _FormerState("Netherlands Antilles", "ANT AN ANHH", ()),
)  # fmt: skip
#: Gleditsch–Ward and COW numbers of former states; some numbers also stand for the successor state.
_FORMER_NUMBERS = {
    "345": "YUG",
    "365": "SUN",
    "315": "CSK",
    "265": "DDR",
    "680": "YMD",
    "678": "YEM",
    "816": "VDR",
    "817": "VDR",
}
#: A second name in brackets, as in "Myanmar (Burma)".
_TRAILING_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_NUMBER_SCHEMES = frozenset({"gw", "gwno", "gwid", "cow", "cowcode"})
_CODE_SCHEMES = frozenset({"iso3166", "iso3166-1", "iso3166-3", "iso-3166", "iso-3166-1", "iso-3166-3"})


class CountryError(ValueError):
    """The text names no country, or more than one country. The message explains which."""


def country(text: str) -> tuple[str, str]:
    """Return the two-letter code and the usual English name of a country.

    `text` is a two-letter or three-letter code, the number in ISO 3166-1, or a name. Raises `CountryError`.
    """
    found = (
        _by_code(text)
        or _by_name().get(_normalize(text))
        or _by_name().get(_normalize(_TRAILING_BRACKETS.sub("", text)))
    )
    if found is None:
        if (former := _find_former(text)) is not None:
            message = f"{quoted(text, 60)} is the former state {former.name}; its territory is now {', '.join(former.countries)}"
            raise CountryError(message)
        raise CountryError(f"{quoted(text, 60)} is neither an ISO 3166-1 code nor the name of a country")
    if len(found) > 1:
        candidates = " or ".join(f"{name} ({code})" for code, name in found)
        raise CountryError(f"{quoted(text, 60)} is ambiguous: it may be {candidates}")
    return found[0]


def name_of(text: str) -> str:
    """Return the usual English name of a country or a former state. Raises `CountryError`."""
    former = _find_former(text)
    return former.name if former is not None and not _by_code(text) else country(text)[1]


def countries(text: str) -> list[str]:
    """Return the code of a country, or the codes of the countries on the territory of a former state.

    Raises `CountryError`.
    """
    former = _find_former(text)
    return former.countries if former is not None and not _by_code(text) else [country(text)[0]]


def countries_of_codes(ids: Iterable[tuple[str, str]]) -> list[str]:
    """Return the present-day countries on the territory of former states. `ids` are external ids of the former states,
    as (scheme, value)."""
    found: list[str] = []
    for scheme, value in ids:
        if scheme.lower() in _NUMBER_SCHEMES:
            code = _FORMER_NUMBERS.get(value.removesuffix(".0"))
        elif scheme.lower() in _CODE_SCHEMES:
            code = value.upper()
        else:
            continue
        if code is not None and (former := _former_by_code().get(code)) is not None:
            found += former.countries
    return found


def _by_code(text: str) -> tuple[tuple[str, str], ...] | None:
    code = text.strip().upper()
    if code in _EXTRA:
        return (_EXTRA[code],)
    if re.fullmatch("[A-Z]{2}", code):
        found = pycountry.countries.get(alpha_2=code)
    elif re.fullmatch("[A-Z]{3}", code):
        found = pycountry.countries.get(alpha_3=code)
    elif re.fullmatch("[0-9]{1,3}", code):
        found = pycountry.countries.get(numeric=code.zfill(3))
    else:
        return None
    return None if found is None else (_code_and_name(found),)


def _code_and_name(found: Any) -> tuple[str, str]:
    return str(found.alpha_2), str(getattr(found, "common_name", found.name))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the countries by all their normalized names. An ambiguous name maps to all its countries."""
    exact: dict[str, dict[tuple[str, str], None]] = {}
    short: dict[str, dict[tuple[str, str], None]] = {}
    labels = {one.alpha_2: _code_and_name(one) for one in pycountry.countries} | {"XK": _EXTRA["XK"]}
    for one in pycountry.countries:
        own_names = (one.name, getattr(one, "official_name", None), getattr(one, "common_name", None))
        for name in filter(None, own_names):
            exact.setdefault(_normalize(name), {})[labels[one.alpha_2]] = None
            # "Iran, Islamic Republic of" is also found as "Iran" and as "Islamic Republic of Iran".
            head, comma, tail = name.partition(",")
            if comma:
                exact.setdefault(_normalize(f"{tail} {head}"), {})[labels[one.alpha_2]] = None
            short.setdefault(_normalize(re.sub(r"[,(].*", "", name)), {})[labels[one.alpha_2]] = None
    for code, names in _EVERYDAY.items():
        for name in names:
            exact[_normalize(name)] = {labels[code]: None}
    # A short name that several countries share (Congo) is ambiguous, even if ISO uses the short name alone for one of
    # these countries.
    found = {name: matches for name, matches in short.items() if name not in exact or len(matches) > 1}
    return {name: tuple(matches) for name, matches in {**exact, **found}.items()}


def _normalize(name: str) -> str:
    """Normalize a name for comparison: lower case, without accents, punctuation and "the"."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    words = re.findall(r"\w+", "".join(one for one in letters if not unicodedata.combining(one)))
    return " ".join(word for word in words if word != "the")


def _find_former(text: str) -> _FormerState | None:
    code = text.strip().upper()
    return _former_by_code().get(code) or _former_by_name().get(_normalize(text))


@lru_cache(maxsize=1)
def _former_by_code() -> dict[str, _FormerState]:
    return {code: former for former in _FORMER for code in former.codes.split()}


@lru_cache(maxsize=1)
def _former_by_name() -> dict[str, _FormerState]:
    return {_normalize(name): former for former in _FORMER for name in (former.name, *former.other_names)}
