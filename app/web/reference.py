"""The reference for people: each operation of the OpenAPI document as HTML, made on the server.

A page holds one operation, so it is small, opens at once, has an address, and can be read without JavaScript. Descriptions
are Markdown; everything else is text and escaped. Nothing here knows what the operations are about.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from markdown_it import MarkdownIt

Node = Mapping[str, Any]

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_METHODS = ("get", "post", "put", "patch", "delete")
#: Groups of parameters by their `x-group`, in their order: heading, and whether they are shown unfolded.
_GROUPS = {
    "subject": ("Parameters", True),
    "shape": ("Shape of the answer: format, fields, included records", False),
    "paging": ("Order, paging and counts", False),
    "clock": ("The past, and what was known", False),
    "header": ("Headers", False),
}
#: The example in the description of a list.
_EXAMPLE = re.compile(r"`GET [^`?]*\?([^`]+)`")
#: Values of a closed list that are shown; of a longer one the first.
_VALUES = 40
#: How deep the fields of a schema are shown inside one another.
_DEPTH = 3


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    id: str
    method: str
    path: str
    tag: str
    node: Node
    parameters: tuple[Node, ...]
    needs_key: bool

    @property
    def summary(self) -> str:
        return str(self.node.get("summary", self.id))

    @cached_property
    def heading_words(self) -> str:
        return f"{self.method} {self.path} {self.summary} {self.id} {self.tag}".lower()

    @cached_property
    def words(self) -> str:
        """All that a search looks through."""
        texts = [self.heading_words, str(self.node.get("description", ""))]
        texts += [f"{one['name']} {one.get('description', '')}" for one in self.parameters]
        return " ".join(texts).lower()

    def matching(self, words: Sequence[str]) -> list[str]:
        """The names of the parameters in which one of the words stands."""
        return [one["name"] for one in self.parameters if any(word in str(one["name"]).lower() for word in words)]


class Reference:
    """The operations of a document, to be listed, searched and shown."""

    def __init__(self, document: Node) -> None:
        self.document = document
        self.tags: list[Node] = list(document.get("tags", ()))
        self.operations = {one.id: one for one in self._operations()}

    def _operations(self) -> Iterator[Operation]:
        standing = self.document.get("security", ())
        for path, item in self.document["paths"].items():
            for method in _METHODS:
                if (node := item.get(method)) is not None:
                    declared = [*item.get("parameters", ()), *node.get("parameters", ())]
                    security = node.get("security", standing)
                    yield Operation(
                        node["operationId"],
                        method.upper(),
                        path,
                        (node.get("tags") or ["other"])[0],
                        node,
                        tuple(self.resolved(one) for one in declared),
                        bool(security) and {} not in security,
                    )

    def resolved(self, node: Node) -> Node:
        """A node of the document, or the one that its `$ref` leads to."""
        while "$ref" in node:
            found: Any = self.document
            for step in str(node["$ref"]).removeprefix("#/").split("/"):
                found = found[step]
            node = {**found, **{name: value for name, value in node.items() if name != "$ref"}}
        return node

    def search(self, text: str) -> list[Operation]:
        """The operations in which all words stand, those first that have them in path or summary."""
        words = text.lower().split()
        found = [one for one in self.operations.values() if all(word in one.words for word in words)]
        return sorted(found, key=lambda one: -sum(word in one.heading_words for word in words))

    # --- HTML

    def listing(self, root: str, q: str = "") -> str:
        """All operations by tag, or those in which the words of `q` stand."""
        if q.strip():
            found = self.search(q)
            count = f"{len(found)} operation{'s' * (len(found) != 1)} found" if found else "Nothing found"
            rows = "".join(self._row(one, root, q.lower().split()) for one in found)
            return f'<p class="count" role="status">{count} for “{escape(q)}”.</p><ul class="operations">{rows}</ul>'
        by_tag: dict[str, list[Operation]] = {str(tag["name"]): [] for tag in self.tags}
        for one in self.operations.values():
            by_tag.setdefault(one.tag, []).append(one)
        about = {str(tag["name"]): str(tag.get("description", "")) for tag in self.tags}
        return "".join(
            f'<details class="tag-of" id="{escape(tag)}"><summary><h3>{escape(tag)}</h3> <small>{len(several)}</small></summary>'
            f"{markdown(about.get(tag, ''))}"
            f'<ul class="operations">{"".join(self._row(one, root) for one in several)}</ul></details>'
            for tag, several in by_tag.items()
            if several
        )

    def _row(self, one: Operation, root: str, words: Sequence[str] = ()) -> str:
        names = ", ".join(f"<code>{escape(name)}</code>" for name in one.matching(words)[:6])
        return (
            f'<li><a href="{root}/docs/{escape(one.id)}">{_method(one)}<code>{escape(one.path)}</code>'
            f"<span>{escape(one.summary)}{_lock(one)}</span></a>{f'<small>{names}</small>' if names else ''}</li>"
        )

    def operation(self, one: Operation, root: str) -> str:
        """The page of one operation: what it does, its form, its body, its responses."""
        access = "Needs a key that may do this." if one.needs_key else "Open: needs no key."
        siblings = [other for other in self.operations.values() if other.tag == one.tag]
        others = "".join(
            f'<li{" aria-current=page" if other is one else ""}><a href="{root}/docs/{escape(other.id)}">'
            f"{_method(other)}<span>{escape(other.summary)}</span></a></li>"
            for other in siblings
        )
        return (
            f'<nav class="crumbs" aria-label="Place"><a href="{root}/docs">Documentation</a> ›'
            f' <a href="{root}/docs#{escape(one.tag)}">{escape(one.tag)}</a></nav>'
            f'<h1>{escape(one.summary)}</h1><p class="where">{_method(one)}<code>{escape(one.path)}</code></p>'
            f'<p class="access {"locked" if one.needs_key else "open"}">{_lock(one)} {access}</p>'
            f'<div class="about">{markdown(str(one.node.get("description", "")))}</div>'
            f"{self._form(one, root)}{self._body_schema(one)}{self._responses(one)}"
            f'<h2>More on {escape(one.tag)}</h2><ul class="operations siblings">{others}</ul>'
        )

    def _form(self, one: Operation, root: str) -> str:
        by_group: dict[str, list[Node]] = {name: [] for name in _GROUPS}
        for parameter in one.parameters:
            is_header = parameter["in"] == "header"
            group = "header" if is_header else str(parameter.get("x-group", "subject"))
            by_group.setdefault(group, []).append(parameter)
        parts = []
        for group, several in by_group.items():
            heading, is_open = _GROUPS.get(group, (group, False))
            if several:
                fields = "".join(self._field(parameter) for parameter in several)
                parts.append(
                    f'<details class="group"{" open" if is_open else ""}><summary>{escape(heading)}'
                    f' <small>{len(several)}</small></summary><div class="params">{fields}</div></details>'
                )
        key = (
            '<details class="group" id="key"{}><summary>Key</summary><div class="params"><div class="param">'
            '<label for="api-key">API key</label><input id="api-key" type="password" autocomplete="off"'
            ' placeholder="parley_…"><div class="about"><p>Kept by this page until you close its tab.</p></div></div></div></details>'
        ).format(" open" if one.needs_key else "")
        example = _EXAMPLE.search(str(one.node.get("description", "")))
        fill = '<button type="button" id="fill">Fill in the example</button>' if example else ""
        query = escape(example[1]) if example else ""
        return (
            f'<h2>Try it</h2><form id="try" data-method="{one.method}" data-path="{escape(root + one.path)}"'
            f' data-example="{query}">'
            f"{''.join(parts)}{self._body_field(one)}{key}"
            f'<p class="buttons"><button type="submit">Send</button> {fill}</p><pre id="curl" tabindex="0" aria-label="The same with curl"></pre>'
            '<div id="answer" aria-live="polite"></div></form>'
            "<noscript><p>To send requests from this page, turn JavaScript on.</p></noscript>"
        )

    def _field(self, parameter: Node) -> str:
        name, schema = str(parameter["name"]), self.resolved(parameter.get("schema", {}))
        is_path = parameter["in"] == "path"
        example = _text(_example_of(parameter, schema))
        values = self._values(schema)
        required = " required" if parameter.get("required") else ""
        about = markdown(str(parameter.get("description") or schema.get("description") or ""))
        is_chosen = bool(values) and schema.get("type") != "array" and len(values) <= _VALUES
        if values and not is_chosen:
            shown = ", ".join(f"<code>{escape(value)}</code>" for value in values[:_VALUES])
            more = f" and {len(values) - _VALUES} more" if len(values) > _VALUES else ""
            about += f'<details class="values"><summary>{len(values)} values</summary><p>{shown}{more}</p></details>'
        common = f'id="p-{escape(name)}" name="{escape(name)}" data-in="{parameter["in"]}"{required}'
        if is_chosen:
            options = "".join(f"<option>{escape(value)}</option>" for value in ("", *values))
            control = f"<select {common}>{options}</select>"
        else:
            known = (
                f'<datalist id="v-{escape(name)}">{"".join(f"<option>{escape(v)}</option>" for v in values)}</datalist>'
            )
            has_list = f' list="v-{escape(name)}"' if values else ""
            value = f' value="{escape(example)}"' if is_path and example else ""
            hint = f' placeholder="{escape(example)}"' if example else ""
            control = f'<input {common}{value}{hint}{has_list} autocomplete="off">{known if values else ""}'
        kind = escape(self._type(parameter.get("schema", {})))
        return (
            f'<div class="param"><label for="p-{escape(name)}"><code>{escape(name)}</code>'
            f" <small>{kind}{' · required' if required else ''}</small></label>{control}"
            f'<div class="about">{about}</div></div>'
        )

    def _values(self, schema: Node) -> list[str]:
        """The closed list of a schema, or of the items of its list."""
        schema = self.resolved(schema)
        for arm in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
            arm = self.resolved(arm)
            arm = self.resolved(arm.get("items", arm)) if arm.get("type") == "array" else arm
            if "enum" in arm:
                return [_text(value) for value in arm["enum"]]
        if schema.get("type") == "boolean":
            return ["true", "false"]
        return []

    def _body(self, one: Operation) -> tuple[str, Node] | None:
        """The first media type of the request's body, and what is said of it."""
        body = self.resolved(one.node.get("requestBody", {}))
        return next(iter(body.get("content", {}).items()), None)

    def _body_field(self, one: Operation) -> str:
        if (found := self._body(one)) is None:
            return ""
        media_type, media = found
        schema = self.resolved(media.get("schema", {}))
        example = _example_of(media, schema) or self._least(schema)
        text = json.dumps(example, ensure_ascii=False, indent=2) if isinstance(example, dict | list) else _text(example)
        return (
            f'<div class="param body"><label for="body">Body <small>{escape(media_type)}</small></label>'
            f'<textarea id="body" rows="{min(20, 2 + text.count(chr(10)))}" spellcheck="false"'
            f' data-type="{escape(media_type)}">{escape(text)}</textarea></div>'
        )

    def _least(self, schema: Node) -> Any:
        """The fields that an object needs, with their examples."""
        fields = schema.get("properties", {})
        whole = {name: self.resolved(fields[name]) for name in schema.get("required", ()) if name in fields}
        return {name: _example_of(field, field) for name, field in whole.items()} or ""

    def _body_schema(self, one: Operation) -> str:
        if (found := self._body(one)) is None:
            return ""
        fields = self._fields(found[1].get("schema", {}), _DEPTH)
        return f"<h2>Fields of the body</h2>{fields}" if fields else ""

    def _responses(self, one: Operation) -> str:
        parts = []
        for status, node in one.node.get("responses", {}).items():
            response = self.resolved(node)
            content = response.get("content", {})
            schema: Node = next((media["schema"] for media in content.values() if "schema" in media), {})
            headers = "".join(
                f"<li><code>{escape(name)}</code> {escape(str(self.resolved(header).get('description', '')))}</li>"
                for name, header in response.get("headers", {}).items()
            )
            headers = f'<ul class="headers">{headers}</ul>' if headers else ""
            types = ", ".join(f"<code>{escape(kind)}</code>" for kind in content)
            parts.append(
                f'<details class="response"><summary><b class="status s{escape(str(status))[:1]}">{escape(str(status))}</b>'
                f" {escape(str(response.get('description', '')).partition(chr(10))[0])}</summary>"
                f"{f'<p>As {types}.</p>' if types else ''}{headers}"
                f"{self._fields(schema, _DEPTH - 1)}</details>"
            )
        return f"<h2>Responses</h2>{''.join(parts)}"

    def _fields(self, schema: Node, depth: int) -> str:
        """The fields of an object, each with those inside it folded, as deep as `depth`."""
        rows = []
        for named in self._objects(schema):
            required = set(named.get("required", ()))
            for name, field in named["properties"].items():
                whole = self.resolved(field)
                inner = self._fields(field, depth - 1) if depth > 1 else ""
                folded = f"<details><summary>Its fields</summary>{inner}</details>" if inner else ""
                mark = " · required" if name in required and depth == _DEPTH else ""
                about = str(whole.get("description", ""))
                rows.append(
                    f"<li><code>{escape(name)}</code> <small>{escape(self._type(field))}{mark}</small>"
                    f"{markdown(about)}{folded}</li>"
                )
        return f'<ul class="fields">{"".join(rows)}</ul>' if rows else ""

    def _objects(self, schema: Node) -> Iterator[Node]:
        """The object that a schema is of, or the last of several that it may be: lists of it, null and text aside."""
        schema = self.resolved(schema)
        arms = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]
        if "properties" in schema:
            yield schema
        elif "items" in schema:
            yield from self._objects(schema["items"])
        else:
            found = [list(self._objects(arm)) for arm in arms]
            yield from next((several for several in found if several), [])

    def _type(self, schema: Node) -> str:
        """What a value is, in a word or two."""
        schema = self.resolved(schema)
        arms = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        if arms:
            return " or ".join(dict.fromkeys(self._type(arm) for arm in arms))
        if self._values(schema) and schema.get("type") != "array":
            return "one of a list" if schema.get("type") != "boolean" else "true or false"
        kind = schema.get("type", "any")
        if isinstance(kind, list):
            return " or ".join(_TYPES.get(str(one), str(one)) for one in kind)
        if kind == "array" and self._values(schema):
            return "values of a list"
        if kind == "array":
            return f"list of {self._type(schema.get('items', {}))}"
        return _TYPES.get(str(schema.get("format")), _TYPES.get(str(kind), str(kind)))


