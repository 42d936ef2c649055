"""The bundled dossiers: whole negotiations as files, loaded through the writer like any other write.

A dossier is one batch, one transaction and one revision. It may lean on others (`needs`): those come first. What the
ledger holds already, in this state of the file, is not written again, so that later edits of its records stay.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pydantic import ValidationError

from app.errors import ApiError, ProblemType
from app.ingest.dossier import Dossier, write
from app.ingest.statements import fetch_loaded, one_at_a_time
from app.writing.writer import Writer

FOLDER = Path(__file__).parent / "dossiers"
EDITOR = "parley"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bundled:
    """A dossier of this version of Parley, and the SHA-256 (hex) of its file."""

    dossier: Dossier
    sha256: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one dossier; `revision` is None where the ledger held all of it already."""

    slug: str
    revision: int | None


def read_bundled(folder: Path = FOLDER) -> dict[str, Bundled]:
    """All dossiers of `folder` by slug, those that others need before them.

    Raises `ApiError` where a file is no dossier, has another's slug, needs one that is not there or, in a circle,
    itself.
    """
    found: dict[str, Bundled] = {}
    for path in sorted(folder.glob("*.json")):
        content = path.read_bytes()
        try:
            dossier = Dossier.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = "".join(f"/{step}" for step in first["loc"])
            raise _refused(f"{path.name} is no dossier: {first['msg']} at {where or 'its top'}.") from None
        if dossier.slug in found:
            raise _refused(f"{path.name}: another dossier has the slug {dossier.slug!r}.")
        found[dossier.slug] = Bundled(dossier, hashlib.sha256(content).hexdigest())
    for slug, bundled in found.items():
        if lacking := [need for need in bundled.dossier.needs if need not in found]:
            raise _refused(f"The dossier {slug!r} needs {lacking[0]!r}, which is not there.")
    return {slug: found[slug] for slug in _in_order(found)}


def chosen(bundled: Mapping[str, Bundled], names: Iterable[str]) -> dict[str, Bundled]:
    """The named dossiers and all that they need, in order. Raises `ApiError` on a name that none has."""
    wanted: set[str] = set()
    asked = list(names)
    for name in asked:
        if name not in bundled:
            raise _refused(f"There is no dossier named {name!r}; there are {', '.join(sorted(bundled))}.")
    while asked:
        name = asked.pop()
        if name not in wanted:
            wanted.add(name)
            asked.extend(bundled[name].dossier.needs)
    return {slug: item for slug, item in bundled.items() if slug in wanted}


async def load(
    writer: Writer,
    progress: Progress | None = None,
    names: Iterable[str] | None = None,
    *,
    only_new: bool = False,
) -> list[Loaded]:
    """Write the bundled dossiers, or the named ones and what they need, into the ledger; answers those written.

    A dossier that was loaded in this state of its file is left out; with `only_new`, also one that was loaded in
    another state (its records may have been edited since). Raises `ApiError` with the faults of the first dossier that
    cannot be written; those before it stay.
    """
    bundled = await asyncio.to_thread(read_bundled)
    wanted = bundled if names is None else chosen(bundled, names)
    done: list[Loaded] = []
    async with one_at_a_time(writer.engine):
        kept = await fetch_loaded(writer.engine)
        lacking = _lacking(wanted, kept, only_new=only_new)
        for place, item in enumerate(lacking, 1):
            dossier = item.dossier
            if progress is not None:
                progress(f"Loading dossier {place} of {len(lacking)}: {dossier.title} ({dossier.size} records)")
            done.append(await _load_one(writer, item))
    return done


def _lacking(wanted: Mapping[str, Bundled], kept: Mapping[str, str], *, only_new: bool) -> list[Bundled]:
    """Those of the wanted ones that are to be written: the new ones and, unless `only_new`, those that have changed."""
    return [item for slug, item in wanted.items() if slug not in kept or (not only_new and kept[slug] != item.sha256)]


async def _load_one(writer: Writer, item: Bundled) -> Loaded:
    dossier = item.dossier
    try:
        result = await write(writer, dossier, item.sha256, editor=EDITOR)
    except ApiError as refused:
        detail = f"The dossier {dossier.slug!r} was not loaded: {refused.detail}"
        raise ApiError(refused.kind, detail, refused.violations, refused.headers) from refused
    return Loaded(dossier.slug, result.revision)


def _in_order(found: Mapping[str, Bundled]) -> list[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for slug, bundled in found.items():
        sorter.add(slug, *bundled.dossier.needs)
    try:
        return list(sorter.static_order())
    except CycleError as error:
        raise _refused(f"Dossiers need each other in a circle: {' → '.join(error.args[1])}.") from None


def _refused(detail: str) -> ApiError:
    return ApiError(ProblemType.INVALID, detail)
