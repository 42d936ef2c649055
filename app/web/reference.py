"""The reference for people: each operation of the OpenAPI document as HTML, made on the server.

A page holds one operation, so it is small, opens at once, has an address, and can be read without JavaScript. Descriptions
are Markdown; everything else is text and escaped. Nothing here knows what the operations are about.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

Node = Mapping[str, Any]

#: Characters of inline code that is kept on one line; longer code may break anywhere.
_SHORT = 24


def _code(text: str) -> str:
    return f"<code{' class=short' if len(text) <= _SHORT else ''}>{escape(text)}</code>"


class _Renderer(RendererHTML):
    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _code(tokens[idx].content)


MARKDOWN = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")
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
#: Values that a field to choose one from may have, and that are shown unfolded.
_CHOSEN, _UNFOLDED = 40, 16
#: How the name of a parameter ends that leaves out what another finds.
_NONE = ".none"
#: How deep the fields of a schema are shown inside one another.
_DEPTH = 3


@dataclass(frozen=True)
class ClosedList:
    """The words that a value may be, with the names of the schemas that list them."""

    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    #: Whether nothing else may be sent.
    is_whole: bool = True


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
    #: The closed lists of each parameter, and those of the body.
    lists: Mapping[str, ClosedList]
    body_words: tuple[str, ...]

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
        texts += [" ".join(found.words) for found in self.lists.values()]
        return " ".join([*texts, *self.body_words]).lower()

    def matching(self, words: Sequence[str]) -> list[str]:
        """The names of the parameters that have one of the words in their name or their closed list."""
        texts = {name: " ".join((name, *found.words)).lower() for name, found in self.lists.items()}
        return [name for name, text in texts.items() if any(word in text for word in words)]


class Reference:
    """The operations of a document, to be listed, searched and shown.

    `vocabularies`: the schemas whose words `/v1/vocabularies/{name}` explains.
    """

    def __init__(self, document: Node, vocabularies: Collection[str] = ()) -> None:
        self.document = document
        self.vocabularies = frozenset(vocabularies)
        self.tags: list[Node] = list(document.get("tags", ()))
        self.operations = {one.id: one for one in self._operations()}

    def _operations(self) -> Iterator[Operation]:
        standing = self.document.get("security", ())
        for path, item in self.document["paths"].items():
            for method in _METHODS:
                if (node := item.get(method)) is not None:
                    declared = [*item.get("parameters", ()), *node.get("parameters", ())]
                    security = node.get("security", standing)
                    parameters = tuple(self.resolved(one) for one in declared)
                    in_body = self._lists_below(node.get("requestBody", {}))
                    yield Operation(
                        node["operationId"],
                        method.upper(),
                        path,
                        (node.get("tags") or ["other"])[0],
                        node,
                        parameters,
                        bool(security) and {} not in security,
                        {str(one["name"]): self._closed_list(one.get("schema", {})) for one in parameters},
                        tuple(word for found in in_body for word in found.words),
                    )

    def resolved(self, node: Node) -> Node:
        """A node of the document, or the one that its `$ref` leads to."""
        while "$ref" in node:
            found: Any = self.document
            for step in str(node["$ref"]).removeprefix("#/").split("/"):
                found = found[step]
            node = {**found, **{name: value for name, value in node.items() if name != "$ref"}}
        return node

    def _closed_list(self, schema: Node) -> ClosedList:
        """The words that a value may be, or each value of its list: those of all arms of a union together."""
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        schema = self.resolved(schema)
        if "enum" in schema:
            return ClosedList(tuple(_text(value) for value in schema["enum"]), (name,) if name else ())
        if "const" in schema:
            return ClosedList((_text(schema["const"]),))
        if schema.get("type") == "boolean":
            return ClosedList(("true", "false"))
        if schema.get("type") == "array":
            return self._closed_list(schema.get("items", {}))
        arms = [self._closed_list(arm) for arm in _arms(schema) if arm.get("type") != "null"]
        words = tuple(dict.fromkeys(word for arm in arms for word in arm.words))
        names = tuple(dict.fromkeys(name for arm in arms for name in arm.names))
        return ClosedList(words, names, bool(arms) and all(arm.is_whole for arm in arms))

    def _lists_below(self, *nodes: Any) -> Iterator[ClosedList]:
        """Every closed list that is declared in these nodes and in the schemas that they refer to, once."""
        seen: set[str] = set()
        waiting = list(reversed(nodes))
        while waiting:
            node = waiting.pop()
            if isinstance(node, Mapping):
                reference = node.get("$ref")
                if isinstance(reference, str):
                    if reference in seen:
                        continue
                    seen.add(reference)
                if isinstance(node.get("enum", self.resolved(node).get("enum")), list):
                    yield self._closed_list(node)
                else:
                    waiting += reversed(list(self.resolved(node).values()))
            elif isinstance(node, list):
                waiting += reversed(node)

    def search(self, text: str) -> list[Operation]:
        """The operations in which all words stand, those first that have them in path or summary, then in a parameter."""
        words = text.lower().split()
        found = [one for one in self.operations.values() if all(word in one.words for word in words)]
        return sorted(
            found, key=lambda one: (-sum(word in one.heading_words for word in words), not one.matching(words))
        )

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
        names = ", ".join(map(_code, one.matching(words)[:6]))
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
        fields = self._body_schema(one, root) + self._responses(one, root)
        return (
            f'<nav class="crumbs" aria-label="Place"><a href="{root}/docs">Documentation</a> ›'
            f' <a href="{root}/docs#{escape(one.tag)}">{escape(one.tag)}</a></nav>'
            f'<h1>{escape(one.summary)}</h1><p class="where">{_method(one)}<code>{escape(one.path)}</code></p>'
            f'<p class="access {"locked" if one.needs_key else "open"}">{_lock(one)} {access}</p>'
            f'<div class="about">{markdown(str(one.node.get("description", "")))}</div>'
            f"{self._form(one, root)}{fields}{self._lists_inside(one, root, fields)}"
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
                names = {str(parameter["name"]) for parameter in several}
                nones = {
                    filtered: parameter
                    for parameter in several
                    if (filtered := str(parameter["name"]).removesuffix(_NONE)) != parameter["name"]
                    and filtered in names
                }
                several = [one for one in several if one not in nones.values()]
                fields = "".join(self._field(one, root, nones.get(str(one["name"]))) for one in several)
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
            f'<h2>Try it</h2><form id="try" data-method="{one.method}" data-path="{escape(root + one.path)}"{" data-needs-key" if one.needs_key else ""}'
            f' data-example="{query}">'
            f"{''.join(parts)}{self._body_field(one)}{key}"
            f'<p class="buttons"><button type="submit">Send</button> {fill}</p><pre id="curl" tabindex="0" aria-label="The same with curl"></pre>'
            '<div id="answer" aria-live="polite"></div></form>'
            "<noscript><p>To send requests from this page, turn JavaScript on.</p></noscript>"
        )

    def _field(self, parameter: Node, root: str, none: Node | None = None) -> str:
        """A parameter with its control; folded in it, the one that leaves out what it finds."""
        name, declared = str(parameter["name"]), parameter.get("schema", {})
        schema, closed = self.resolved(declared), self._closed_list(declared)
        is_path = parameter["in"] == "path"
        example = _text(_example_of(parameter, schema))
        required = " required" if parameter.get("required") else ""
        about = markdown(str(parameter.get("description") or schema.get("description") or ""))
        is_chosen = (
            bool(closed.words) and closed.is_whole and schema.get("type") != "array" and len(closed.words) <= _CHOSEN
        )
        common = f'id="p-{escape(name)}" name="{escape(name)}" data-in="{parameter["in"]}"{required}'
        options = "".join(f"<option>{escape(word)}</option>" for word in closed.words)
        if is_chosen:
            control = f"<select {common}><option></option>{options}</select>"
        else:
            known = f'<datalist id="v-{escape(name)}">{options}</datalist>' if options else ""
            has_list = f' list="v-{escape(name)}"' if options else ""
            value = f' value="{escape(example)}"' if is_path and example else ""
            hint = f' placeholder="{escape(example)}"' if example else ""
            control = f'<input {common}{value}{hint}{has_list} autocomplete="off">{known}'
        return (
            f'<div class="param"><label for="p-{escape(name)}"><code>{escape(name)}</code>'
            f" <small>{escape(self._type(declared))}{' · required' if required else ''}</small></label>{control}"
            f'<div class="about">{about}{self._shown(closed, root)}</div>{self._folded(none, root)}</div>'
        )

    def _folded(self, none: Node | None, root: str) -> str:
        if none is None:
            return ""
        return f"<details><summary>{_code(str(none['name']))}</summary>{self._field(none, root)}</details>"

    def _shown(self, closed: ClosedList, root: str) -> str:
        """The words of a closed list, with links to the vocabularies that explain them; many words are folded."""
        if not closed.words or set(closed.words) <= {"true", "false", "null"}:
            return ""
        words = ", ".join(map(_code, closed.words))
        links = [
            f'<a href="{root}/v1/vocabularies/{escape(name)}">{escape(name)}</a>'
            for name in closed.names
            if name in self.vocabularies
        ]
        explained = f" (explained in {', '.join(links)})" if links else ""
        if len(closed.words) <= _UNFOLDED:
            return f'<p class="values">{words}{explained}</p>'
        count = f"<summary>{len(closed.words)} values</summary>"
        return f'<details class="values">{count}<p>{words}{explained}</p></details>'

    def _lists_inside(self, one: Operation, root: str, fields: str) -> str:
        """The closed lists so deep inside the body or the responses that `fields`, the HTML of both, does not show them."""
        found = self._lists_below(one.node.get("requestBody", {}), one.node.get("responses", {}))
        rows = []
        for closed in dict.fromkeys(found):
            if (shown := self._shown(closed, root)) and shown not in fields:
                label = "".join(f"<b>{escape(name)}</b>" for name in closed.names)
                rows.append(f"<li>{label}{shown}</li>")
        if not rows:
            return ""
        return (
            f"<h2>Closed lists further inside</h2><details class=response><summary>{len(rows)} lists</summary>"
            f'<ul class="fields">{"".join(rows)}</ul></details>'
        )

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

    def _body_schema(self, one: Operation, root: str) -> str:
        if (found := self._body(one)) is None:
            return ""
        fields = self._fields(found[1].get("schema", {}), _DEPTH, root)
        return f"<h2>Fields of the body</h2>{fields}" if fields else ""

    def _responses(self, one: Operation, root: str) -> str:
        parts = []
        for status, node in one.node.get("responses", {}).items():
            response = self.resolved(node)
            content = response.get("content", {})
            schema: Node = next((media["schema"] for media in content.values() if "schema" in media), {})
            headers = "".join(
                f"<li><code>{escape(name)}</code> {inline_markdown(str(self.resolved(header).get('description', '')))}</li>"
                for name, header in response.get("headers", {}).items()
            )
            headers = f'<ul class="headers">{headers}</ul>' if headers else ""
            types = ", ".join(f"<code>{escape(kind)}</code>" for kind in content)
            parts.append(
                f'<details class="response"><summary><b class="status s{escape(str(status))[:1]}">{escape(str(status))}</b>'
                f" {inline_markdown(str(response.get('description', '')).partition(chr(10))[0])}</summary>"
                f"{f'<p>As {types}.</p>' if types else ''}{headers}"
                f"{self._fields(schema, _DEPTH - 1, root)}</details>"
            )
        return f"<h2>Responses</h2>{''.join(parts)}"

    def _fields(self, schema: Node, depth: int, root: str) -> str:
        """The fields of an object, each with those inside it folded, as deep as `depth`."""
        rows = []
        for named in self._objects(schema):
            required = set(named.get("required", ()))
            for name, field in named["properties"].items():
                whole = self.resolved(field)
                inner = self._fields(field, depth - 1, root) if depth > 1 else ""
                folded = f"<details><summary>Its fields</summary>{inner}</details>" if inner else ""
                mark = " · required" if name in required and depth == _DEPTH else ""
                about = str(whole.get("description", ""))
                rows.append(
                    f"<li><code>{escape(name)}</code> <small>{escape(self._type(field))}{mark}</small>"
                    f"{markdown(about)}{self._shown(self._closed_list(field), root)}{folded}</li>"
                )
        return f'<ul class="fields">{"".join(rows)}</ul>' if rows else ""

    def _objects(self, schema: Node) -> Iterator[Node]:
        """The object that a schema is of, or the last of several that it may be: lists of it, null and text aside."""
        schema = self.resolved(schema)
        arms = [*_arms(schema), *schema.get("allOf", ())]
        if "properties" in schema:
            yield schema
        elif "items" in schema:
            yield from self._objects(schema["items"])
        else:
            found = [list(self._objects(arm)) for arm in arms]
            yield from next((several for several in found if several), [])

    def _type(self, schema: Node) -> str:
        """What a value is, in a few words."""
        schema = self.resolved(schema)
        if arms := _arms(schema):
            return _either(self._type(arm) for arm in arms)
        words = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
        if len(words) > 1:
            return f"one of {len(words)} values"
        if words:
            return f"“{_text(words[0])}”" if words[0] != "null" else "null"
        kind = schema.get("type", "any")
        if isinstance(kind, list):
            return _either(_TYPES.get(str(one), str(one)) for one in kind)
        if kind == "array":
            inner = self._type(schema.get("items", {}))
            return f"one or more of {inner[7:]}" if inner.startswith("one of ") else f"list of {inner}"
        said = _TYPES.get(str(schema.get("format")), _TYPES.get(str(kind), str(kind)))
        least, most = schema.get("minimum"), schema.get("maximum")
        if least is not None and most is not None:
            return f"{said}, {least}–{most}"
        return (
            f"{said}, at least {least}"
            if least is not None
            else f"{said}, at most {most}"
            if most is not None
            else said
        )


_TYPES = {
    "any": "anything",
    "string": "text",
    "integer": "whole number",
    "boolean": "yes or no",
    "date": "day",
    "date-time": "instant",
    "uuid": "id",
    "uri": "address",
}


def _arms(schema: Node) -> list[Node]:
    """The schemas of which a value has one."""
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ())]


def _either(kinds: Iterable[str]) -> str:
    """What a value is that may be of several kinds, each named once."""
    return " or ".join(dict.fromkeys(kinds)).replace("yes or no or ", "yes, no or ")


def inline_markdown(text: str) -> str:
    """A line of Markdown as HTML, without a paragraph of its own."""
    return str(MARKDOWN.renderInline(text))


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
        f'<form id="search-form" role="search" action="{root}/docs#operations"><label for="q">Search operations, parameters and'
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
