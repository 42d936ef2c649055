"""A rule about places: a point lies in one of the countries that the place names."""

from collections.abc import Iterator
from functools import lru_cache

from countrycheck import CountryCheck

from app.ingest.countries import countries_of_codes
from app.ingest.lint.rule import Context, Odd, RecordRule
from app.writing.intents import Intent
from app.writing.slugs import outer_ids


@lru_cache(maxsize=1)
def _map() -> CountryCheck:
    """The map of the world that comes with the package; reading it takes a moment, once."""
    return CountryCheck()


def _outside_country(intent: Intent, _: Context) -> Iterator[Odd]:
    body = intent.body
    lon, lat, countries = body.get("lon"), body.get("lat"), body.get("countries")
    if intent.collection != "places" or not countries or not isinstance(countries, list):
        return
    if not _is_number(lon) or not _is_number(lat) or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return
    found = _map().check(lon, lat)
    # Near a border or a coast the map is not sure, and which of two countries it is may be what is negotiated about.
    if found.confidence < 1 or found.iso2 in countries:
        return
    # A place of a former state may lie in any of the countries that are on its territory now.
    if found.iso2 in countries_of_codes((scheme, value) for _, scheme, value in outer_ids(body)):
        return
    if found.country is None:
        yield Odd(f"The point ({lon:g}, {lat:g}) lies in the open sea", _hint(lon, lat, countries), "/lon")
    elif found.iso2:
        there = (
            f"The point ({lon:g}, {lat:g}) lies in {found.name} ({found.iso2}), not in {', '.join(map(str, countries))}"
        )
        yield Odd(there, _hint(lon, lat, countries), "/lon")


def _hint(lon: float, lat: float, countries: list[object]) -> str:
    if -90 <= lon <= 90 and _map().check(lat, lon).iso2 in countries:
        return "Longitude and latitude seem to be exchanged: `lon` comes first."
    return "Is a sign or a country wrong?"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


OUTSIDE_COUNTRY = RecordRule(
    "outside-country",
    "A point outside the countries of its place, or of the former state that its codes name; near borders and coasts it says nothing.",
    _outside_country,
)
