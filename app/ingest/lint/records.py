"""Lint rules for records: dates before the start of the process, duplicate identifiers, unknown identifier schemes."""

from collections.abc import Iterator

from rapidfuzz import fuzz, process

from app.db.dates import parse_edtf
from app.errors import quoted
from app.ingest.items import line_of
from app.ingest.lint.rule import Finding, RecordRule, RuleContext
from app.writing.intents import Intent
from app.writing.slugs import outer_ids

#: Dates of events within a process. Dates of sources are excluded, since a source may be older than the process.
_DAYS = ("start", "document_date", "tabled_on", "agreed_on", "announced_on", "said_on")


def start_ordinal(intent: Intent) -> int | None:
    """Return the first possible day of a process after this line is written, as an ordinal; 0 = unknown, None = unchanged."""
    if intent.body.get("started") is None:
        return None if intent.is_patch and "started" not in intent.body else 0
    try:
        return parse_edtf(str(intent.body["started"])).earliest.toordinal()
    except ValueError:
        # The line is invalid and will not be written.
        return None


def _before_process(intent: Intent, context: RuleContext) -> Iterator[Finding]:
    began = context.process_starts.get(str(intent.body.get("process")))
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
            hint = "Check the date, the process, and the start of the process."
            yield Finding(
                f"{day} is before the start of the process {quoted(intent.body['process'])} ({began})",
                hint,
                f"/{field}",
            )


def _duplicate_id(intent: Intent, context: RuleContext) -> Iterator[Finding]:
    slug = intent.body.get("slug")
    hint = "A reference by this identifier is ambiguous. Check whether the two are the same record."
    for place, scheme, value in outer_ids(intent.body):
        outer = f"{scheme}:{value}"
        owner = context.owners.get((intent.collection, outer))
        # Check the file before the database, so that a dry run gives the same message. Whether the earlier line has
        # been stored by now depends on the number of lines between the two.
        if (other := context.earlier_lines.get((intent.pointer, outer))) is not None:
            yield Finding(
                f"{context.describe_line(other)} has the identifier {outer} too", hint, f"/external_ids/{place}"
            )
        elif owner is not None and slug is not None and owner != slug:
            yield Finding(f"{outer} is already an identifier of {quoted(owner)}", hint, f"/external_ids/{place}")


def _unknown_code(intent: Intent, context: RuleContext) -> Iterator[Finding]:
    if not context.schemes:
        return
    places = [(f"/external_ids/{place}/scheme", scheme) for place, scheme, _ in outer_ids(intent.body)]
    codes = intent.body.get("event_codes")
    for place, code in enumerate(codes if isinstance(codes, list) else ()):
        scheme, colon, _ = str(code).partition(":")
        if not colon:
            yield Finding(
                f"{quoted(code)} has no scheme", "Write scheme:code, as in cameo:1054.", f"/event_codes/{place}"
            )
        else:
            places.append((f"/event_codes/{place}", scheme))
    for pointer, scheme in places:
        # Report each scheme once per file: a new scheme usually occurs in every line and would hide other warnings.
        if scheme not in context.schemes and context.reported.put("schemes", scheme, line_of(intent.pointer)) is None:
            near = process.extractOne(scheme, context.schemes, scorer=fuzz.ratio, score_cutoff=60)
            message = f"No record uses the scheme {quoted(scheme)} yet (reported once per file)"
            yield Finding(message, f"Did you mean {quoted(near[0])}?" if near else None, pointer)


BEFORE_PROCESS = RecordRule("before-process", "A date before the start of the process.", _before_process)
DUPLICATE_ID = RecordRule(
    "duplicate-id", "An identifier that another record has too, in the file or in the database.", _duplicate_id
)
UNKNOWN_CODE = RecordRule(
    "unknown-code",
    "A scheme of identifiers or event codes that no record uses yet, or a code without a scheme.",
    _unknown_code,
)
