"""Rules about records: their dates against those of their process, their identifiers against those of others."""

from collections.abc import Iterator

from rapidfuzz import fuzz, process

from app.db.dates import parse_edtf
from app.ingest.items import line_of
from app.ingest.lint.rule import Context, Odd, RecordRule
from app.writing.intents import Intent
from app.writing.slugs import outer_ids

#: Fields that say when something of a process happened. A source may be older, and what is planned may be younger.
_DAYS = ("start", "document_date", "tabled_on", "agreed_on", "announced_on", "said_on")


def beginning(intent: Intent) -> int | None:
    """The first possible day of a process once its line is taken, as an ordinal, 0 = unknown; None where the line leaves
    it as it is."""
    if intent.body.get("started") is None:
        return None if intent.is_patch and "started" not in intent.body else 0
    try:
        return parse_edtf(str(intent.body["started"])).earliest.toordinal()
    except ValueError:
        # A fault of the line, which is not taken.
        return None


def _before_process(intent: Intent, context: Context) -> Iterator[Odd]:
    began = context.began.get(str(intent.body.get("process")))
    if began is None:
        return
    for field in _DAYS:
        day = intent.body.get(field)
        if not isinstance(day, str):
            continue
        try:
            latest = parse_edtf(day).latest
        except ValueError:
            continue
        if latest < began:
            hint = "Is it another process, or does the process begin earlier?"
            yield Odd(f"{day} is before the process {intent.body['process']!r} began ({began})", hint, f"/{field}")


def _duplicate_id(intent: Intent, context: Context) -> Iterator[Odd]:
    slug = intent.body.get("slug")
    hint = "A mention by this identifier would lead to both; are they one?"
    for place, scheme, value in outer_ids(intent.body):
        outer = f"{scheme}:{value}"
        bearer = context.bearers.get((intent.collection, outer))
        # The line first: a dry run knows it too, and whether it is stored by now depends on how far it is away.
        if (other := context.given.get((intent.pointer, outer))) is not None:
            yield Odd(f"Line {other} bears {outer} too", hint, f"/external_ids/{place}")
        elif bearer is not None and slug is not None and bearer != slug:
            yield Odd(f"{outer} is the identifier of {bearer!r} already", hint, f"/external_ids/{place}")


def _unknown_code(intent: Intent, context: Context) -> Iterator[Odd]:
    if not context.schemes:
        return
    places = [(f"/external_ids/{place}/scheme", scheme) for place, scheme, _ in outer_ids(intent.body)]
    codes = intent.body.get("event_codes")
    for place, code in enumerate(codes if isinstance(codes, list) else ()):
        scheme, colon, _ = str(code).partition(":")
        if not colon:
            yield Odd(f"{code!r} names no scheme", "As in cameo:1054.", f"/event_codes/{place}")
        else:
            places.append((f"/event_codes/{place}", scheme))
    for pointer, scheme in places:
        # Whoever brings a scheme of their own has it in every line: all else would be lost among the warnings.
        if scheme not in context.schemes and context.told.put("schemes", scheme, line_of(intent.pointer)) is None:
            near = process.extractOne(scheme, context.schemes, scorer=fuzz.ratio, score_cutoff=60)
            message = f"No record uses the scheme {scheme!r} yet; of later places in this file it is not told again"
            yield Odd(message, f"Did you mean {near[0]!r}?" if near else None, pointer)


BEFORE_PROCESS = RecordRule("before-process", "A day before the process began.", _before_process)
DUPLICATE_ID = RecordRule(
    "duplicate-id", "An identifier that another record bears, here or in the ledger.", _duplicate_id
)
UNKNOWN_CODE = RecordRule("unknown-code", "A scheme of identifiers or event codes that nothing uses.", _unknown_code)
