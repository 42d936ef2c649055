"""What the OpenAPI document says of this API that FastAPI does not know, or does not say quite truly."""

from typing import Any

from app.web.access import ReadAccess, describe_access
from app.web.errors import describe_problems

_METHODS = ("get", "put", "post", "patch", "delete")


def body_of(schema: str, *media_types: str) -> dict[str, Any]:
    """The body of a request as OpenAPI has it: one that must be there, of this schema, in any of these media types."""
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}} for kind in media_types}
    return {"required": True, "content": content}


def finish_openapi(document: dict[str, Any], *, read_access: str = ReadAccess.PUBLIC) -> dict[str, Any]:
    """Make problems, keys and parameters of an OpenAPI document true; changes and answers `document`."""
    return describe_wholes(describe_parameters(describe_access(describe_problems(document), read_access)))


def describe_wholes(document: dict[str, Any]) -> dict[str, Any]:
    """Give every field that is made of other schemas the example that their fields' examples make together."""
    schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            if not field.get("examples") and (whole := _example(field, schemas)) is not None:
                field["examples"] = [whole]
    return document


def _example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A value that fits: the schema's own example, or one put together from what it is made of."""
    if schema.get("examples"):
        return schema["examples"][0]
    if target := schema.get("$ref"):
        return _example(schemas.get(target.rpartition("/")[2], {}), schemas)
    if arms := [arm for arm in schema.get("anyOf", ()) if arm != {"type": "null"}]:
        return _example(arms[0], schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        item = _example(schema.get("items", {}), schemas)
        return [] if item is None else [item]
    if properties := schema.get("properties"):
        return {name: _example(field, schemas) for name, field in properties.items()}
    return None


def describe_parameters(document: dict[str, Any]) -> dict[str, Any]:
    """Take `null` off the parameters: one may leave a parameter out, but no address can say null."""
    for path in document.get("paths", {}).values():
        for method in _METHODS:
            for parameter in path.get(method, {}).get("parameters", ()):
                parameter["schema"] = _without_null(parameter.get("schema", {}))
    return document


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    arms = [arm for arm in schema.get("anyOf", ()) if arm != {"type": "null"}]
    if "default" in schema and schema["default"] is None:
        schema = {key: value for key, value in schema.items() if key != "default"}
    if not arms or len(arms) == len(schema["anyOf"]):
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**arms[0], **rest} if len(arms) == 1 else {**rest, "anyOf": arms}
