"""From bodies to drafts: the shape of each is checked, records nested in it become drafts of their own."""

from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

from app.faults import Fault
from app.writing.ahead import Ahead
from app.writing.batch import Batch, Draft, Known
from app.writing.bringing import Bringing
from app.writing.intents import Intent, Mode
from app.writing.kinds import Kind, UnknownYet
from app.writing.mentions import Mention, mentioned_in, walk
from app.writing.naming import is_slug, slugify
from app.writing.plan import plan_of

#: Words for Pydantic's errors: (error, schema, body) → faults whose pointers begin at the body.
Explain = Callable[[ValidationError, Any, Any], list[Fault]]


def plainly(error: ValidationError, schema: Any, body: Any) -> list[Fault]:
    """Pydantic's own words; the door gives better ones (`app.web.validation.faults_of_body`)."""
    return [
        Fault(str(item["msg"]), pointer="".join(f"/{step}" for step in item["loc"]))
        for item in error.errors(include_url=False)
    ]


#: Notes that the body at a pointer means a stored record; answers how the body is called that has meant it before.
Meant = Callable[[UUID, str], str | None]

#: Writes what belongs to the batch beside its records.
Finishing = Callable[[Batch], Awaitable[None]]

#: Other fields are read in the light of these: without them a rule would find faults that are none.
_LEANT_ON = frozenset({"slug", "key", "process", "proposal", "account", "part", "parent", "talk", "party"})

#: A body with more faults than this is not looked at once more.
_WORTH_IT = 100


def without_faults(schema: type[BaseModel], raw: Any, error: ValidationError) -> BaseModel | None:
    """The body without the plain values that are wrong, where that is a body: for the rules to look at the rest.

    None where more is wrong than a value that may be missing, or a text that is needed: a list, a mention.
    """
    if error.error_count() > _WORTH_IT:
        return None
    rest = deepcopy(raw)
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        *path, last = item["loc"] or (None,)
        here = rest
        for step in path:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return None
        if not isinstance(here, dict) or last in _LEANT_ON or isinstance(here.get(last), list | dict):
            return None
        here.pop(last, None)
    try:
        return schema.model_validate(rest)
    except ValidationError as lacking:
        return _with_stand_ins(schema, rest, lacking)


#: Stands for a text that is needed and wrong, so that all else is looked at. Nothing of such a body is written.
_STAND_IN = "-"


def _with_stand_ins(schema: type[BaseModel], rest: Any, lacking: ValidationError) -> BaseModel | None:
    """The body with stand-ins where a text is needed that it lacks; None where it lacks something else."""
    for item in lacking.errors(include_url=False, include_context=False, include_input=False):
        *path, last = item["loc"] or (None,)
        here = rest
        for step in path:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return None
        if item["type"] != "missing" or not isinstance(here, dict) or last in _LEANT_ON:
            return None
        here[last] = _STAND_IN
    try:
        return schema.model_validate(rest)
    except ValidationError:
        return None


