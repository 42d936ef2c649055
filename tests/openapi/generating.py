"""Request bodies made from the schemas of the OpenAPI document: such as fit them, and such as do not."""

import random
from typing import Any

from tests.document import resolved
from tests.odd_values import ODD, places_in, with_value
from tests.openapi.answers import DOCUMENT, Schema, fits

TEXTS = (
    "Text",
    "Überprüfung der Grenze",
    "Перемир'я на 30 днів",
    "وقف إطلاق النار",
    "停火 🕊",
    'a "quote", a; b',
    "x" * 500,
)
#: From this length on a string is a text of its own; a shorter one has a form or names a record, and is an example.
FREE_TEXT = 20_000


class Bodies:
    """Makes values by the schemas of a document. The same seed makes the same values.

    What no schema can state, above all which records exist, comes from the examples of the schemas: those are true of
    the bundled negotiations.
    """

    def __init__(self, seed: str, optional: tuple[int, ...] = (1, 2, 4)) -> None:
        """`optional`: how many of the optional fields a body has."""
        self.dice = random.Random(seed)  # noqa: S311
        self.optional = optional

    def fitting(self, schema: Schema) -> Any:
        """A value that fits the schema."""
        found = self._value(schema, depth=0)
        assert fits(schema, found), found
        return found

    def unfitting(self, schema: Schema) -> Any:
        """A value that the schema excludes: it differs in one place from a value that fits."""
        while True:
            body = self.fitting(schema)
            changed = self.dice.choice((self._with_odd_value, self._with_unknown_name, self._without_name))(body)
            if not fits(schema, changed):
                return changed

    def slug(self) -> str:
        """A slug that no record has."""
        return f"generated-{self.dice.getrandbits(48):x}"

    # --- values that fit

    def _value(self, schema: Schema, depth: int) -> Any:
        examples = schema.get("examples", [])
        schema = resolved(DOCUMENT, schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        if "anyOf" in schema:
            return self._alternative(schema["anyOf"], examples, depth)
        kinds = schema.get("type", "string")
        kind = kinds if isinstance(kinds, str) else self.dice.choice([*[kinds[0]] * 7, kinds[-1]])
        if kind == "null":
            return None
        if kind == "object":
            return self._object(schema, examples, depth)
        if kind == "array":
            return self._array(schema, examples, depth)
        if kind == "boolean":
            return self.dice.random() < 0.5
        return self._number(schema) if kind in ("integer", "number") else self._string(schema, examples)

    def _alternative(self, alternatives: list[Schema], examples: list[Any], depth: int) -> Any:
        named = [one for one in alternatives if one != {"type": "null"}]
        if len(named) < len(alternatives) and self.dice.random() < 0.15:
            return None
        chosen = self.dice.choice(named)
        return self._value({"examples": examples, **chosen} if examples else chosen, depth)

    def _object(self, schema: Schema, examples: list[Any], depth: int) -> Any:
        properties: dict[str, Schema] = schema.get("properties", {})
        if not properties:
            return self.dice.choice([*examples, {}])
        required = schema.get("required", [])
        optional = [name for name in properties if name not in required]
        more = self.dice.sample(optional, min(len(optional), self.dice.choice(self.optional if depth == 0 else (0, 1))))
        return {
            name: self.slug() if name == "slug" else self._value(properties[name], depth + 1)
            for name in properties
            if name in required or name in more
        }

    def _array(self, schema: Schema, examples: list[Any], depth: int) -> Any:
        items = resolved(DOCUMENT, schema["items"])
        if examples and (items.keys() & {"pattern", "maxLength"} or self.dice.random() < 0.5):
            return self.dice.choice(examples)
        return [self._value(items, depth + 1) for _ in range(max(schema.get("minItems", 0), self.dice.choice((0, 1))))]

    def _number(self, schema: Schema) -> Any:
        least, most = schema.get("minimum", -1000), schema.get("maximum", 1000)
        return self.dice.choice((least, most, self.dice.randint(least, most), min(max(1, least), most)))

    def _string(self, schema: Schema, examples: list[Any]) -> Any:
        known = examples or schema.get("examples", [])
        if known and (schema.get("maxLength", 0) < FREE_TEXT or self.dice.random() < 0.3):
            return self.dice.choice(known)
        return self.dice.choice(TEXTS)[: schema.get("maxLength", FREE_TEXT)]

    # --- values that do not

    def _with_odd_value(self, body: dict[str, Any]) -> Any:
        places = places_in(body)
        return with_value(body, self.dice.choice(places), self.dice.choice(ODD)) if places else self.dice.choice(ODD)

    def _with_unknown_name(self, body: dict[str, Any]) -> Any:
        return {**body, self.dice.choice(("no_such_field", "", "titel", "__class__")): self.dice.choice(ODD)}

    def _without_name(self, body: dict[str, Any]) -> Any:
        left = dict(body)
        if left:
            del left[self.dice.choice(list(left))]
        return left
