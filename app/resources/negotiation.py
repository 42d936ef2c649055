"""Content negotiation: `?format=` selects the format of a response, otherwise `Accept`; the default is JSON."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import Request

from app.errors import ApiError, ProblemType, Violation, count_errors, quoted
from app.reading.formats import FORMATS, FormName
from app.reading.formats.format import Format
from app.reading.query import DetailQuery
from app.reading.read_spec import ReadSpec
from app.web.media_types import JSON, PARTIAL_JSON


def formats_of(collection: ReadSpec) -> dict[str, Format]:
    """Return the formats of a resource: the formats that suit any rows, and the formats whose required offer the
    resource declares."""
    return {
        name: form
        for name, form in FORMATS.items()
        if form.offer is None or form.is_offer_optional or form.offer in collection.offers
    }


#: Parameters that only some formats support: name, test for the format, hint. A request that has one of them but no
#: format gets CSV.
OPTIONS: tuple[tuple[str, Callable[[Format], bool], str], ...] = (
    ("rows", lambda form: form.takes_rows, "Use format=csv, ndjson or parquet."),
    ("bom", lambda form: form.takes_bom, "Remove it, or use format=csv."),
)


def requested_format(
    request: Request, collection: ReadSpec, query: DetailQuery, also: Sequence[str] = ()
) -> Format | None:
    """Return the requested format; None = JSON. Talks also have a filter called `format`, so the names of output
    formats are removed from the values of that filter. `also`: further media types to list in the message of a 406
    response.

    Raises ApiError: 422 for `format=` and 406 for `Accept` if the collection does not have the format; 422 for a
    parameter that the format does not support."""
    form = _requested_form(request, collection, query, also)
    requested = {name for name, *_ in OPTIONS} & query.model_fields_set
    if requested and form is None and "format" not in query.model_fields_set and takes_anything(request):
        form = FORMATS["csv"]
    errors = [
        Violation(f"`{name}` is not supported by the format {quoted(form.name if form else 'json')}", None, name, hint)
        for name, takes, hint in OPTIONS
        if name in requested and not (form and takes(form))
    ]
    if errors:
        raise ApiError(ProblemType.INVALID, count_errors(errors), errors)
    return form


def _requested_form(request: Request, collection: ReadSpec, query: DetailQuery, also: Sequence[str]) -> Format | None:
    known = formats_of(collection)
    requested: Any = query.format
    if isinstance(requested, list):
        formats = [word for word in requested if isinstance(word, FormName)]
        if len(formats) > 1:
            violation = Violation(
                "A response has one format", parameter="format", hint=f"Use either {formats[0]} or {formats[1]}."
            )
            raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
        query.format = [word for word in requested if not isinstance(word, FormName)] or None  # type: ignore[assignment]
        requested = formats[0] if formats else None
    return choose_format(request, known, requested, collection.name, also, is_partial=bool(query.fields))


def choose_format(
    request: Request,
    known: Mapping[str, Format],
    requested: str | None,
    name: str,
    also: Sequence[str] = (),
    *,
    is_partial: bool = False,
) -> Format | None:
    """Return the format in `known` that is requested by `format=` or, without it, by `Accept`; None = JSON. `name`:
    what is requested, for messages. Raises ApiError: 422 for `format=`, 406 for `Accept`."""
    if requested is None:
        return _accepted_form(request, known, name, also, is_partial=is_partial)
    if requested != "json" and requested not in known:
        hint = f"Supported formats: json, {', '.join(known)}."
        violation = Violation(
            f"The format {quoted(requested)} is not supported for {name}", parameter="format", hint=hint
        )
        raise ApiError(ProblemType.INVALID, count_errors([violation]), [violation])
    return known.get(requested)


def media_types_of(formats: Mapping[str, Format]) -> dict[str, Format]:
    """The formats, keyed by media type without parameters."""
    return {form.media_type.partition(";")[0]: form for form in formats.values()}


def takes_anything(request: Request) -> bool:
    """Whether the request has no `Accept` header, or one that accepts any media type."""
    return request.headers.get("accept", "").strip() in ("", "*/*")


def _accepted_form(
    request: Request, known: Mapping[str, Format], name: str, also: Sequence[str], *, is_partial: bool
) -> Format | None:
    if takes_anything(request):
        return None
    accept = request.headers["accept"].strip()
    # JSON with selected fields has its own media type; a client that accepts JSON gets it too.
    some = {PARTIAL_JSON: None} if is_partial else {}
    offers = {JSON: None, **some, **media_types_of(known)}
    best = preferred(accept, list(offers))
    if best is None:
        raise ApiError(
            ProblemType.NOT_ACCEPTABLE,
            f"{name} are available as {', '.join([*offers, *also])}; `?format=` accepts their short names.",
        )
    return offers[best]


def only_json(request: Request) -> None:
    """Raise ApiError (406) if `Accept` excludes JSON, the only format of the response."""
    accept = request.headers.get("accept", "").strip()
    if accept and preferred(accept, [JSON]) is None:
        raise ApiError(ProblemType.NOT_ACCEPTABLE, f"This resource is available only as {JSON}.")


def preferred(accept: str, offers: Sequence[str]) -> str | None:
    """Return the media type in `offers` that `Accept` prefers (RFC 9110, section 12.5.1); the first one if several are
    equal. None if `Accept` accepts none of them."""
    ranges: list[tuple[str, float]] = []
    for part in accept.split(",")[:50]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = min(max(float(parameter[2:]), 0.0), 1.0)
                except ValueError:
                    weight = 0.0
        ranges.append((name, weight))

    def quality(offer: str) -> float:
        main = offer.partition("/")[0]
        for wanted in (offer, f"{main}/*", "*/*"):
            for name, weight in ranges:
                if name == wanted:
                    return weight
        return 0.0

    best = max(offers, key=quality)
    return best if quality(best) > 0 else None