class Drafting:
    """Reads the bodies of one write: drafts of what has the right shape, faults of what has not, all mentions."""

    def __init__(self, kinds: dict[str, Kind], explain: Explain) -> None:
        self.kinds = kinds
        self.explain = explain
        self.drafts: list[Draft] = []
        self.asked: list[Draft | None] = []
        """The drafts of the intents themselves, in their order; None for a body that has not the right shape."""
        self.faults: list[Fault] = []
        self.mentions: list[Mention] = []
        self.tells_all = False
        """Whether each place that is wrong must be told, since only what stands there is left out."""
        self.bringing: Bringing | None = None
        """The dossier that is written; None where it is none."""
        self.ahead: Ahead | None = None
        """What was worked out of it already."""
        self.meant: Meant | None = None
        """Notes which stored record a body means. Of one file two bodies must not mean the same."""
        self.aliases: Mapping[tuple[str, str], Known] = {}
        """What other keys than their own lead to stored records in these bodies."""
        self.restoring: Container[UUID] = ()
        """Withdrawn records that these bodies, or those before them in a file, bring back."""
        self.finishing: Finishing | None = None
        """What is written in the same transaction, once the records are."""
        self.unread: set[tuple[str, str]] = set()
        """Slugs of bodies that are not right: mentions of them are no further fault."""

    def read(self, intent: Intent) -> Draft | None:
        """The draft of one intent, or None when its body has not the right shape."""
        kind = self.kinds[intent.collection]
        raw = intent.body
        if isinstance(raw, BaseModel):
            raw = raw.model_dump(mode="json", exclude_unset=True)
        self.mentions.extend(walk(mentioned_in(kind.schema), raw, intent.pointer))
        try:
            body = kind.schema.model_validate(raw)
        except ValidationError as error:
            self.faults.extend(_moved(self.explain(error, kind.schema, raw), intent.pointer))
            rest = without_faults(kind.schema, raw, error)
            if rest is None:
                self._remember(kind, raw, intent.address)
                return None
            # The write is refused already; the rest goes on, so that what the rules say of it comes in the same answer.
            body = rest
        draft = self._draft(kind, body, intent.pointer, intent.mode, intent.hidden)
        draft.address, draft.if_match, draft.is_renaming = intent.address, intent.if_match, intent.is_renaming
        draft.withdrawn, draft.is_patch = intent.withdrawn, intent.is_patch
        draft.is_restoring, draft.place = intent.is_restoring, intent.place
        draft.may_be_duplicate = intent.may_be_duplicate
        if intent.address is not None and not intent.is_renaming:
            self._check_address(draft, intent.address)
        return draft

    def set_aside(self, promised: Container[tuple[str, str]]) -> "Drafting":
        """Take out the drafts that mention a promised record, or a record so taken out; answers what was taken out."""
        aside: set[str] = set()
        names: set[tuple[str, str]] = set()
        while True:
            found = {
                place
                for mention in self.mentions
                if (mention.collection, mention.key) in promised or (mention.collection, mention.key) in names
                if (place := mention.pointer.split("/", 2)[1]) not in aside
            }
            if not found:
                break
            aside |= found
            names = {name for draft in self.drafts if draft.pointer.split("/", 2)[1] in aside for name in draft.names()}

        def is_aside(draft: Draft | None) -> bool:
            return draft is not None and draft.pointer.split("/", 2)[1] in aside

        leaning = Drafting(self.kinds, self.explain)
        leaning.aliases, leaning.restoring = self.aliases, self.restoring
        leaning.asked = [draft for draft in self.asked if is_aside(draft)]
        leaning.drafts = [draft for draft in self.drafts if is_aside(draft)]
        self.drafts = [draft for draft in self.drafts if not is_aside(draft)]
        self.asked = [draft for draft in self.asked if not is_aside(draft)]
        self.unread |= names
        self.mentions = [one for one in self.mentions if (one.collection, one.key) not in promised]
        return leaning

    def _draft(
        self, kind: Kind, body: BaseModel, pointer: str, mode: Mode, hidden: Mapping[str, frozenset[str]]
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
            self.faults.append(
                Fault(
                    f"The body's slug is {draft.slug!r}, the address says {address!r}",
                    pointer=f"{draft.pointer}/slug",
                    hint="Leave the slug out; to rename a record, PATCH its slug.",
                )
            )

    def _remember(self, kind: Kind, raw: Any, address: str | None) -> None:
        slug = raw.get("slug") if isinstance(raw, dict) else None
        for name in (slug, address):
            if isinstance(name, str):
                self.unread.add((kind.collection, name))
        if not isinstance(raw, dict):
            return
        for nested in plan_of(kind.model, kind.schema).nested:
            for item in raw.get(nested.name) or () if isinstance(raw.get(nested.name), list) else ():
                self._remember(self.kinds[nested.collection], item, None)


def _moved(faults: Iterable[Fault], pointer: str) -> Iterator[Fault]:
    for fault in faults:
        yield Fault(fault.message, pointer=pointer + (fault.pointer or ""), hint=fault.hint)


def slug_words(draft: Draft, look_up: Callable[[str, str], str | None]) -> str | None:
    """The slug that the draft's kind makes of its words; None while a mention in it is not resolved.

    `look_up` gives the slug of (collection, key), or None where it is not known yet.
    """

    def slug_of(field: str) -> str:
        if draft.nested is not None and draft.nested.owner == field:
            assert draft.owner is not None
            if draft.owner.slug is None:
                raise UnknownYet
            return draft.owner.slug
        key = getattr(draft.body, field, None)
        if key is None:
            return ""
        scalar = draft.plan.scalar(field)
        collection = scalar.collection if scalar is not None and scalar.collection else ""
        if collection == "*":
            collection, _, key = key.partition("/")
        slug = look_up(collection, key)
        if slug is None:
            raise UnknownYet
        return slug

    try:
        return slugify(draft.kind.slug(draft, slug_of))
    except UnknownYet:
        return None


def as_written(collection: str, key: str) -> str | None:
    """The slug of a key that is one by its form."""
    return key if is_slug(key) else None
