"""Validate request bodies and turn them into drafts. Records nested in a body become drafts of their own."""

from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Mapping
from uuid import UUID

from pydantic import BaseModel, ValidationError

from app.errors import Violation, quoted
from app.writing.batch import Batch, Draft, Known
from app.writing.dossier_contents import DossierContents
from app.writing.intents import Intent, Mode
from app.writing.invalid_values import Explain, without_invalid_values
from app.writing.mentions import Mention, mentioned_in, walk
from app.writing.plan import plan_of
from app.writing.slugs import is_slug
from app.writing.speculative import SpeculativeBatch
from app.writing.write_spec import WriteSpec

#: Called with (record id, pointer) when the body at the pointer refers to a stored record. Returns a description of the
#: earlier body that refers to the same record, or None.
ClaimRecord = Callable[[UUID, str], str | None]
#: Writes further rows in the transaction of the batch.
Finishing = Callable[[Batch], Awaitable[None]]


class Drafting:
    """Reads the bodies of one write. Collects drafts for the valid bodies, violations for the invalid ones, and all
    mentions.
    """

    def __init__(self, kinds: dict[str, WriteSpec], explain: Explain) -> None:
        self.kinds = kinds
        self.explain = explain
        self.drafts: list[Draft] = []
        self.intent_drafts: list[Draft | None] = []
        """One draft for each intent, in the order of the intents; None if the body is invalid."""
        self.violations: list[Violation] = []
        self.mentions: list[Mention] = []
        self.reports_all_mentions = False
        """Whether every unresolved mention must be reported, as in imports, which skip the records with errors and
        write the others.
        """
        self.dossier_contents: DossierContents | None = None
        """The dossier that is being written; None for any other write."""
        self.speculative_batch: SpeculativeBatch | None = None
        """The speculative batch that was prepared from these drafts, if any."""
        self.claim_record: ClaimRecord | None = None
        """Detects the error that two bodies of one file refer to the same stored record."""
        self.aliases: Mapping[tuple[str, str], Known] = {}
        """Additional keys by which these bodies may mention stored records."""
        self.restoring: Container[UUID] = ()
        """Withdrawn records that these bodies, or earlier ones of the same file, restore."""
        self.finishing: Finishing | None = None
        """Called in the same transaction after the records are written."""
        self.invalid_keys: set[tuple[str, str]] = set()
        """Pairs (collection, slug) of invalid bodies. A mention of such a record is not reported as a further error."""

    def read(self, intent: Intent) -> Draft | None:
        """The draft of one intent, or None if its body is invalid."""
        kind = self.kinds[intent.collection]
        raw = intent.body
        if isinstance(raw, BaseModel):
            raw = raw.model_dump(mode="json", exclude_unset=True)
        self.mentions.extend(walk(mentioned_in(kind.schema), raw, intent.pointer))
        try:
            body = kind.schema.model_validate(raw)
        except ValidationError as error:
            self.violations.extend(_with_prefix(self.explain(error, kind.schema, raw), intent.pointer))
            rest = without_invalid_values(kind.schema, raw, error)
            if rest is None:
                self._note_invalid(kind, raw, intent.address)
                return None
            # The write will be rejected. The valid part is still checked, so that violations of the rules are reported
            # too.
            body = rest
        draft = self._draft(kind, body, intent.pointer, intent.mode, intent.hidden)
        draft.address, draft.if_match, draft.is_renaming = intent.address, intent.if_match, intent.is_renaming
        draft.withdrawn, draft.is_patch = intent.withdrawn, intent.is_patch
        draft.is_restoring, draft.place = intent.is_restoring, intent.place
        draft.may_be_duplicate = intent.may_be_duplicate
        if intent.address is not None and not intent.is_renaming:
            self._check_address(draft, intent.address)
        return draft

    def split_off(self, promised: Container[tuple[str, str]]) -> "Drafting":
        """Split off and return the drafts that mention a promised record, directly or through another such draft."""
        affected: set[str] = set()
        names: set[tuple[str, str]] = set()
        while True:
            found = {
                place
                for mention in self.mentions
                if (mention.collection, mention.key) in promised or (mention.collection, mention.key) in names
                if (place := mention.pointer.split("/", 2)[1]) not in affected
            }
            if not found:
                break
            affected |= found
            names = {
                name for draft in self.drafts if draft.pointer.split("/", 2)[1] in affected for name in draft.names()
            }

        def is_affected(draft: Draft | None) -> bool:
            return draft is not None and draft.pointer.split("/", 2)[1] in affected

        dependent = Drafting(self.kinds, self.explain)
        dependent.aliases, dependent.restoring = self.aliases, self.restoring
        dependent.intent_drafts = [draft for draft in self.intent_drafts if is_affected(draft)]
        dependent.drafts = [draft for draft in self.drafts if is_affected(draft)]
        self.drafts = [draft for draft in self.drafts if not is_affected(draft)]
        self.intent_drafts = [draft for draft in self.intent_drafts if not is_affected(draft)]
        self.invalid_keys |= names
        self.mentions = [one for one in self.mentions if (one.collection, one.key) not in promised]
        return dependent

    def _draft(
        self, kind: WriteSpec, body: BaseModel, pointer: str, mode: Mode, hidden: Mapping[str, frozenset[str]]
    ) -> Draft:
        slug = getattr(body, "slug", None)
        draft = Draft(kind, plan_of(kind.model, type(body)), body, pointer, mode, slug, is_slug_given=slug is not None)
        self.drafts.append(draft)
        for nested in draft.plan.nested:
            inner = self.kinds[nested.collection]
            for index, item in enumerate(getattr(body, nested.name)):
                below = self._draft(inner, item, f"{pointer}/{nested.name}/{index}", mode, {})
                below.owner, below.nested, below.place = draft, nested, index + 1
                below.hidden = hidden.get(nested.name, frozenset())
        return draft

    def _check_address(self, draft: Draft, address: str) -> None:
        if draft.slug is None and is_slug(address):
            draft.slug, draft.is_slug_given = address, True
        elif draft.slug is not None and is_slug(address) and draft.slug != address:
            self.violations.append(
                Violation(
                    f"`slug` in the body is {quoted(draft.slug)}, but the URL names {quoted(address)}",
                    pointer=f"{draft.pointer}/slug",
                    hint="Omit `slug` from the body. To rename the record, send PATCH with the new `slug`.",
                )
            )

    def _note_invalid(self, kind: WriteSpec, raw: object, address: str | None) -> None:
        slug = raw.get("slug") if isinstance(raw, dict) else None
        for name in (slug, address):
            if isinstance(name, str):
                self.invalid_keys.add((kind.collection, name))
        if not isinstance(raw, dict):
            return
        for nested in plan_of(kind.model, kind.schema).nested:
            for item in raw.get(nested.name) or () if isinstance(raw.get(nested.name), list) else ():
                self._note_invalid(self.kinds[nested.collection], item, None)


def _with_prefix(violations: Iterable[Violation], pointer: str) -> Iterator[Violation]:
    for violation in violations:
        yield Violation(violation.message, pointer=pointer + (violation.pointer or ""), hint=violation.hint)