_TYPES = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "date": "day",
    "date-time": "instant",
    "uuid": "id",
    "uri": "address",
}


def markdown(text: str) -> str:
    """Markdown as HTML; HTML in it is shown as text."""
    return str(MARKDOWN.render(text)) if text else ""


def quick_start(address: str, base: str) -> str:
    """How one address is read with curl, Python, R and JavaScript."""
    whole = f"{base}{address}"
    ways = {
        "curl": f"curl '{whole}'",
        "Python": f'import httpx\n\nfor row in httpx.get("{whole}").json()["data"]:\n    print(row)',
        "R": f'answer <- jsonlite::fromJSON("{whole}")\nanswer$data',
        "JavaScript": f'const answer = await fetch("{whole}");\nconst {{ data }} = await answer.json();',
    }
    return "".join(
        f"<details name=quick{' open' if name == 'curl' else ''}><summary>{name}</summary>"
        f'<pre tabindex="0">{escape(code)}</pre></details>'
        for name, code in ways.items()
    )


def search_form(root: str, q: str) -> str:
    """The form that looks for operations."""
    return (
        f'<form id="search" role="search" action="{root}/docs#operations"><label for="q">Search operations, parameters and'
        f' descriptions</label><input id="q" name="q" type="search" value="{escape(q)}" autocomplete="off"></form>'
    )


def _method(one: Operation) -> str:
    return f'<b class="method {one.method.lower()}">{one.method}</b> '


def _lock(one: Operation) -> str:
    return ' <i class="lock">key</i>' if one.needs_key else ""


def _example_of(node: Node, schema: Node) -> Any:
    """The first example of a parameter, a body or their schema."""
    if "example" in node:
        return node["example"]
    if examples := node.get("examples"):
        first = next(iter(examples.values())) if isinstance(examples, Mapping) else examples[0]
        return first.get("value") if isinstance(first, Mapping) and "value" in first else first
    return schema.get("example", next(iter(schema.get("examples", ())), ""))


def _text(value: Any) -> str:
    """A value as an address says it."""
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
