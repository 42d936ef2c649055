"""One dossier: a whole negotiation in one document, and how it is written into the ledger.

    {"format": "parley-dossier/1", "slug": …, "title": …, "needs": [], "records": {"parties": […], "talks": […]}}

`records` holds the bodies that `PUT /v1/{collection}/{slug}` takes. They may mention each other in any order, also
before either exists, and what the ledger holds. All of them are one transaction and one revision.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.checks import distinct
from app.faults import Fault, ProblemKind, Refused
from app.ingest.queries import fetch_loaded, remember
from app.scalars import Line, Prose, Slug
from app.web.validation import escape_pointer, faults_of_body, nearest
from app.writing.intents import Intent, Mode, WriteResult
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


class Dossier(Envelope):
    """A dossier whose records are still as they were sent: the writer reads them."""

    records: Mapping[str, list[Any]]

    @property
    def size(self) -> int:
        """How many records it holds; what stands inside a record is not counted."""
        return sum(map(len, self.records.values()))


@dataclass(frozen=True, slots=True)
class Taken:
    """A dossier that was written, and what became of its records."""

    dossier: Dossier
    result: WriteResult


async def take(writer: Writer, sent: Mapping[str, Any], content: bytes, **sender: Any) -> Taken:
    """Write a dossier that was just read from `content`, in one transaction.

    Raises `Refused`: 422 with the faults of the document and of all its records together, each with its JSON Pointer;
    409 where a dossier that it needs was not taken, or a record is in conflict with what is stored.
    """
    faults = _faults_of_records(sent.get("records"), writer.kinds)
    try:
        dossier = Dossier.model_validate(sent)
    except ValidationError as error:
        raise await _refused(writer, sent, [*faults_of_body(error, Dossier, sent), *faults]) from None
    if faults:
        raise await _refused(writer, sent, faults)
    await _refuse_lacking(writer, dossier)
    result = await write(writer, dossier, hashlib.sha256(content).hexdigest(), **sender)
    return Taken(dossier, result)


async def write(writer: Writer, dossier: Dossier, sha256: str, **sender: Any) -> WriteResult:
    """Write the records of a dossier and remember that it was taken, in this state of its text."""
    message = sender.pop("message", None) or f"dossier {dossier.slug}"
    try:
        result = await writer.write(intents(dossier.records, writer.kinds), message=message, **sender)
    except Refused as refused:
        raise _bounded(refused) from refused
    if not sender.get("dry_run"):
        await remember(writer.engine, dossier.slug, sha256, result.revision)
    return result


def intents(records: Mapping[str, Any], order: Iterable[str]) -> list[Intent]:
    """The records as the writer takes them, collection by collection in `order`; what is no list is passed over."""
    return [
        Intent(collection, body, Mode.PUT, pointer=f"/records/{collection}/{index}")
        for collection in order
        if isinstance(bodies := records.get(collection), list)
        for index, body in enumerate(bodies)
    ]


def _faults_of_records(records: Any, known: Iterable[str]) -> list[Fault]:
    """What is wrong with the collections; that `records` is no object at all is told of the envelope."""
    if not isinstance(records, Mapping):
        return []
    names = list(known)
    faults = []
    for name in records:
        if name not in names:
            near = nearest(str(name), names)
            hint = f"Did you mean {near!r}?" if near else f"They are: {', '.join(names)}."
            faults.append(Fault(f"There is no collection {name[:60]!r}", f"/records/{escape_pointer(name)}", hint=hint))
    if not any(records.values()):
        faults.append(Fault("The dossier holds no record", "/records", hint="Put at least one record into it."))
    return faults


async def _refused(writer: Writer, sent: Mapping[str, Any], faults: list[Fault]) -> Refused:
    """The refusal of a document that is no dossier, with the faults of those records that can be read all the same."""
    records = sent.get("records")
    if isinstance(records, Mapping) and (readable := intents(records, writer.kinds)):
        try:
            await writer.write(readable, editor="", dry_run=True)
        except Refused as refused:
            if refused.kind is ProblemKind.UNAVAILABLE:
                return refused
            faults = [*faults, *refused.faults]
    return _bounded(Refused(ProblemKind.INVALID, "", faults))


def _bounded(refused: Refused) -> Refused:
    """The refusal with the first of its faults and their number.

    Of one record it would be 410 that it was withdrawn; of a dossier, whose address is there, it is a conflict.
    """
    is_known = refused.kind in (ProblemKind.INVALID, ProblemKind.CONFLICT, ProblemKind.UNAVAILABLE)
    kind = refused.kind if is_known else ProblemKind.CONFLICT
    number = len(refused.faults)
    if number <= 1 and refused.detail:
        return Refused(kind, refused.detail, refused.faults, refused.headers)
    shown = f"; the first {MOST} are listed" if number > MOST else ""
    found = "1 fault was" if number == 1 else f"{number} faults were"
    detail = f"{found} found{shown}; nothing was written."
    return Refused(kind, detail, refused.faults[:MOST], refused.headers)


async def _refuse_lacking(writer: Writer, dossier: Dossier) -> None:
    if not dossier.needs:
        return
    taken = await fetch_loaded(writer.engine)
    lacking = [
        Fault(
            f"The dossier {need!r} is needed, and this ledger has not taken it",
            f"/needs/{place}",
            hint="Send that one first; if it is a bundled one, `parley load` does.",
        )
        for place, need in enumerate(dossier.needs)
        if need not in taken
    ]
    if lacking:
        names = ", ".join(repr(need) for need in dossier.needs if need not in taken)
        raise Refused(ProblemKind.CONFLICT, f"The dossier needs {names} to be taken first.", lacking)
