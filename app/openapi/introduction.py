"""Texts of the landing page and the documentation: one sentence, an introduction, example questions, tags."""

from collections.abc import Iterable

from app.resources.resource import Resource
from app.web.examples import Example

SENTENCE = (
    "The negotiation-events database: who demanded what of whom, at which talk, in which proposal, under which"
    " conditions, how it was answered, when, and who says so."
)

GUIDE = """
**Reading** needs no key. Lists take typed filters. A parameter with several values, repeated or separated by commas, matches
records with *any* of them; `.all` requires *all* of them, `.none` excludes them, and `null` matches records without a value.
Different parameters must all match. `process=`, `place=` and `issue=` include everything below the value, `.members`
includes the members of a coalition, and `.blocs` the coalitions of a party. Dates are EDTF (`2025-06-02`, `2023-06`,
`2018-01~`); a range matches every record whose date may be within it. An unknown parameter, field or value is rejected; the
error lists the allowed ones or suggests the most similar one.

**Shape of a response**: `include=` adds related records and further fields, `facets=` counts by the values of a filter,
`count=exact` counts all matches (`limit=0` returns only the counts), and `page.next` is the cursor of the next page. `fields=`
selects fields, and `fields=*` returns whole records. The media type is then `application/vnd.parley.partial+json`, because the
records do not have the usual fields of a list. `format=` or `Accept` selects another format: `csv`, `ndjson`, `geojson`, `ics`,
`atom`, `feed`, `rss`, `jsonld`, `parquet`; for sources also `csljson`, `ris`, `bibtex`. Tables contain every match; if `limit=`
truncates a table, the response has `Parley-Truncated: true` and a `Link` to the rest. `rows=issue` returns one row for each
entry of a list. Each date comes with its first and last possible day (`start_min`, `start_max`). JSON-LD uses terms that
`/v1/terms` and `/v1/vocabularies` explain.

**Records** have a slug, an id, and identifiers in other data sets; each of them works in a URL
(`/v1/parties/wikidata:Q159`). Unknown values are `null`. Where sources disagree, each claim has its own citation. `POST
…/batch-get` reads up to 500 records by key, and `/v1/resolve` finds records by an identifier.

**Past states**: `as_of=` shows the database at a revision, an instant or a release (`2026.1`). `known_by=2025-06-03` shows what
sources had made public by that day; `known_to=ukraine` adds what this party could know. `/v1/{collection}/{key}/history` lists who changed what, and `/v1/changes` and webhooks
deliver every change to everybody who keeps a copy.

**Releases** are named states that never change: `/v1/releases` has their files, checksums, licence and citation.

**Search**: `/v1/search?q=` searches all collections, best matches first. `q=` on a list filters it. `"lift martial law"` is a
phrase, `ceasefire OR truce` means either, `-prisoners` excludes, `memorand*` is a prefix. Words match in all inflected forms,
names in all spellings (`Umierov`, `Умєров`).

**Caching**: every read has an `ETag`. Send it as `If-None-Match` to get 304 while nothing has changed. Send the `Parley-Revision`
of a response with later requests, so that no server responds with an older state.

**Writing** needs a key (`Authorization: Bearer parley_…`). `POST` creates, `PUT` creates or replaces, `PATCH` applies a merge
patch, `DELETE` withdraws with a reason. A response lists all errors of a body, each with a JSON Pointer. `If-Match` prevents
overwriting a newer version, and a write with an `Idempotency-Key` can be sent again safely. `dry_run=true` checks everything,
writes nothing, and returns a plan (`application/vnd.parley.plan+json`). A body may be a record as a read returns it: mentions
are accepted as keys, and read-only fields are ignored. A `POST` without a slug is rejected with 409 if a stored record has the same
name or external id; `allow_duplicate=true` creates the record anyway.

**Files**: `POST /v1/imports` accepts NDJSON, CSV, workbooks and bibliographies of any length and reports every invalid line.
`POST /v1/dossiers` accepts a whole negotiation in one document; `/v1/processes/{key}/dossier` exports it.

**Typed clients** can be generated from `/openapi.json`, or from one part of it (`/openapi.json?tag=demands`). Tested with
openapi-typescript and openapi-fetch (`createClient<paths, "application/json" | "application/problem+json">`),
@hey-api/openapi-ts and openapi-python-client. They type whole records, so use `fields=` only in untyped requests. `/llms.txt`
introduces Parley to language models.
"""

