"""Lint rule for places: the coordinates must be in one of the place's countries."""

from collections.abc import Iterator
from functools import lru_cache

from countrycheck import CountryCheck

from app.domain.countries import FORMER_COUNTRIES, present_successors
from app.ingest.countries import countries_of_codes
from app.ingest.lint.rule import Finding, RecordRule, RuleContext
from app.writing.intents import Intent
from app.writing.slugs import outer_ids


@lru_cache(maxsize=1)
def _map() -> CountryCheck:
    """Load the world map of the countrycheck package, once per process because loading takes a moment."""
    return CountryCheck()


def _outside_country(intent: Intent, _: RuleContext) -> Iterator[Finding]:
    body = intent.body
    lon, lat, countries = body.get("lon"), body.get("lat"), body.get("countries")
    if intent.collection != "places" or not countries or not isinstance(countries, list):
        return
    if not _is_number(lon) or not _is_number(lat) or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return
    found = _map().check(lon, lat)
    # Near a border or a coast the map is imprecise, and the border itself may be under negotiation.
    if found.confidence < 1 or found.iso2 in countries:
        return
    # A place of a former state may be in any of the countries that are on its territory now.
    if any(found.iso2 in present_successors(code) for code in countries if code in FORMER_COUNTRIES):
        return
    if found.iso2 in countries_of_codes((scheme, value) for _, scheme, value in outer_ids(body)):
        return
    if found.country is None:
        yield Finding(f"The point ({lon:g}, {lat:g}) is in the open sea", _hint(lon, lat, countries), "/lon")
    elif found.iso2:
        message = (
            f"The point ({lon:g}, {lat:g}) is in {found.name} ({found.iso2}), not in {', '.join(map(str, countries))}"
        )
        yield Finding(message, _hint(lon, lat, countries), "/lon")


def _hint(lon: float, lat: float, countries: list[object]) -> str:
    if -90 <= lon <= 90 and _map().check(lat, lon).iso2 in countries:
        return "`lon` and `lat` seem to be swapped."
    return "Check the signs of `lon` and `lat`, and `countries`."


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


OUTSIDE_COUNTRY = RecordRule(
    "outside-country",
    "Coordinates outside the countries of the place, or outside the former state in its codes or external ids. Points near borders and coasts are not checked.",
    _outside_country,
)
