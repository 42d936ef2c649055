"""Builds the responses of the reconciliation service in the format of the specification."""

from collections.abc import Collection
from typing import Any

from app.errors import ApiError, ProblemType, Violation, count_errors
from app.reading.reader import Reader
from app.reconcile import statements
from app.reconcile.entities import PROPERTIES, TYPES, Entity
from app.reconcile.requests import BATCH, BatchQuery, ExtendRequest, unknown_property
from app.reconcile.scoring import ScoredRecord, rank_candidates, score
from app.version import VERSION
from app.web.validation import pointer

MOST_CANDIDATES = 50
USUAL_CANDIDATES = 10
PAGE = 20


def manifest(base: str) -> dict[str, object]:
    """Return the service manifest; `base` is the base URL of the server."""
    here = f"{base}/v1/reconcile"

    def at(path: str) -> dict[str, str]:
        return {"service_url": base, "service_path": f"/v1/reconcile/{path}"}

    return {
        "versions": ["0.2"],
        "name": "Parley: parties, people, places and issues of negotiations",
        "identifierSpace": f"{base}/v1/",
        "schemaSpace": f"{base}/docs",
        "documentation": f"{base}/docs",
        "serviceVersion": VERSION,
        "defaultTypes": [{"id": id_, "name": name} for id_, name in TYPES.items()],
        "view": {"url": f"{here}/view?id={{{{id}}}}"},
        "preview": {"url": f"{here}/preview?id={{{{id}}}}", "width": 400, "height": 200},
        "suggest": {"entity": at("suggest/entity"), "property": at("suggest/property"), "type": at("suggest/type")},
        "extend": {
            "propose_properties": at("properties"),
            "property_settings": [
                {
                    "name": "limit",
                    "label": "Maximum number of values",
                    "type": "number",
                    "default": 0,
                    "help_text": "Maximum number of values to fetch for each record; 0 = all.",
                }
            ],
        },
        "batchSize": BATCH,
    }


async def reconcile(reader: Reader, batch: dict[str, BatchQuery]) -> dict[str, object]:
    """Find candidates for each query. The whole batch takes two statements, and a third one if a query uses schemes."""
    requested = {
        pointer(key, "properties", place, "pid"): one.pid
        for key, query in batch.items()
        for place, one in enumerate(query.properties)
    }
    schemes = await _schemes(reader, requested)
    _reject_nameless(batch, schemes)
    searched = [(_plain(query.query), " ".join(query.types), _slug(query.query)) for query in batch.values()]
    identified = [
        (place, one.pid, str(value.get("id") if isinstance(value, dict) else value))
        for place, query in enumerate(batch.values(), 1)
        for one in query.properties
        if one.pid in schemes
        for value in one.values
    ]
    found = await statements.find_candidates(reader, searched, identified)
    known = await statements.fetch_facts(reader, sorted({one for ids in found.values() for one in ids}))
    answers: dict[str, object] = {}
    for place, (key, query) in enumerate(batch.items(), 1):
        near = [known[one] for one in found.get(place, ()) if one in known]
        properties = [(one.pid, one.values) for one in query.properties if one.values]
        scored = [score(one, query.query, properties) for one in near if one.collection in query.types]
        limit = min(query.limit or USUAL_CANDIDATES, MOST_CANDIDATES)
        best = rank_candidates([one for one in scored if one], limit)
        answers[key] = {"result": [_candidate(one, is_match) for one, is_match in best]}
    return answers


def _plain(text: str | None) -> str:
    return (text or "").replace("\0", " ").strip()


def _slug(text: str | None) -> str:
    """Convert a slug, an id or the code of an issue to a slug. Any other text becomes a slug that matches nothing."""
    words = _plain(text).lower()
    collection, slash, slug = words.partition("/")
    return (slug if slash and collection in TYPES else words).replace(".", "-").replace("_", "-")


