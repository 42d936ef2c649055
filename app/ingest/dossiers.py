"""The dossiers bundled with Parley, which are loaded through the writer like any other write.

A dossier is one batch, one transaction and one revision. The dossiers that it `needs` are loaded first. A dossier whose
file has not changed since it was loaded is not loaded again, so that later edits of its records are preserved.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from pydantic import ValidationError

from app.errors import ApiError, ProblemType, quoted
from app.ingest.dossier import Dossier, write_dossier
from app.ingest.statements import fetch_loaded, loading_lock
from app.writing.writer import Writer

FOLDER = Path(__file__).parent / "dossiers"
EDITOR = "parley"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundled dossier, and the SHA-256 (hex) of its file."""

    dossier: Dossier
    sha256: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of loading one dossier. `revision` is None if all its records were already stored."""

    slug: str
    revision: int | None


def read_bundled(folder: Path = FOLDER) -> dict[str, Bundled]:
    """Read all dossiers in `folder`, and return them by slug; dossiers that others need come first.

    Raises `ApiError` if a file is not a dossier, two files have the same slug, a needed dossier is missing, or dossiers need
    each other in a cycle.
    """
    found: dict[str, Bundled] = {}
    for path in sorted(folder.glob("*.json")):
        content = path.read_bytes()
        try:
            dossier = Dossier.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = "".join(f"/{step}" for step in first["loc"])
            raise _invalid(f"{path.name} is not a dossier: {first['msg']} at {where or 'the top level'}.") from None
        if dossier.slug in found:
            raise _invalid(f"{path.name}: another file has the same dossier slug, {quoted(dossier.slug)}.")
        found[dossier.slug] = Bundled(dossier, hashlib.sha256(content).hexdigest())
    for slug, bundled in found.items():
        if missing := [need for need in bundled.dossier.needs if need not in found]:
            raise _invalid(f"The dossier {quoted(slug)} needs {quoted(missing[0])}, which does not exist.")
    return {slug: found[slug] for slug in _sorted_by_needs(found)}


def select_dossiers(bundled: Mapping[str, Bundled], names: Iterable[str]) -> dict[str, Bundled]:
    """Return the named dossiers and all that they need, in loading order. Raises `ApiError` for an unknown name."""
    selected: set[str] = set()
    pending = list(names)
    for name in pending:
        if name not in bundled:
            raise _invalid(f"There is no dossier named {quoted(name)}. The dossiers are: {', '.join(sorted(bundled))}.")
    while pending:
        name = pending.pop()
        if name not in selected:
            selected.add(name)
            pending.extend(bundled[name].dossier.needs)
    return {slug: item for slug, item in bundled.items() if slug in selected}


async def load_dossiers(
    writer: Writer,
    progress: Progress | None = None,
    names: Iterable[str] | None = None,
    *,
    only_new: bool = False,
) -> list[Loaded]:
    """Load all bundled dossiers, or the named dossiers and the dossiers that they need. Return the dossiers that were
    written.

    A dossier is skipped if it was loaded from the same version of its file. If `only_new` is set, a dossier that was
    loaded from another version is also skipped, because its records may have been edited. Raises `ApiError` for the
    first dossier that cannot be written; the dossiers before it remain loaded.
    """
    bundled = await asyncio.to_thread(read_bundled)
    selected = bundled if names is None else select_dossiers(bundled, names)
    done: list[Loaded] = []
    async with loading_lock(writer.engine):
        loaded = await fetch_loaded(writer.engine)
        to_load = _to_load(selected, loaded, only_new=only_new)
        for place, item in enumerate(to_load, 1):
            dossier = item.dossier
            if progress is not None:
                progress(f"Loading dossier {place} of {len(to_load)}: {dossier.title} ({dossier.size} records)")
            done.append(await _load_one(writer, item))
    return done


def _to_load(selected: Mapping[str, Bundled], loaded: Mapping[str, str], *, only_new: bool) -> list[Bundled]:
    """Return the dossiers to write: new dossiers and, unless `only_new`, dossiers whose file has changed."""
    return [
        item for slug, item in selected.items() if slug not in loaded or (not only_new and loaded[slug] != item.sha256)
    ]


async def _load_one(writer: Writer, item: Bundled) -> Loaded:
    dossier = item.dossier
    try:
        result = await write_dossier(writer, dossier, item.sha256, editor=EDITOR)
    except ApiError as error:
        detail = f"The dossier {quoted(dossier.slug)} was not loaded: {error.detail}"
        raise ApiError(error.kind, detail, error.violations, error.headers) from error
    return Loaded(dossier.slug, result.revision)


def _sorted_by_needs(found: Mapping[str, Bundled]) -> list[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for slug, bundled in found.items():
        sorter.add(slug, *bundled.dossier.needs)
    try:
        return list(sorter.static_order())
    except CycleError as error:
        raise _invalid(f"Dossiers need each other in a cycle: {' → '.join(error.args[1])}.") from None


def _invalid(detail: str) -> ApiError:
    return ApiError(ProblemType.INVALID, detail)
