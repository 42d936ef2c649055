"""One dossier: a whole negotiation in one document, and how it is written into the ledger.

    {"format": "parley-dossier/1", "slug": …, "title": …, "needs": [], "records": {"parties": […], "talks": […]}}

`records` holds the bodies that `PUT /v1/{collection}/{slug}` takes. They may mention each other in any order, also
before either exists, and what the ledger holds. `additions` add rows and citations to records of other dossiers
(`app.ingest.additions`). All of it is one transaction and one revision.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.db.vocabulary import Action
from app.domain.types import Line, Prose, Slug
from app.errors import ApiError, ProblemType, Violation
from app.ingest.additions import Read, no_collection, placed, read_additions
from app.ingest.statements import fetch_loaded, remember
from app.schemas.validators import distinct
from app.web.validation import escape_pointer, violations_of_body
from app.writing.additions import Additions
from app.writing.dossier_contents import Bringing
from app.writing.intents import Intent, Mode, WriteResult, Written
from app.writing.writer import Writer

FORMAT = "parley-dossier/1"
#: Faults of one dossier that are told; the others are counted.
MOST = 100


class Envelope(BaseModel):
    """What stands around the records of a dossier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["parley-dossier/1"] = Field(description="The format, and its version.", examples=[FORMAT])
    slug: Slug = Field(description="Name of the dossier: by it others say that they need it.", examples=["aceh-2005"])
    title: Line = Field(description="What it is about.", examples=["Aceh: the Helsinki talks of 2005"])
    summary: Annotated[str, Field(max_length=20_000)] = Field(
        "",
        description="What is in it, in short; empty = not written.",
        examples=["From January to the memorandum of August."],
    )
    notes: tuple[Prose, ...] = Field((), description="Notes of those who made it.", examples=[["Coded from memory."]])
    needs: Annotated[tuple[Slug, ...], distinct()] = Field(
        (),
        description="Slugs of dossiers that the ledger must have taken before, since records of this one mention"
        " theirs; empty = it stands alone.",
        examples=[["issues"]],
    )

    withdrawn: Mapping[str, Mapping[str, Prose]] = Field(
        default_factory=dict,
        description="Which of its records are out of use, by collection and slug, and why. They are there because others"
        " mention them, and are stored as tombstones that answer 410.",
        examples=[{"parties": {"indonesia-coded-twice": "coded twice"}}],
    )


class Dossier(Envelope):
    """A dossier whose records are still as they were sent: the writer reads them."""

    records: Mapping[str, list[Any]] = Field(default_factory=dict)
    additions: Mapping[str, list[Any]] = Field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many records it holds or adds to; nested records are not counted."""
        return sum(len(several) for part in (self.records, self.additions) for several in part.values())


class Done(StrEnum):
    """What was done to a record."""

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
class Taken:
    """A dossier that was written, and what became of its records and of those that stand inside them."""

    slug: str
    result: WriteResult

    @property
    def revision(self) -> int | None:
        """Number of its revision; None where it changed nothing, and on a dry run."""
        return self.result.revision

    @property
    def records(self) -> list[tuple[Written, Done]]:
        """The records of the body, then those that stand inside them."""
        return [(one, _DONE[one.action]) for one in (*self.result.records, *self.result.others)]

    @property
    def counts(self) -> dict[Done, int]:
        """How many records there are of each kind of `Done`."""
        counted = Counter(done for _, done in self.records)
        return {done: counted[done] for done in Done}


async def take(
    writer: Writer, sent: Mapping[str, Any], content: bytes, *, most: int | None = None, **sender: Any
) -> Taken:
    """Write a dossier that was just read from `content`, in one transaction; of `most` records at the most.

    Raises `ApiError`: 422 with the faults of the document and of all its records together, each with its JSON Pointer;
    413 where there are too many; 409 where a dossier that it needs was not taken, or a record is in conflict with what is stored.
    """
    if most is not None:
        _refuse_many(sent, most)
    added = read_additions(sent.get("additions"), sent.get("records"), writer.kinds)
    violations = [*_violations_of_records(sent, writer.kinds), *added.violations, *_violations_of_withdrawn(sent)]
    try:
        dossier = Dossier.model_validate(sent)
    except ValidationError as error:
        raise await _refused(writer, sent, added, [*violations_of_body(error, Dossier, sent), *violations]) from None
    if violations:
        raise await _refused(writer, sent, added, violations)
    await _refuse_lacking(writer, dossier)
    result = await write(writer, dossier, hashlib.sha256(content).hexdigest(), added, **sender)
    return Taken(dossier.slug, result)


async def write(writer: Writer, dossier: Dossier, sha256: str, added: Read | None = None, **sender: Any) -> WriteResult:
    """Write the records of a dossier and remember that it was taken, in this state of its text. `added`: its additions,
    where they were read already."""
    message = sender.pop("message", None) or f"dossier {dossier.slug}"
    added = added or read_additions(dossier.additions, dossier.records, writer.kinds)
    if added.violations:
        raise _bounded(ApiError(ProblemType.INVALID, "", added.violations))
    asked = [*intents(dossier.records, writer.kinds, dossier.withdrawn), *added.citations]
    bringing = Bringing(dossier.slug, Additions(added.additions, marks=added.marks))
    try:
        result = await writer.write(asked, message=message, bringing=bringing, **sender)
    except ApiError as refused:
        raise _bounded(_placed(refused, bringing)) from refused
    if not sender.get("dry_run"):
        await remember(writer.engine, dossier.slug, sha256, result.revision)
    return result


def intents(records: Mapping[str, Any], order: Iterable[str], withdrawn: Any = None) -> list[Intent]:
    """The records as the writer takes them, collection by collection in `order`; what is no list is passed over."""
    gone = {
        (collection, slug): why for collection, several in (withdrawn or {}).items() for slug, why in several.items()
    }
    return [
        Intent(
            collection,
            body,
            Mode.PUT,
            pointer=f"/records/{collection}/{index}",
            withdrawn=gone.get((collection, _slug_of(body))),
        )
        for collection in order
        if isinstance(bodies := records.get(collection), list)
        for index, body in enumerate(bodies)
    ]


def _placed(refused: ApiError, bringing: Bringing) -> ApiError:
    violations = list(dict.fromkeys(placed(violation, bringing.additions) for violation in refused.violations))
    return ApiError(refused.kind, refused.detail, violations, refused.headers)


def _refuse_many(sent: Mapping[str, Any], most: int) -> None:
    parts = [part for name in ("records", "additions") if isinstance(part := sent.get(name), Mapping)]
    number = sum(len(bodies) for part in parts for bodies in part.values() if isinstance(bodies, list))
    if number > most:
        detail = (
            f"The dossier holds {number:,} records; one may hold {most:,} (PARLEY_DOSSIER_RECORDS_MAX). Send several."
        )
        raise ApiError(ProblemType.TOO_LARGE, detail)


def _slug_of(body: Any) -> str:
    slug = body.get("slug") if isinstance(body, Mapping) else None
    return slug if isinstance(slug, str) else ""


def _violations_of_withdrawn(sent: Mapping[str, Any]) -> list[Violation]:
    """Slugs in `withdrawn` that no record of the dossier has; of another shape the envelope's schema tells."""
    records, withdrawn = sent.get("records"), sent.get("withdrawn")
    if not isinstance(records, Mapping) or not isinstance(withdrawn, Mapping):
        return []
    violations = []
    for collection, gone in withdrawn.items():
        bodies = records.get(collection)
        known = {_slug_of(body) for body in bodies} if isinstance(bodies, list) else set()
        for slug in gone if isinstance(gone, Mapping) else ():
            if slug not in known:
                place = f"/withdrawn/{escape_pointer(collection)}/{escape_pointer(slug)}"
                hint = f"Put its body into /records/{escape_pointer(collection)}, or leave it out here."
                violations.append(Violation(f"No record of the dossier's {collection} has this slug", place, hint=hint))
    return violations


