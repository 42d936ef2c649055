"""Filters by country that follow successions, shared by the collections that have the filter `country`."""

from typing import Annotated

from pydantic import AfterValidator, Field

from app.domain.countries import with_former_codes
from app.domain.types import CountryCode
from app.reading.query import Many
from app.reading.succession import by_codes, by_parties

_Codes = Annotated[Many[CountryCode] | None, AfterValidator(lambda codes: codes and with_former_codes(codes))]
_PARTIES = Field(
    alias="country.succession",
    description="Like `country`, and also matches records of former countries that a given country succeeded (SU for RU), and"
    " of parties that were succeeded by a party of one of these countries, directly or through others.",
    examples=[["RU"]],
)
_PLACES = Field(
    alias="country.succession",
    description="Like `country`, and also matches records of former countries that a given country succeeded, directly or"
    " through others (SU for RU).",
    examples=[["RU"]],
)

CountrySuccessionOfParty = Annotated[_Codes, by_parties("id"), _PARTIES]
CountrySuccessionOfPerson = Annotated[_Codes, by_parties("party_id"), _PARTIES]
CountrySuccessionOfNegotiators = Annotated[_Codes, by_parties("negotiating.party_id"), _PARTIES]
CountrySuccessionOfNegotiatorsInProcess = Annotated[_Codes, by_parties("process.negotiating.party_id"), _PARTIES]
CountrySuccessionOfPlace = Annotated[_Codes, by_codes("countries"), _PLACES]
CountrySuccessionOfVenue = Annotated[_Codes, by_codes("place.countries"), _PLACES]
