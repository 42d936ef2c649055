"""The list that `/v1/reports/counts` counts: its filters in the request, and the URL of the records in a cell."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError
from starlette.datastructures import QueryParams

from app.db.dates import parse_edtf
from app.errors import Violation, allowed_hint, quoted
from app.reading.filters import Ranged, To
from app.reading.query import FORMAT_PARAMETERS, ListQuery, facets_of, markers
from app.web.error_handlers import not_paged
from app.web.validation import field_names, is_repeatable, violations_from

#: Parameters of a list that are no filters: they choose the rows of a page and what each row shows.
NO_FILTERS = frozenset({*FORMAT_PARAMETERS, "include", "fields", "sort", "limit", "cursor", "facets", "count"})
#: Parameters of every read.
CLOCKS = ("as_of", "known_by")


def filters_in(sent: QueryParams, own: Sequence[str]) -> dict[str, list[str]]:
    """The filters in a request, as they were sent. `own`: the parameters of the report itself."""
    found: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if name not in own:
            found.setdefault(name, []).append(value)
    return found


def read_filters(model: type[ListQuery], sent: Mapping[str, list[str]], collection: str) -> ListQuery | list[Violation]:
    """The query of the list with these filters, or all errors in them."""
    declared = {name: info for name, info in field_names(model).items() if name not in {*NO_FILTERS, *CLOCKS}}
    violations: list[Violation] = []
    values: dict[str, Any] = {}
    for name, texts in sent.items():
        if unpaged := not_paged(name):
            violations.append(unpaged)
        elif name not in declared:
            hint = allowed_hint(name, list(declared), f"Filters of {collection}")
            if name in NO_FILTERS:
                hint = f"`{name}` chooses the rows of a list; counts take only its filters."
            violations.append(Violation(f"Unknown parameter {quoted(name, 60)}", parameter=name, hint=hint))
        elif is_repeatable(declared[name].annotation):
            values[name] = texts
        elif len(texts) > 1:
            message = f"Sent {len(texts)} times, but it takes one value"
            violations.append(Violation(message, parameter=name, hint="Send it once."))
        else:
            values[name] = texts[0]
    try:
        query = model.model_validate(values)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            name, *rest = (str(step) for step in item["loc"])
            violations += violations_from(
                [{**item, "loc": rest}], declared[name].annotation, item.get("input"), parameter=name
            )
        return violations
    return violations or query


class CellAddresses:
    """URLs of the lists of records in the cells of a table."""

    def __init__(
        self,
        collection: str,
        model: type[ListQuery],
        sent: Mapping[str, list[str]],
        clock: Mapping[str, object],
        parents: Mapping[str, Mapping[str, str | None]],
    ) -> None:
        """`sent`: the filters of the request; `parents`: facet → value → the value above it."""
        self._path = f"/v1/{collection}"
        self._facets = facets_of(model)
        self._ranges = {marker.bound: name for name, marker in markers(model, (Ranged,)) if self._is_year(marker)}
        self._sent = {name: [word for text in texts for word in text.split(",")] for name, texts in sent.items()}
        self._clock = {name: str(value) for name, value in clock.items() if value is not None}
        self._parents = parents

    def _is_year(self, marker: Ranged) -> bool:
        year = self._facets.get("year")
        return isinstance(year, Ranged) and marker.column == year.column

    def url(self, cell: Mapping[str, str | None]) -> str | None:
        """The URL of the list of the records with these values (facet → value); None if no list has exactly these
        records."""
        parameters = {**self._sent}
        for facet, value in cell.items():
            added = self._condition(facet, value, parameters)
            if added is None:
                return None
            parameters |= added
        pairs = {name: ",".join(values) for name, values in parameters.items()}
        return f"{self._path}?{urlencode({**pairs, **self._clock}, safe=',:/')}"

    def _condition(
        self, facet: str, value: str | None, parameters: Mapping[str, list[str]]
    ) -> Mapping[str, list[str]] | None:
        """The parameters that restrict a list to the records with the value; None if there are none."""
        if value is None:
            return {"missing": list(dict.fromkeys([*parameters.get("missing", ()), facet]))}
        if facet == "year":
            return self._year(value, parameters)
        sent = parameters.get(facet)
        marker = self._facets[facet]
        if sent is None or sent == [value]:
            return {facet: [value]}
        if not isinstance(marker, To):
            return {facet: [value]} if value in sent else None
        words = {word.upper() for word in sent} if marker.collection == "issues" else set(sent)
        if words & set(self._chain(facet, value)):
            return {facet: [value]}
        if all(word in self._parents[facet] and value in self._chain(facet, word) for word in words):
            return {}
        return None

    def _chain(self, facet: str, value: str) -> list[str]:
        """The value and all values above it."""
        if not getattr(self._facets[facet], "below", False):
            return [value]
        found = [value]
        while (above := self._parents[facet].get(found[-1])) is not None and above not in found:
            found.append(above)
        return found

    def _year(self, value: str, parameters: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
        # The sign is no digit of the year: `-44` is -0044.
        year = f"{'-' if value.startswith('-') else ''}{abs(int(value)):04}"
        first, last = self._ranges["from"], self._ranges["to"]
        begins, ends = parameters.get(first, [year])[0], parameters.get(last, [year])[0]
        return {
            first: [begins if parse_edtf(begins).earliest > parse_edtf(year).earliest else year],
            last: [ends if parse_edtf(ends).latest < parse_edtf(year).latest else year],
        }
