"""The filters of a list as they stand in a statement: shared by its page, its count, its facets and its stream."""

from dataclasses import dataclass
from typing import Any

from app.reading.binding import Context
from app.reading.conditions import Condition, condition, identified, named, present, valued, worded
from app.reading.filters import FILTERS, Between, Option, Ranged, To
from app.reading.keys import Wanted, wanted
from app.reading.query import facets_of, markers
from app.reading.read_spec import ReadSpec
from app.reading.statement_keys import Listing


@dataclass(frozen=True, slots=True)
class Filtered:
    """What names records (`targets`), and what must hold of a record (`conditions`)."""

    shape: Listing
    collection: ReadSpec
    context: Context
    filters: list[tuple[str, Any]]
    targets: dict[str, Wanted]

    def conditions(
        self, of: Any, leaving_out: frozenset[str] = frozenset(), *, reads_all: bool = False
    ) -> list[Condition]:
        """All that must hold of the record of this alias, but for the filters that are left out. `reads_all`: all records
        that match are read, and not a page of them."""
        context, shape = self.context, self.shape
        found: list[Condition] = [of.withdrawn_at.is_(None)]
        for name, marker in self.filters:
            is_asked = name in self.targets or name in context.bound or f"{name}_null" in context.bound
            if name in leaving_out or name == "id" or not is_asked:
                continue
            found.append(condition(name, marker, of, context, self.targets, reads_all))
        if any(part.startswith("id_") for part in context.bound):
            found.append(named(of, context))
        if "external_id_schemes" in context.bound:
            found.append(identified(of, "external_id", context))
        if "q" in context.bound:
            found.append(worded(of, context))
        if "updated_since" in context.bound:
            found.append(of.updated_at >= context.parameter("updated_since"))
        for names, wished in ((shape.has, True), (shape.missing, False)):
            for name in names:
                there = self._present(of, name)
                found.append(there if wished else ~there)
        return found

    @property
    def ranged(self) -> set[str]:
        """The columns of which a range is asked for."""
        return {
            marker.column if isinstance(marker, Between) else f"{marker.column}_min"
            for name, marker in self.filters
            if isinstance(marker, Between | Ranged) and name in self.context.bound
        }

    def _present(self, of: Any, name: str) -> Condition:
        """Whether the record has anything under this name: the collection's own word, a filter's, or a field's."""
        rule = self.collection.presence.get(name)
        if rule is None and (marker := facets_of(self.shape.query).get(name)):
            return valued(name, marker, of, self.context)
        return present(of, name if rule is None else rule) if rule is None or isinstance(rule, str) else rule(of)


def filtered(shape: Listing, collection: ReadSpec, context: Context) -> Filtered:
    filters = [(name, marker) for name, marker in markers(shape.query, FILTERS) if not isinstance(marker, Option)]
    targets = {
        name: wanted(name, marker, context)
        for name, marker in filters
        if isinstance(marker, To) and any(f"{name}_{kind}" in context.bound for kind in ("slugs", "ids", "schemes"))
    }
    return Filtered(shape, collection, context, filters, targets)
