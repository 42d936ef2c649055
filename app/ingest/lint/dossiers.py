"""Applies the linter to the records of a dossier."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.ingest.dossier import intents
from app.ingest.lint.linter import Linter
from app.writing.writer import Writer


@dataclass(frozen=True, slots=True)
class DossierFinding:
    """A warning about a value of a dossier. `pointer` is a JSON Pointer into the dossier."""

    rule: str
    pointer: str
    message: str
    hint: str | None


async def lint_dossier(writer: Writer, sent: Mapping[str, Any]) -> list[DossierFinding]:
    """Return the warnings about the records of a valid dossier, in the order of the dossier."""
    records = sent.get("records", {})
    wanted = [intent for intent in intents(records, writer.kinds) if isinstance(intent.body, dict)]
    linter = Linter(writer, describe_line=lambda number: wanted[number - 1].pointer)
    # The linter expects records with line numbers, so give each record a number.
    found = await linter.look([replace(intent, pointer=f"/{n}") for n, intent in enumerate(wanted, 1)])
    return [
        DossierFinding(one.rule, f"{wanted[one.line - 1].pointer}{one.pointer}", one.message, one.hint) for one in found
    ]
