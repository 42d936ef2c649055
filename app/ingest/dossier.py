"""One dossier: a whole negotiation in one document, and how it is written into the database.

    {"format": "parley-dossier/1", "slug": …, "title": …, "needs": [], "records": {"parties": […], "talks": […]}}

`records` contains the bodies that `PUT /v1/{collection}/{slug}` accepts. The records may refer to stored records, and
to each other in any order. `additions` adds rows and citations to records of other dossiers (`app.ingest.additions`). A
dossier
is written in one transaction and creates one revision.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.db.vocabulary import Action
from app.domain.texts import Line, Prose, Slug
from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.ingest.additions import ParsedAdditions, parse_additions, relocate, unknown_collection
from app.ingest.statements import fetch_loaded, note_loaded
from app.schemas.validators import distinct
from app.web.validation import escape_pointer, violations_of_body
from app.writing.additions import Additions
from app.writing.dossier_contents import DossierContents
from app.writing.intents import Intent, Mode, WriteResult, Written
from app.writing.writer import Writer

FORMAT = "parley-dossier/1"
#: Maximum number of errors of one dossier that a response lists; the others are only counted.
MAX_LISTED = 100


class Envelope(BaseModel):
    """The fields of a dossier other than its records and additions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["parley-dossier/1"] = Field(description="The format, and its version.", examples=[FORMAT])
    slug: Slug = Field(
        description="Name of the dossier. Other dossiers refer to it in their `needs`.", examples=["aceh-2005"]
    )
    title: Line = Field(description="Subject of the dossier.", examples=["Aceh: the Helsinki talks of 2005"])
    summary: Annotated[str, Field(max_length=20_000)] = Field(
        "",
        description="Summary of the content; empty = no summary.",
        examples=["From January to the memorandum of August."],
    )
    notes: tuple[Prose, ...] = Field((), description="Notes of the authors.", examples=[["Coded from memory."]])
    needs: Annotated[tuple[Slug, ...], distinct()] = Field(
        (),
        description="Slugs of dossiers that must be imported before this one, because its records "
        "refer to records in those dossiers; empty = the dossier does not depend on others.",
        examples=[["issues"]],
    )

    withdrawn: Mapping[str, Mapping[str, Prose]] = Field(
        default_factory=dict,
        description="Records of this dossier that are withdrawn, by collection and slug, with the reason. The dossier"
        " contains them because other records mention them; they are stored as tombstones, and a GET returns 410.",
        examples=[{"parties": {"indonesia-coded-twice": "coded twice"}}],
    )


