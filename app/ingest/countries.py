"""Countries by their codes (ISO 3166-1) and names, and the states of today on the territory of former ones."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pycountry

#: Everyday names that ISO 3166 does not have, by the code of the country.
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
#: Codes that everybody uses and ISO does not assign.
_EXTRA = {"XK": ("XK", "Kosovo"), "XKX": ("XK", "Kosovo")}


@dataclass(frozen=True, slots=True)
class _Former:
    """A state that there was: its name, its codes of ISO 3166-3, other names, the countries of today on its territory."""

    name: str
    codes: str
    others: tuple[str, ...]
    today: str

    @property
    def countries(self) -> list[str]:
        return self.today.split()


_FORMER = (
    _Former("Yugoslavia", "YUG YU YUCS", ("SFR Yugoslavia", "Socialist Federal Republic of Yugoslavia",
            "FR Yugoslavia", "Federal Republic of Yugoslavia"), "BA HR ME MK RS SI XK"),
    _Former("Serbia and Montenegro", "SCG CS CSXX", (), "ME RS XK"),
    _Former("Soviet Union", "SUN SU SUHH", ("USSR", "Union of Soviet Socialist Republics"),
            "AM AZ BY EE GE KG KZ LT LV MD RU TJ TM UA UZ"),
    _Former("Czechoslovakia", "CSK CSHH", (), "CZ SK"),
    _Former("German Democratic Republic", "DDR DD DDDE", ("East Germany", "GDR"), "DE"),
    _Former("South Yemen", "YMD YD YDYE", ("Yemen, Democratic", "Democratic Yemen",
            "People's Democratic Republic of Yemen", "Yemen People's Republic"), "YE"),
    _Former("North Yemen", "", ("Yemen Arab Republic",), "YE"),
    _Former("South Vietnam", "", ("Republic of Vietnam",), "VN"),
    _Former("North Vietnam", "VDR VD VDVN", ("Democratic Republic of Vietnam",), "VN"),
    _Former("Netherlands Antilles", "ANT AN ANHH", (), "BQ CW SX"),
)  # fmt: skip
#: Numbers of Gleditsch and Ward, and of COW, that stand for a former state, or for one and what continued it.
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
#: A second name in brackets: Myanmar (Burma).
_BEHIND = re.compile(r"\s*\([^()]*\)\s*$")
_NUMBER_SCHEMES = frozenset({"gw", "gwno", "gwid", "cow", "cowcode"})
_CODE_SCHEMES = frozenset({"iso3166", "iso3166-1", "iso3166-3", "iso-3166", "iso-3166-1", "iso-3166-3"})


class CountryError(ValueError):
    """No country, or more than one; the message says why."""


def country(text: str) -> tuple[str, str]:
    """The code of two letters and the usual name, in English, of a country by its code of two or three letters, its
    number in ISO 3166-1, or its name. Raises `CountryError`."""
    found = _by_code(text) or _by_name().get(_plain(text)) or _by_name().get(_plain(_BEHIND.sub("", text)))
    if found is None:
        if (former := _former(text)) is not None:
            said = f"{text[:60]!r} is a former state, {former.name}: on its territory are {', '.join(former.countries)} now"
            raise CountryError(said)
        raise CountryError(f"{text[:60]!r} is neither a code of ISO 3166-1 nor the name of a country")
    if len(found) > 1:
        told = " or ".join(f"{name} ({code})" for code, name in found)
        raise CountryError(f"{text[:60]!r} may be {told}")
    return found[0]


def name_of(text: str) -> str:
    """The usual name, in English, of a country or a former state. Raises `CountryError`."""
    former = _former(text)
    return former.name if former is not None and not _by_code(text) else country(text)[1]


def countries(text: str) -> list[str]:
    """The code of a country; of a former state those of the countries on its territory. Raises `CountryError`."""
    former = _former(text)
    return former.countries if former is not None and not _by_code(text) else [country(text)[0]]


def countries_of_codes(ids: Iterable[tuple[str, str]]) -> list[str]:
    """The countries on the territory of the former state that one of these external ids, (scheme, value), stands for."""
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
    return None if found is None else (_shown(found),)


def _shown(found: Any) -> tuple[str, str]:
    return str(found.alpha_2), str(getattr(found, "common_name", found.name))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, tuple[tuple[str, str], ...]]:
    """The countries by all their names, plain; a name that several could have leads to each."""
    exact: dict[str, dict[tuple[str, str], None]] = {}
    short: dict[str, dict[tuple[str, str], None]] = {}
    shown = {one.alpha_2: _shown(one) for one in pycountry.countries} | {"XK": _EXTRA["XK"]}
    for one in pycountry.countries:
        given = (one.name, getattr(one, "official_name", None), getattr(one, "common_name", None))
        for name in filter(None, given):
            exact.setdefault(_plain(name), {})[shown[one.alpha_2]] = None
            # "Iran, Islamic Republic of" is said Iran, and Islamic Republic of Iran.
            head, comma, tail = name.partition(",")
            if comma:
                exact.setdefault(_plain(f"{tail} {head}"), {})[shown[one.alpha_2]] = None
            short.setdefault(_plain(re.sub(r"[,(].*", "", name)), {})[shown[one.alpha_2]] = None
    for code, names in _EVERYDAY.items():
        for name in names:
            exact[_plain(name)] = {shown[code]: None}
    # A beginning that several share is none's name, not even of the one that ISO calls by it alone (Congo).
    found = {name: several for name, several in short.items() if name not in exact or len(several) > 1}
    return {name: tuple(several) for name, several in {**exact, **found}.items()}


def _plain(name: str) -> str:
    """A name as it is compared: without accents, signs and articles, in small letters."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    words = re.findall(r"\w+", "".join(one for one in letters if not unicodedata.combining(one)))
    return " ".join(word for word in words if word != "the")


def _former(text: str) -> _Former | None:
    code = text.strip().upper()
    return _former_by_code().get(code) or _former_by_name().get(_plain(text))


@lru_cache(maxsize=1)
def _former_by_code() -> dict[str, _Former]:
    return {code: former for former in _FORMER for code in former.codes.split()}


@lru_cache(maxsize=1)
def _former_by_name() -> dict[str, _Former]:
    return {_plain(name): former for former in _FORMER for name in (former.name, *former.others)}