def _reject_nameless(batch: dict[str, BatchQuery], schemes: Collection[str]) -> None:
    """Reject queries that have neither a name nor an identifier, because they could never find a record."""
    hint = "Send the name as `query`, or an identifier as a property."
    violations = [
        Violation(
            "A query without a name must have an identifier of a known scheme", pointer(key, "properties"), hint=hint
        )
        for key, query in batch.items()
        if query.query is None and not any(one.pid in schemes for one in query.properties)
    ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)


async def _schemes(reader: Reader, requested: dict[str, str]) -> set[str]:
    """Return the requested names that are schemes in use. Raises `ApiError` if a name is neither a scheme nor a property."""
    others = {name for name in requested.values() if name not in PROPERTIES}
    known = await statements.find_schemes(reader, sorted(others)) if others else set()
    violations: list[Violation] = [
        unknown_property(name, place) for place, name in requested.items() if name in others - known
    ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_errors(violations), violations)
    return known


def _candidate(candidate: ScoredRecord, is_match: bool) -> dict[str, object]:
    entity = candidate.entity
    return {
        "id": entity.id,
        "name": entity.name,
        "description": entity.description,
        "type": [_type(entity)],
        "score": candidate.score,
        "match": is_match,
        "features": [{"id": name, "value": value} for name, value in candidate.features.items()],
    }


def _type(entity: Entity) -> dict[str, str]:
    return {"id": entity.collection, "name": TYPES[entity.collection]}


async def extend(reader: Reader, extend_request: ExtendRequest) -> dict[str, object]:
    """Return property values for many records; empty lists for an unknown id."""
    requested = {pointer("properties", place, "id"): one.id for place, one in enumerate(extend_request.properties)}
    await _schemes(reader, requested)
    found = await statements.fetch_at(reader, extend_request.ids)
    meta = []
    for one in extend_request.properties:
        declared = PROPERTIES.get(one.id)
        about: dict[str, Any] = {"id": one.id, "name": declared.name if declared else one.id}
        if declared and declared.names:
            about["type"] = {"id": declared.names, "name": TYPES[declared.names]}
        meta.append(about)
    rows = {
        id_: {
            one.id: _values(found[id_], one.id, int(one.settings.get("limit", 0))) if id_ in found else []
            for one in extend_request.properties
        }
        for id_ in extend_request.ids
    }
    return {"meta": meta, "rows": rows}


def _values(entity: Entity, name: str, limit: int) -> list[dict[str, Any]]:
    values = entity.of(name)[: limit or None]
    return [
        value if isinstance(value, dict) else {"float": value} if isinstance(value, int | float) else {"str": value}
        for value in values
    ]


async def suggest_entities(reader: Reader, prefix: str, types: list[str], cursor: int) -> dict[str, object]:
    """Suggest records with a name in which a word begins with the prefix."""
    text = _plain(prefix)
    found = await statements.find_by_prefix(reader, text, " ".join(types), _slug(text), PAGE, cursor) if text else []
    return {
        "result": [
            {"id": one.id, "name": one.name, "description": one.description, "notable": [_type(one)]} for one in found
        ]
    }


def suggest_properties(prefix: str, cursor: int, type_: str | None = None) -> dict[str, Any]:
    """Suggest properties with an id or name in which a word begins with the prefix."""
    known = [
        {"id": id_, "name": one.name, "description": one.about}
        for id_, one in PROPERTIES.items()
        if (type_ is None or type_ in one.types) and _begins(prefix, id_, one.name)
    ]
    return {"result": known[cursor : cursor + PAGE]}


def suggest_types(prefix: str, cursor: int) -> dict[str, object]:
    """Suggest types with an id or name in which a word begins with the prefix."""
    known = [{"id": id_, "name": name} for id_, name in TYPES.items() if _begins(prefix, id_, name)]
    return {"result": known[cursor : cursor + PAGE]}


def _begins(prefix: str, *texts: str) -> bool:
    words = [text.lower() for text in texts] + [word for text in texts for word in text.lower().split()]
    return any(word.startswith(prefix.strip().lower()) for word in words)