class Dossier(Envelope):
    """A dossier whose records are not validated yet: the writer validates them."""

    records: Mapping[str, list[Any]] = Field(default_factory=dict)
    additions: Mapping[str, list[Any]] = Field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of records that the dossier contains or adds to; nested records are not counted."""
        return sum(len(bodies) for part in (self.records, self.additions) for bodies in part.values())


class Done(StrEnum):
    """What the import did with a record."""

    CREATED = "created"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"


_DONE: dict[Action | None, Done] = {
    Action.CREATE: Done.CREATED,
    Action.CHANGE: Done.CHANGED,
    Action.WITHDRAW: Done.WITHDRAWN,
    None: Done.UNCHANGED,
}


@dataclass(frozen=True, slots=True)
class WrittenDossier:
    """The result of a dossier that was written: what happened to its records and to the records nested in them."""

    slug: str
    result: WriteResult

    @property
    def revision(self) -> int | None:
        """Number of the revision; None if the dossier changed nothing, or on a dry run."""
        return self.result.revision

    @property
    def records(self) -> list[tuple[Written, Done]]:
        """The records of the body, then the records nested in them."""
        return [(one, _DONE[one.action]) for one in (*self.result.records, *self.result.others)]

    @property
    def counts(self) -> dict[Done, int]:
        """Number of records for each value of `Done`."""
        counter = Counter(done for _, done in self.records)
        return {done: counter[done] for done in Done}


async def import_document(
    writer: Writer, sent: Mapping[str, object], content: bytes, *, most: int | None = None, **sender: object
) -> WrittenDossier:
    """Write the dossier that was read from `content`, in one transaction. `most` is the maximum number of records.

    Raises `ApiError`: 422 with all errors of the document and its records, each with a JSON Pointer; 413 if there are
    too many records; 409 if a dossier that it needs has not been imported, or if a record conflicts with a stored
    record.
    """
    if most is not None:
        _check_size(sent, most)
    additions = parse_additions(sent.get("additions"), sent.get("records"), writer.kinds)
    violations = [*_violations_of_records(sent, writer.kinds), *additions.violations, *_violations_of_withdrawn(sent)]
    try:
        dossier = Dossier.model_validate(sent)
    except ValidationError as error:
        raise await _invalid_document(
            writer, sent, additions, [*violations_of_body(error, Dossier, sent), *violations]
        ) from None
    if violations:
        raise await _invalid_document(writer, sent, additions, violations)
    await _check_needs(writer, dossier)
    result = await write_dossier(writer, dossier, hashlib.sha256(content).hexdigest(), additions, **sender)
    return WrittenDossier(dossier.slug, result)


async def write_dossier(
    writer: Writer, dossier: Dossier, sha256: str, additions: ParsedAdditions | None = None, **sender: Any
) -> WriteResult:
    """Write the records of a dossier, and record that this version (`sha256`) of the dossier was imported.

    `additions` are the additions of the dossier, if the caller has parsed them already.
    """
    message = sender.pop("message", None) or f"dossier {dossier.slug}"
    additions = additions or parse_additions(dossier.additions, dossier.records, writer.kinds)
    if additions.violations:
        raise _shortened(ApiError(ProblemType.INVALID, "", additions.violations))
    wanted = [*intents(dossier.records, writer.kinds, dossier.withdrawn), *additions.citations]
    contents = DossierContents(dossier.slug, Additions(additions.additions, marks=additions.marks))
    try:
        result = await writer.write(wanted, message=message, dossier_contents=contents, **sender)
    except ApiError as error:
        raise _shortened(_relocated(error, contents)) from error
    if not sender.get("dry_run"):
        await note_loaded(writer.engine, dossier.slug, sha256, result.revision)
    return result


def intents(records: Mapping[str, Any], order: Iterable[str], withdrawn: Any = None) -> list[Intent]:
    """Return the records as intents, with the collections in the given order. Values that are not lists are skipped."""
    reasons = {
        (collection, slug): why for collection, bodies in (withdrawn or {}).items() for slug, why in bodies.items()
    }
    return [
        Intent(
            collection,
            body,
            Mode.PUT,
            pointer=f"/records/{collection}/{index}",
            withdrawn=reasons.get((collection, _slug_of(body))),
        )
        for collection in order
        if isinstance(bodies := records.get(collection), list)
        for index, body in enumerate(bodies)
    ]


def _relocated(error: ApiError, contents: DossierContents) -> ApiError:
    violations = list(dict.fromkeys(relocate(violation, contents.additions) for violation in error.violations))
    return ApiError(error.kind, error.detail, violations, error.headers)


def _check_size(sent: Mapping[str, object], most: int) -> None:
    parts = [part for name in ("records", "additions") if isinstance(part := sent.get(name), Mapping)]
    number = sum(len(bodies) for part in parts for bodies in part.values() if isinstance(bodies, list))
    if number > most:
        detail = (
            f"The dossier contains {number:,} records, more than the limit of {most:,} (PARLEY_DOSSIER_RECORDS_MAX)."
            " Split it into several dossiers."
        )
        raise ApiError(ProblemType.TOO_LARGE, detail)


def _slug_of(body: object) -> str:
    slug = body.get("slug") if isinstance(body, Mapping) else None
    return slug if isinstance(slug, str) else ""


def _violations_of_withdrawn(sent: Mapping[str, object]) -> list[Violation]:
    """Report slugs in `withdrawn` that do not belong to any record of the dossier. The schema of the envelope reports
    wrong types.
    """
    records, withdrawn = sent.get("records"), sent.get("withdrawn")
    if not isinstance(records, Mapping) or not isinstance(withdrawn, Mapping):
        return []
    violations = []
    for collection, reasons in withdrawn.items():
        bodies = records.get(collection)
        known = {_slug_of(body) for body in bodies} if isinstance(bodies, list) else set()
        for slug in reasons if isinstance(reasons, Mapping) else ():
            if slug not in known:
                place = f"/withdrawn/{escape_pointer(collection)}/{escape_pointer(slug)}"
                hint = f"Add its body to /records/{escape_pointer(collection)}, or remove the slug here."
                violations.append(
                    Violation(f"The dossier has no {collection} with the slug {quoted(slug)}", place, hint=hint)
                )
    return violations


def _violations_of_records(sent: Mapping[str, object], known: Iterable[str]) -> list[Violation]:
    """Report unknown collections and an empty dossier. If `records` is not an object, the schema of the envelope
    reports it."""
    records = sent.get("records", {})
    if not isinstance(records, Mapping):
        return []
    names = list(known)
    violations = [unknown_collection("records", str(name), names) for name in records if name not in names]
    if not any(records.values()) and "additions" not in sent:
        # Empty additions are valid: they remove all rows that the dossier added before.
        message = "The dossier contains no records and no additions"
        hint = 'Add at least one record. To remove everything that the dossier added before, send "additions": {}.'
        violations.append(Violation(message, "/records", hint=hint))
    return violations


async def _invalid_document(
    writer: Writer, sent: Mapping[str, object], additions: ParsedAdditions, violations: list[Violation]
) -> ApiError:
    """Return the error for an invalid document, with the errors in all records that can still be read."""
    records = sent.get("records")
    read_spec = intents(records, writer.kinds) if isinstance(records, Mapping) else []
    contents = DossierContents(str(sent.get("slug")), Additions(additions.additions, marks=additions.marks))
    if read_spec or additions.citations or additions.additions:
        try:
            await writer.write([*read_spec, *additions.citations], editor="", dry_run=True, dossier_contents=contents)
        except ApiError as error:
            if error.kind is ProblemType.UNAVAILABLE:
                return error
            violations = [*violations, *_relocated(error, contents).violations]
    return _shortened(ApiError(ProblemType.INVALID, "", violations))


def _shortened(error: ApiError) -> ApiError:
    """Return the error with its first `MAX_LISTED` violations, and the number of all violations.

    If a record was withdrawn, the writer raises 410. The URL of the dossier import itself exists, so the status becomes
    409 (conflict).
    """
    is_known = error.kind in (ProblemType.INVALID, ProblemType.CONFLICT, ProblemType.UNAVAILABLE)
    kind = error.kind if is_known else ProblemType.CONFLICT
    number = len(error.violations)
    if number <= 1 and error.detail:
        return ApiError(kind, error.detail, error.violations, error.headers)
    shown = f"; the first {MAX_LISTED} are listed" if number > MAX_LISTED else ""
    detail = f"{count_errors(error.violations).removesuffix('.')}{shown}; nothing was written."
    return ApiError(kind, detail, error.violations[:MAX_LISTED], error.headers)


async def _check_needs(writer: Writer, dossier: Dossier) -> None:
    if not dossier.needs:
        return
    loaded = await fetch_loaded(writer.engine)
    missing = [
        Violation(
            f"The dossier {quoted(need)} is needed, but has not been imported",
            f"/needs/{place}",
            hint="Import that dossier first; `parley load` imports the bundled dossiers.",
        )
        for place, need in enumerate(dossier.needs)
        if need not in loaded
    ]
    if missing:
        names = ", ".join(quoted(need) for need in dossier.needs if need not in loaded)
        raise ApiError(ProblemType.CONFLICT, f"The dossier needs {names}, which must be imported first.", missing)
