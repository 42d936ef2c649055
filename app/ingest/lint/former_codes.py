"""Lint rule for talks: the country code of the place must not have been withdrawn before the talk."""

from collections.abc import Iterator, Sequence

from app.db.dates import parse_edtf
from app.domain.countries import FORMER_COUNTRIES
from app.errors import quoted
from app.ingest.lint.rule import Finding, RecordRule, RuleContext
from app.writing.intents import Intent

_HINT = "Check the day of the talk, and the `countries` of the place. Add the present code, or name another place."


def only_former_code(countries: object) -> str | None:
    """Return the first of the codes if all of them are codes of former countries."""
    if not isinstance(countries, Sequence) or isinstance(countries, str):
        return None
    codes = [str(code) for code in countries]
    return codes[0] if codes and all(code in FORMER_COUNTRIES for code in codes) else None


def _former_code(intent: Intent, context: RuleContext) -> Iterator[Finding]:
    code = context.former_codes.get(str(intent.body.get("place"))) if intent.collection == "talks" else None
    start = intent.body.get("start")
    if code is None or not isinstance(start, str):
        return
    former = FORMER_COUNTRIES[code]
    try:
        is_later = parse_edtf(start).earliest > parse_edtf(former.withdrawn_on).latest
    except ValueError:
        return
    if is_later:
        message = (
            f"The place {quoted(intent.body['place'])} has the code {code} ({former.name}), which was withdrawn on"
            f" {former.withdrawn_on}, before the talk ({start})"
        )
        yield Finding(message, _HINT, "/place")


FORMER_CODE = RecordRule(
    "former-code",
    "A talk at a place whose countries are all former ones, after their code was withdrawn.",
    _former_code,
)
