"""Reads the blocks of a file as the intents of a batch, before they are compared with stored records."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from app.errors import Violation
from app.ingest.deduplication import DeduplicationSet
from app.ingest.import_batch import ImportBatch
from app.ingest.import_options import ImportMode
from app.ingest.items import Block, Item
from app.ingest.report import LineWarning
from app.resources.round_trip import body_maker, is_shown, own_records
from app.writing.intents import Intent, Mode
from app.writing.write_spec import WriteSpec


class BlockReader:
    """Reads the blocks of one import. The `read_schemas` of the collections make it possible to read exported records,
    too.
    """

    def __init__(
        self,
        kinds: Mapping[str, WriteSpec],
        read_schemas: Mapping[str, type[BaseModel]],
        mode: ImportMode,
        deduplication: DeduplicationSet,
    ) -> None:
        self.kinds = kinds
        self.read_schemas = read_schemas
        self.mode = mode
        self.deduplication = deduplication

    def read(self, block: Block, read: Callable[[Block], list[Item]]) -> ImportBatch:
        """Return the batch of a block that the source reads with `read`. Lines with errors have no intents in the
        batch."""
        batch = ImportBatch(block.lines[-1].number)
        mode, is_patch = self._write_mode, self.mode is ImportMode.MERGE
        body_makers = {name: body_maker(kind.schema, self.read_schemas[name]) for name, kind in self.kinds.items()}
        for item in read(block):
            batch.warnings += item.warnings
            if item.violations:
                batch.faulty.setdefault(item.line, []).extend(item.violations)
            if item.body is None:
                continue
            body = self._without_nested(item, body_makers[item.collection](item.body), batch)
            intent = Intent(item.collection, body, mode, pointer=item.pointer, is_patch=is_patch)
            if violation := self._check_identifiable(intent) or (
                None if item.is_gathered else self.deduplication.add(intent)
            ):
                batch.faulty.setdefault(item.line, []).append(violation)
            else:
                batch.intents.append(intent)
                batch.items[item.pointer] = item
        return batch

    def intent_of(self, item: Item) -> Intent:
        """Return the intent for a record of a foreign file, with the body as the file states it."""
        kind = self.kinds[item.collection]
        body = body_maker(kind.schema, self.read_schemas[item.collection])(item.body or {})
        return Intent(item.collection, body, Mode.PUT, pointer=item.pointer, is_patch=True)

    def _without_nested(self, item: Item, body: dict[str, Any], batch: ImportBatch) -> dict[str, object]:
        """Return the body without the records that an export with `include` nests in it, because nested records have
        lines of their own."""
        kind = self.kinds[item.collection]
        nested = [name for name in own_records(kind.schema) if is_shown(body.get(name))]
        for name in nested:
            message = f"The {name} nested here are separate records and are not imported with this one"
            hint = f"Export and import them as lines of `{name}`, or omit `include={name}` from the export."
            batch.warnings.append(
                LineWarning(line=item.line, pointer=f"/{name}", message=message, hint=hint, rule="shown-inside")
            )
        return {name: value for name, value in body.items() if name not in nested} if nested else body

    @property
    def _write_mode(self) -> Mode:
        return Mode.CREATE if self.mode is ImportMode.CREATE else Mode.PUT

    def _check_identifiable(self, intent: Intent) -> Violation | None:
        """Return an error if the record has no identifier. Such a record would be created again each time the file is
        imported."""
        body, kind = intent.body, self.kinds[intent.collection]
        if body.get("slug") is not None or kind.identity:
            return None
        if body.get("external_ids") and self._write_mode is Mode.PUT:
            return None
        hint = "Add a `slug`" + (", or an external id." if self._write_mode is Mode.PUT else ".")
        return Violation("The record has no identifier, so a second import would create it again", "/slug", hint=hint)