def _violations_of_records(sent: Mapping[str, Any], known: Iterable[str]) -> list[Violation]:
    """What is wrong with the collections; that `records` is no object at all is told of the envelope."""
    records = sent.get("records", {})
    if not isinstance(records, Mapping):
        return []
    names = list(known)
    violations = [no_collection("records", str(name), names) for name in records if name not in names]
    if not any(records.values()) and "additions" not in sent:
        # Empty ones are taken: that is how a dossier takes back the last row that it added.
        message = "The dossier holds no record and no additions"
        hint = 'Put at least one record into it. To take back all that it added, send "additions": {}.'
        violations.append(Violation(message, "/records", hint=hint))
    return violations


async def _refused(writer: Writer, sent: Mapping[str, Any], added: Read, violations: list[Violation]) -> ApiError:
    """The refusal of a document that is no dossier, with the faults of those records that can be read all the same."""
    records = sent.get("records")
    read_spec = intents(records, writer.kinds) if isinstance(records, Mapping) else []
    bringing = Bringing(str(sent.get("slug")), Additions(added.additions, marks=added.marks))
    if read_spec or added.citations or added.additions:
        try:
            await writer.write([*read_spec, *added.citations], editor="", dry_run=True, bringing=bringing)
        except ApiError as refused:
            if refused.kind is ProblemType.UNAVAILABLE:
                return refused
            violations = [*violations, *_placed(refused, bringing).violations]
    return _bounded(ApiError(ProblemType.INVALID, "", violations))


def _bounded(refused: ApiError) -> ApiError:
    """The refusal with the first of its faults and their number.

    Of one record it would be 410 that it was withdrawn; of a dossier, whose address is there, it is a conflict.
    """
    is_known = refused.kind in (ProblemType.INVALID, ProblemType.CONFLICT, ProblemType.UNAVAILABLE)
    kind = refused.kind if is_known else ProblemType.CONFLICT
    number = len(refused.violations)
    if number <= 1 and refused.detail:
        return ApiError(kind, refused.detail, refused.violations, refused.headers)
    shown = f"; the first {MOST} are listed" if number > MOST else ""
    found = "1 fault was" if number == 1 else f"{number} faults were"
    detail = f"{found} found{shown}; nothing was written."
    return ApiError(kind, detail, refused.violations[:MOST], refused.headers)


async def _refuse_lacking(writer: Writer, dossier: Dossier) -> None:
    if not dossier.needs:
        return
    taken = await fetch_loaded(writer.engine)
    lacking = [
        Violation(
            f"The dossier {need!r} is needed, and this ledger has not taken it",
            f"/needs/{place}",
            hint="Send that one first; if it is a bundled one, `parley load` does.",
        )
        for place, need in enumerate(dossier.needs)
        if need not in taken
    ]
    if lacking:
        names = ", ".join(repr(need) for need in dossier.needs if need not in taken)
        raise ApiError(ProblemType.CONFLICT, f"The dossier needs {names} to be taken first.", lacking)
