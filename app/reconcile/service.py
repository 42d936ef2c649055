"""The answers of the reconciliation service, as the specification writes them."""

from collections.abc import Collection
from typing import Any

from app.errors import ApiError, ProblemType, Violation
from app.reading.reader import Reader
from app.reconcile import statements
from app.reconcile.entities import PROPERTIES, TYPES, Entity
from app.reconcile.requests import BATCH, Asked, Extending, unknown_property
from app.reconcile.scoring import Candidate, ranked, score
from app.version import VERSION
from app.web.routing import count_of
from app.web.validation import pointer

MOST_CANDIDATES = 50
USUAL_CANDIDATES = 10
PAGE = 20


def manifest(base: str) -> dict[str, Any]:
    """What the service can do; `base` is the address of this server."""
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
                    "label": "Values at most",
                    "type": "number",
                    "default": 0,
                    "help_text": "How many values of each record are fetched; 0 = all.",
                }
            ],
        },
        "batchSize": BATCH,
    }


async def reconcile(reader: Reader, batch: dict[str, Asked]) -> dict[str, Any]:
    """Candidates for each query: two statements for the whole batch."""
    wished = {
        pointer(key, "properties", place, "pid"): one.pid
        for key, asked in batch.items()
        for place, one in enumerate(asked.properties)
    }
    schemes = await _schemes(reader, wished)
    _refuse_nameless(batch, schemes)
    asked_for = [(_plain(asked.query), " ".join(asked.types), _slug(asked.query)) for asked in batch.values()]
    identified = [
        (place, one.pid, str(value.get("id") if isinstance(value, dict) else value))
        for place, asked in enumerate(batch.values(), 1)
        for one in asked.properties
        if one.pid in schemes
        for value in one.values
    ]
    found = await statements.find(reader, asked_for, identified)
    known = await statements.facts(reader, sorted({one for ids in found.values() for one in ids}))
    answers: dict[str, Any] = {}
    for place, (key, asked) in enumerate(batch.items(), 1):
        near = [known[one] for one in found.get(place, ()) if one in known]
        properties = [(one.pid, one.values) for one in asked.properties if one.values]
        scored = [score(one, asked.query, properties) for one in near if one.collection in asked.types]
        limit = min(asked.limit or USUAL_CANDIDATES, MOST_CANDIDATES)
        best = ranked([one for one in scored if one], limit)
        answers[key] = {"result": [_candidate(one, is_match) for one, is_match in best]}
    return answers


def _plain(text: str | None) -> str:
    return (text or "").replace("\0", " ").strip()


def _slug(text: str | None) -> str:
    """The text as a slug: alone, as the end of an id, or as an issue's code; a text that is none finds nothing."""
    words = _plain(text).lower()
    collection, slash, slug = words.partition("/")
    return (slug if slash and collection in TYPES else words).replace(".", "-").replace("_", "-")


def _refuse_nameless(batch: dict[str, Asked], schemes: Collection[str]) -> None:
    """Refuse queries without a name that no identifier stands for: they would find nothing, whatever there is."""
    hint = "Send the name as `query`, or an identifier as a property."
    violations = [
        Violation("Without a name a query needs an identifier of a known scheme", pointer(key, "properties"), hint=hint)
        for key, asked in batch.items()
        if asked.query is None and not any(one.pid in schemes for one in asked.properties)
    ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_of(violations), violations)


async def _schemes(reader: Reader, wished: dict[str, str]) -> set[str]:
    """The names among those wished for that are schemes in use; raises Refused for those that are nothing."""
    others = {name for name in wished.values() if name not in PROPERTIES}
    known = await statements.schemes(reader, sorted(others)) if others else set()
    violations: list[Violation] = [
        unknown_property(name, place) for place, name in wished.items() if name in others - known
    ]
    if violations:
        raise ApiError(ProblemType.INVALID, count_of(violations), violations)
    return known


def _candidate(one: Candidate, is_match: bool) -> dict[str, Any]:
    entity = one.entity
    return {
        "id": entity.id,
        "name": entity.name,
        "description": entity.description,
        "type": [_type(entity)],
        "score": one.score,
        "match": is_match,
        "features": [{"id": name, "value": value} for name, value in one.features.items()],
    }


def _type(entity: Entity) -> dict[str, str]:
    return {"id": entity.collection, "name": TYPES[entity.collection]}


async def extend(reader: Reader, extending: Extending) -> dict[str, Any]:
    """Values of properties of many records; an id that leads nowhere has empty ones."""
    wished = {pointer("properties", place, "id"): one.id for place, one in enumerate(extending.properties)}
    await _schemes(reader, wished)
    found = await statements.at(reader, extending.ids)
    meta = []
    for one in extending.properties:
        declared = PROPERTIES.get(one.id)
        about: dict[str, Any] = {"id": one.id, "name": declared.name if declared else one.id}
        if declared and declared.names:
            about["type"] = {"id": declared.names, "name": TYPES[declared.names]}
        meta.append(about)
    rows = {
        id_: {
            one.id: _values(found[id_], one.id, int(one.settings.get("limit", 0))) if id_ in found else []
            for one in extending.properties
        }
        for id_ in extending.ids
    }
    return {"meta": meta, "rows": rows}


def _values(entity: Entity, name: str, limit: int) -> list[dict[str, Any]]:
    values = entity.of(name)[: limit or None]
    return [
        value if isinstance(value, dict) else {"float": value} if isinstance(value, int | float) else {"str": value}
        for value in values
    ]


async def suggest_entities(reader: Reader, prefix: str, types: list[str], cursor: int) -> dict[str, Any]:
    """Records of which a name, or a word of a name, begins with the prefix."""
    text = _plain(prefix)
    found = await statements.prefixed(reader, text, " ".join(types), _slug(text), PAGE, cursor) if text else []
    return {
        "result": [
            {"id": one.id, "name": one.name, "description": one.description, "notable": [_type(one)]} for one in found
        ]
    }


def suggest_properties(prefix: str, cursor: int, type_: str | None = None) -> dict[str, Any]:
    """Properties whose id or name has a word that begins so."""
    known = [
        {"id": id_, "name": one.name, "description": one.about}
        for id_, one in PROPERTIES.items()
        if (type_ is None or type_ in one.types) and _begins(prefix, id_, one.name)
    ]
    return {"result": known[cursor : cursor + PAGE]}


def suggest_types(prefix: str, cursor: int) -> dict[str, Any]:
    """Types whose id or name has a word that begins so."""
    known = [{"id": id_, "name": name} for id_, name in TYPES.items() if _begins(prefix, id_, name)]
    return {"result": known[cursor : cursor + PAGE]}


def _begins(prefix: str, *texts: str) -> bool:
    words = [text.lower() for text in texts] + [word for text in texts for word in text.lower().split()]
    return any(word.startswith(prefix.strip().lower()) for word in words)