EXAMPLES = (
    Example(
        "What did the article of 2 June 2025 report about the first option of the memorandum?",
        "/v1/demands?account=russian-memorandum-2025-06-02-article&part=option-1",
    ),
    Example(
        "Who took part in which round between Russia and Ukraine?",
        "/v1/talks?party.all=russia,ukraine&include=delegations",
    ),
    Example(
        "What was the state of each demand of the Russian memorandum on 5 June 2025?",
        "/v1/demands?proposal=russian-memorandum-2025-06-02&state_on=2025-06-05&include=state",
    ),
    Example(
        "What was publicly known about Ukraine's responses by 3 June 2025?",
        "/v1/responses?proposal=russian-memorandum-2025-06-02&responder=ukraine&known_by=2025-06-03",
    ),
    Example("Who is Umierov, and where does the name occur?", "/v1/search?q=Umierov"),
    Example("What do Russian texts say about neutrality?", "/v1/search?q=neutrality&lang=ru"),
    Example(
        "Which demands about prisoners did either side table in 2025? (For a spreadsheet)",
        "/v1/demands?issue=DETN&claimant=russia,ukraine&tabled_from=2025-01-01&tabled_to=2025-12-31&format=csv",
    ),
    Example("When did all the talks take place? (For the calendar of your phone)", "/v1/talks?format=ics"),
    Example("Where did the talks take place? (For a map)", "/v1/talks?format=geojson"),
    Example("What are the newest responses? (As a feed)", "/v1/responses?format=atom"),
)

#: A whole negotiation in one request.
WHOLE_PROCESS = Example(
    "A whole process in one request: its talks with all delegations, its proposals with all demands and their state",
    "/v1/processes/russia-ukraine?include=talks.delegations,proposals.demands.state",
)

_OTHER_TAGS = [
    {"name": "imports", "description": "An **import** reads a file of any length: records are created or changed, errors are"
     " listed by line, and a linter reports suspicious values."},
    {"name": "vocabularies", "description": "The closed lists, each value with its meaning."},
    {"name": "search", "description": "**Search** through all collections, and demands that are similar to a given demand."},
    {"name": "reports", "description": "A **report** is computed from several records: tables of counts, positions, distances. Each"
     " number names the records behind it."},
    {"name": "identities", "description": "Records of any collection, found by an **identifier** in another data set, by slug or by id."},
    {"name": "reconciliation", "description": "The Reconciliation Service API 0.2, for OpenRefine and other tools that match"
     " tables of names with parties, people, places and issues."},
    {"name": "duplicates", "description": "Pairs of records that may be the same, with a score and reasons: merge them, or dismiss"
     " the pair."},
    {"name": "dossiers", "description": "A **dossier** is a whole negotiation in one document: imported in one transaction, and exported"
     " so that another server can import it."},
    {"name": "revisions", "description": "Every write is one **revision**; revisions are numbered in the order of their"
     " commits. `as_of=` reads the state at any of them."},
    {"name": "changes", "description": "A complete feed of all **changes**: what each revision did to which record, with the"
     " record at that revision. Available by long poll, Server-Sent Events or NDJSON."},
    {"name": "webhooks", "description": "A **webhook** is a URL to which changes are sent: signed, in order, and repeated until"
     " they are accepted. All deliveries are logged."},
    {"name": "releases", "description": "A **release** is a named state of the data that never changes (`2026.1`), with files,"
     " checksums, licence and citation, and a comparison with other releases. `as_of=2026.1` reads it."},
    {"name": "keys", "description": "An **API key** has a name, scopes and a secret, and may expire. Administrators create, rotate and"
     " revoke keys; each of these acts is recorded."},
    {"name": "service", "description": "Health checks, and the permissions of an API key."},
]  # fmt: skip


def tag_groups(resources: Iterable[Resource]) -> list[dict[str, str]]:
    """The sections of the documentation: the resources, then everything else."""
    ordered = sorted(resources, key=lambda one: one.docs_position)
    return [*({"name": one.name, "description": one.definition} for one in ordered), *_OTHER_TAGS]
