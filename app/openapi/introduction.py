"""What the front page and the documentation say of Parley: one sentence, an introduction, example questions, tags."""

from collections.abc import Iterable

from app.resources.resource import Resource
from app.web.docs import Example

SENTENCE = (
    "The negotiation-events database: who demanded what of whom, at which talk, in which proposal, under which"
    " conditions, how it was answered, when, and who says so."
)

GUIDE = """
**Reading** needs no key. Lists take typed filters: several values of one parameter, repeated or separated by commas, match *any*
of them, `.all` matches *all* of them, `.none` matches *none*, `null` matches records without a value, and different parameters
must all match. `process=`, `place=` and `issue=` include what lies below the value, `.members` the members of a coalition. Dates
are EDTF (`2025-06-02`, `2023-06`, `2018-01~`); a range matches every record whose date may lie in it. An unknown parameter, field
or value is refused, with the allowed ones or the nearest of them.

**Shape of an answer**: `include=` adds related records and further fields, `facets=` counts by the values of a filter, `count=exact`
counts all matches (`limit=0` gives the counts alone), and `page.next` is the cursor of the next page. `fields=` picks fields, and
`fields=*` gives whole records: such an answer is `application/vnd.parley.partial+json`, since its records do not have the usual
fields of a list. `format=` or `Accept` chooses another
format: `csv`, `ndjson`, `geojson`, `ics`, `atom`, `feed`, `rss`, `jsonld`, `parquet`; for sources also `csljson`, `ris`, `bibtex`. Tables
hold every match; with `limit=`, `Parley-Truncated: true` and `Link` say that there is more. `rows=issue` gives one row for each entry
of a list. Beside each date stand its first and last possible day (`start_min`, `start_max`). JSON-LD uses terms that `/v1/terms` and
`/v1/vocabularies` explain.

**Records** have a slug, an id, and identifiers in other data sets; each of them works in an address
(`/v1/parties/wikidata:Q159`). Unknown values are `null`. Where sources disagree, each claim is a citation of its own.
`POST …/batch-get` reads up to 500 records by key, and `/v1/resolve` finds records by an identifier.

**The past**: `as_of=` answers as the database was at a revision, an instant or a release (`2026.1`). `known_by=2025-06-03` answers
with what sources had made public by that day. `/v1/{collection}/{key}/history` shows who changed what, and `/v1/changes` and
webhooks deliver every change to those who keep a copy.

**Releases** are named states that never change: `/v1/releases` has their files, checksums, licence and citation.

**Search**: `/v1/search?q=` looks through all collections, best matches first. `q=` on a list filters it. `"lift martial law"` is a
phrase, `ceasefire OR truce` means either, `-prisoners` excludes, `memorand*` is a prefix. Words match in all their forms, names in
all their spellings (`Umierov`, `Умєров`).

**Caching**: every read has an `ETag`; `If-None-Match` with it gets 304 while nothing has changed. Send `Parley-Revision` back, and
no server answers with an older state.

**Writing** needs a key (`Authorization: Bearer parley_…`). `POST` creates, `PUT` creates or replaces, `PATCH` takes a merge patch,
`DELETE` withdraws with a reason. All errors of a body come in one answer, each with a JSON Pointer. `If-Match` refuses to overwrite
a newer version, and a write with an `Idempotency-Key` can be sent again safely. `dry_run=true` checks everything, writes nothing,
and answers with a plan (`application/vnd.parley.plan+json`). A body may be a record as a read gives it: mentions stand for their
keys, and read-only fields are ignored. A `POST` without a slug is refused with 409 if a stored record has the same name or external
id; `allow_duplicate=true` creates it anyway.

**Files**: `POST /v1/imports` takes NDJSON, CSV, workbooks and bibliographies of any length and reports every faulty line.
`POST /v1/dossiers` takes a whole negotiation in one document; `/v1/processes/{key}/dossier` exports it.

**Typed clients** can be generated from `/openapi.json`, or from one part of it (`/openapi.json?tag=demands`). Tested with
openapi-typescript and openapi-fetch (`createClient<paths, "application/json" | "application/problem+json">`), @hey-api/openapi-ts
and openapi-python-client. They type whole records, so leave `fields=` to untyped requests. `/llms.txt` introduces Parley to language
models.
"""

