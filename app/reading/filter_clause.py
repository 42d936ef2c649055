"""The filters of a list as SQL, shared by the statements for the page, the count, the facets and the stream."""

from dataclasses import dataclass

from app.db.alias import Columns
from app.reading.binding import Context
from app.reading.conditions import (
    Condition,
    filter_condition,
    has_external_id,
    has_value,
    is_present,
    matches_ids,
    matches_words,
)
from app.reading.filters import FILTERS, Between, Filter, Option, Ranged, To
from app.reading.keys import NamedRecords, find_named_records
from app.reading.query import facets_of, markers
from app.reading.read_spec import ReadSpec
from app.reading.statement_keys import ListStatementKey


@dataclass(frozen=True, slots=True)
class FilterClause:
    """The filters of one query: the records named in the filters (`targets`), and the conditions that a record must
    meet."""

    statement_key: ListStatementKey
    collection: ReadSpec
    context: Context
    filters: list[tuple[str, Filter]]
    targets: dict[str, NamedRecords]

    def conditions(
        self, of: Columns, leaving_out: frozenset[str] = frozenset(), *, reads_all: bool = False
    ) -> list[Condition]:
        """All conditions on the record with the alias `of`. `leaving_out`: names of filters to skip; `reads_all`: the
        statement reads all matching records, not only a page."""
        context, statement_key = self.context, self.statement_key
        found: list[Condition] = [of.withdrawn_at.is_(None)]
        for name, marker in self.filters:
            is_requested = name in self.targets or name in context.bound or f"{name}_null" in context.bound
            if name in leaving_out or name == "id" or not is_requested:
                continue
            found.append(filter_condition(name, marker, of, context, self.targets, reads_all))
        if any(part.startswith("id_") for part in context.bound):
            found.append(matches_ids(of, context))
        if "external_id_schemes" in context.bound:
            found.append(has_external_id(of, "external_id", context))
        if "q" in context.bound:
            found.append(matches_words(of, context))
        if "updated_since" in context.bound:
            found.append(of.updated_at >= context.parameter("updated_since"))
        for names, wished in ((statement_key.has, True), (statement_key.missing, False)):
            for name in names:
                there = self._present(of, name)
                found.append(there if wished else ~there)
        return found

    @property
    def ranged(self) -> set[str]:
        """The columns for which the query has a range."""
        return {
            marker.column if isinstance(marker, Between) else f"{marker.column}_min"
            for name, marker in self.filters
            if isinstance(marker, Between | Ranged) and name in self.context.bound
        }

    def _present(self, of: Columns, name: str) -> Condition:
        """Whether the record has a value for a name given in `has=`. The name is a presence rule of the collection, a
        facet or a field."""
        rule = self.collection.presence.get(name)
        if rule is None and (marker := facets_of(self.statement_key.query).get(name)):
            return has_value(name, marker, of, self.context)
        return is_present(of, name if rule is None else rule) if rule is None or isinstance(rule, str) else rule(of)


def build_filter_clause(statement_key: ListStatementKey, collection: ReadSpec, context: Context) -> FilterClause:
    filters = [
        (name, marker) for name, marker in markers(statement_key.query, FILTERS) if not isinstance(marker, Option)
    ]
    targets = {
        name: find_named_records(name, marker, context)
        for name, marker in filters
        if isinstance(marker, To) and any(f"{name}_{kind}" in context.bound for kind in ("slugs", "ids", "schemes"))
    }
    return FilterClause(statement_key, collection, context, filters, targets)
