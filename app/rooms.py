"""All rooms in one list, and what the front page and the documentation say of them."""

from app.collection import Collection
from app.delegations.routes import COLLECTIONS as ACTORS
from app.demands.routes import COLLECTIONS as DEMANDS
from app.kinds import KINDS
from app.proposals.routes import COLLECTIONS as PROPOSALS
from app.references.routes import COLLECTIONS as REFERENCES
from app.talks.routes import COLLECTIONS as TALKS
from app.web.docs import Example

SENTENCE = (
    "The negotiation-events database: who demanded what of whom, at which talk, in which proposal, under which"
    " conditions, how it was answered, when, and who says so."
)

_DECLARED = {collection.name: collection for collection in (*TALKS, *ACTORS, *PROPOSALS, *DEMANDS, *REFERENCES)}
COLLECTIONS: tuple[Collection, ...] = tuple(_DECLARED[kind.collection] for kind in KINDS)

GUIDE = """
**Reading** needs no key. Every list takes typed filters: values of one parameter, repeated or separated by commas, mean *any of
them*; `.all` means *all of them*; different parameters must all hold. `process=`, `place=` and `issue=` cover what lies below,
`.members` a coalition's members, for as long as they may have belonged to it. Dates are EDTF (`2025-06-02`, `2023-06`,
`2018-01~`), and a range takes what may lie in it. `has=` and `missing=` ask for presence, `fields=` and `include=` shape the answer, `page.next` and the `Link` header lead to the
next page. An unknown parameter, field or value is refused with the nearest valid name, never ignored.

**The past**: every read takes `as_of=`, a revision's number, an instant or a release (`2026.1`), and answers as it did then:
lists, details, search, counts, all forms. `known_by=2025-06-03` is the other clock: what the sources had made public by that day. Both
may be asked at once. `/v1/{collection}/{key}/history` tells who changed what from what to what. `/v1/changes` is the feed of all changes
for those who keep a copy, by long poll, Server-Sent Events or NDJSON; a webhook has them sent to an address of yours, signed.

**Releases** are states with a name for ever: `/v1/releases` has their files, checksums, licence and citation, `/v1/releases/2026.1..head`
what changed since, cell by cell.

**Records** are addressed by slug, by id, or by an identifier of another data set (`/v1/parties/wikidata:Q159`). What is unknown is
null. `/v1/duplicates` lists pairs that may be one record. Where sources disagree, both stand side by side as citations. Lists such as authors and claimants come back in the order in
which they were sent.

**Search**: `/v1/search?q=` looks through all collections, the best hits first, with snippets; `q=` on a list is a filter like any
other. `"lift martial law"` is a phrase, `ceasefire OR truce` either, `-prisoners` without, `memorand*` a beginning. Words are found in
any of their forms in the language of the record, names however they are spelt (`Umierov`, `Умєров`). `facets=` counts what matches.

**Forms**: `?format=` or `Accept` gives `csv`, `ndjson`, `geojson`, `ics`, `atom`, `feed`, `jsonld` or `parquet`, of sources also
`csljson`, `ris` or `bibtex`, with the same filters and
every row that matches; with `limit=`, `Parley-Truncated: true` and `Link` say that there are more. `rows=issue` makes a table with a row
for each entry of a list. Each date has its first and last possible day beside it (`start_min`, `start_max`). JSON-LD uses terms and
words that `/v1/terms` and `/v1/vocabularies` explain. `POST …/batch-get` reads up to 500 records by their keys, `/v1/resolve` finds a record by the identifier of
another data set, `/v1/reconcile` serves OpenRefine.

**Caching**: every read has a strong `ETag`; `If-None-Match` gets 304 while nothing was written. `Parley-Revision` says which state of
the ledger an answer saw; send it back, and no server answers with an older one.

**Writing** needs a key (`Authorization: Bearer parley_…`). `POST` creates, `PUT` creates or replaces, `PATCH` takes a merge patch and
honours `If-Match`, `DELETE` withdraws with a reason. All faults of a body come in one answer, each with its JSON Pointer; every
write is one revision, and one that changes nothing makes none. `dry_run=true` checks all and writes nothing. A write with an
`Idempotency-Key` may be sent again: it is done once.

**Whole files**: `POST /v1/imports` takes NDJSON, CSV and workbooks of any length, tells each faulty line and, with `dry_run=true`, what is
odd. A *profile* reads the table of another data set: `/v1/profiles` has those of MEND, UCDP, PA-X and PAA-X, and another is a YAML file.
`POST /v1/dossiers` takes a whole negotiation in one document, `/v1/processes/{key}/dossier` gives it back, and `/v1/dossiers/all`
exports the whole ledger. Sent again, a dossier changes nothing. A citation that you leave out of it is withdrawn, unless another
dossier brings it too. `additions` add posts, names, identifiers and citations to records of other dossiers.
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
        "Which of its demands had Ukraine answered by 5 June 2025?",
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

TAGS = [
    {"name": "processes", "description": "A **process** is a negotiation over years, with its parties and their roles."},
    {"name": "talks", "description": "A **talk** is a meeting or a series of them. Talks are a tree: a round, and in it the"
     " meeting of the principals and the plenary."},
    {"name": "delegations", "description": "A **delegation** is a party's part in one talk. `is_seated` tells those who sat"
     " there from those who only hosted, mediated or observed. No known head is normal."},
    {"name": "parties", "description": "A **party** is an actor beyond any one talk. A coalition's members are coded:"
     " `party.members=` takes them."},
    {"name": "people", "description": "A **person**, with all spellings of the name and the posts held."},
    {"name": "places", "description": "A **place**: venue, town, region, area. `place=` covers what lies inside."},
    {"name": "proposals", "description": "A **proposal** is the act of putting something forward. Its **accounts** are the"
     " tellings of it: the text, a press report. Exactly one is the reference, which lists and counts read."},
    {"name": "demands", "description": "A **demand** is one point of an account: claimants ask addressees to act. Its"
     " **state** is derived from the answers on any day, with or without those to the whole proposal."},
    {"name": "responses", "description": "A **response** answers one demand, one part or a whole proposal. Later ones never"
     " replace earlier ones, and silence (`no_comment`) is not a rejection."},
    {"name": "agreements", "description": "An **agreement**: its provisions are the demands of the proposals it adopted."},
    {"name": "assessments", "description": "An **assessment** is a forecast or characterisation. It is never a response."},
    {"name": "issues", "description": "An **issue** of the taxonomy. `issue=` matches what lies below it."},
    {"name": "sources", "description": "A **source** is a document one can consult; one that supports nothing is kept."},
    {"name": "citations", "description": "A **citation** is the place in a source that supports, contradicts or is silent on"
     " one statement of one record, down to a single field."},
    {"name": "imports", "description": "An **import** takes a file of any length: records are created or changed, faults are"
     " listed by line, and a linter says what is odd."},
    {"name": "vocabularies", "description": "The closed lists, each word with its meaning."},
    {"name": "search", "description": "One **search** through all collections, and demands that are like one."},
    {"name": "identities", "description": "Records of any collection by an **identifier** of another data set, by slug or by id."},
    {"name": "reconciliation", "description": "The Reconciliation Service API 0.2, for OpenRefine and other tools that match"
     " tables of names with parties, people, places and issues."},
    {"name": "duplicates", "description": "Pairs of records that may be one, scored and with reasons: merge them, or say that"
     " they are not the same."},
    {"name": "dossiers", "description": "A **dossier** is a whole negotiation in one document: taken in one transaction, given back"
     " so that another ledger can take it."},
    {"name": "revisions", "description": "Every write is one **revision**, numbered in the order of the commits, whatever"
     " client made it. `as_of=` reads what was at any of them."},
    {"name": "changes", "description": "One feed of **changes**, without a gap: what each revision did to which record, with the"
     " record as it was then. Long poll, Server-Sent Events, NDJSON."},
    {"name": "webhooks", "description": "A **webhook** is an address to which changes are sent: signed, in order, again until they"
     " are taken, with a log of every delivery."},
    {"name": "releases", "description": "A **release** is a state of the ledger with a name for ever (`2026.1`), with checksums,"
     " licence and citation, its files to download, and what changed from one to the next. `as_of=2026.1` reads in it."},
    {"name": "service", "description": "Health, problems and the key's own rights."},
]  # fmt: skip