EXAMPLES = (
    Example(
        "What did the article of 2 June 2025 report of the memorandum's first option?",
        "/v1/demands?account=russian-memorandum-2025-06-02-article&part=option-1",
    ),
    Example(
        "Who sat at which round between Russia and Ukraine?", "/v1/talks?party.all=russia,ukraine&include=delegations"
    ),
    Example(
        "How did each demand of the Russian memorandum stand on 5 June 2025?",
        "/v1/demands?proposal=russian-memorandum-2025-06-02&state_on=2025-06-05&include=state",
    ),
    Example(
        "What could one know of Ukraine's answers by 3 June 2025?",
        "/v1/responses?proposal=russian-memorandum-2025-06-02&responder=ukraine&known_by=2025-06-03",
    ),
    Example("Who is Umierov, and where does the name stand?", "/v1/search?q=Umierov"),
    Example("What do Russian texts say of neutrality?", "/v1/search?q=neutrality&lang=ru"),
    Example(
        "Demands on prisoners tabled in 2025 by either side, for a spreadsheet",
        "/v1/demands?issue=DETN&claimant=russia,ukraine&tabled_from=2025-01-01&tabled_to=2025-12-31&format=csv",
    ),
    Example("All talks, for the calendar of your phone", "/v1/talks?format=ics"),
    Example("The talks on a map", "/v1/talks?format=geojson"),
    Example("The newest responses, as a feed", "/v1/responses?format=atom"),
)

#: A whole negotiation with one request.
WHOLE_PROCESS = Example(
    "A whole process in one request: its talks with all delegations, its proposals with all demands and their state",
    "/v1/processes/russia-ukraine?include=talks.delegations,proposals.demands.state",
)

_OTHER_TAGS = [
    {"name": "imports", "description": "An **import** takes a file of any length: records are created or changed, errors are"
     " listed by line, and a linter reports what is odd."},
    {"name": "vocabularies", "description": "The closed lists, each word with its meaning."},
    {"name": "search", "description": "**Search** through all collections, and demands that are similar to one."},
    {"name": "identities", "description": "Records of any collection by an **identifier** of another data set, by slug or by id."},
    {"name": "reconciliation", "description": "The Reconciliation Service API 0.2, for OpenRefine and other tools that match"
     " tables of names with parties, people, places and issues."},
    {"name": "duplicates", "description": "Pairs of records that may be one, with a score and reasons: merge them, or dismiss"
     " the pair."},
    {"name": "dossiers", "description": "A **dossier** is a whole negotiation in one document: imported in one transaction, and exported"
     " so that another server can import it."},
    {"name": "revisions", "description": "Every write is one **revision**; revisions are numbered in the order of their"
     " commits. `as_of=` reads the state at any of them."},
    {"name": "changes", "description": "A feed of all **changes** without gaps: what each revision did to which record, with the"
     " record as it was then. By long poll, Server-Sent Events or NDJSON."},
    {"name": "webhooks", "description": "A **webhook** is an address to which changes are sent: signed, in order, repeated until"
     " they are accepted, with a log of all deliveries."},
    {"name": "releases", "description": "A **release** is a named state of the data that never changes (`2026.1`), with files,"
     " checksums, licence and citation, and a comparison with other releases. `as_of=2026.1` reads it."},
    {"name": "service", "description": "Health checks, and what the key may do."},
]  # fmt: skip


def tags_of(resources: Iterable[Resource]) -> list[dict[str, str]]:
    """The sections of the documentation: the resources, then everything else."""
    ordered = sorted(resources, key=lambda one: one.docs_position)
    return [*({"name": one.name, "description": one.definition} for one in ordered), *_OTHER_TAGS]
