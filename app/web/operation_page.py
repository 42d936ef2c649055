"""The HTML page of one operation: description, form to try it, body, responses."""

import json
import re
from collections.abc import Collection
from html import escape

from app.web.markdown import code, inline_markdown, markdown
from app.web.operations import ClosedList, Node, Operation, Operations, first_example, text_of

#: Groups of parameters by their `x-group`, in order: heading, and whether they are shown unfolded.
_GROUPS = {
    "subject": ("Parameters", True),
    "shape": ("Shape of the response: format, fields, included records", False),
    "paging": ("Order, paging and counts", False),
    "clock": ("Past states, and what was known", False),
    "header": ("Headers", False),
}
#: The example in the description of a list.
_EXAMPLE = re.compile(r"`GET [^`?]*\?([^`]+)`")
#: A parameter with at most `_MAX_OPTIONS` allowed values is shown as a `<select>`. A list of at most `_MAX_UNFOLDED`
#: values is shown unfolded.
_MAX_OPTIONS, _MAX_UNFOLDED = 40, 16
#: Suffix of the parameters that exclude what another parameter finds.
_NONE = ".none"
#: Levels of nested fields that are shown.
_DEPTH = 3


class OperationPage:
    """Generates the page of one operation. `root`: the path prefix of the server."""

    def __init__(self, operations: Operations, vocabularies: Collection[str], operation: Operation, root: str) -> None:
        self.all, self.vocabularies, self.one, self.root = operations, vocabularies, operation, root

    def html(self) -> str:
        """The content of the page."""
        operation, root = self.one, self.root
        access = "Needs an API key." if operation.needs_key else "Needs no API key."
        siblings = [other for other in self.all.by_id.values() if other.tag == operation.tag]
        others = "".join(
            f'<li{" aria-current=page" if other is operation else ""}><a href="{root}/docs/{escape(other.id)}">'
            f"{method_label(other)}<span>{escape(other.summary)}</span></a></li>"
            for other in siblings
        )
        fields = self._body_fields() + self._responses()
        return (
            f'<nav class="crumbs" aria-label="Place"><a href="{root}/docs">Documentation</a> ›'
            f' <a href="{root}/docs#{escape(operation.tag)}">{escape(operation.tag)}</a></nav>'
            f'<h1>{escape(operation.summary)}</h1><p class="where">{method_label(operation)}<code>{escape(operation.path)}</code></p>'
            f'<p class="access {"locked" if operation.needs_key else "open"}">{lock_icon(operation)} {access}</p>'
            f'<div class="about">{markdown(str(operation.node.get("description", "")))}</div>'
            f"{self._form()}{fields}{self._inner_lists(fields)}"
            f'<h2>More on {escape(operation.tag)}</h2><ul class="operations siblings">{others}</ul>'
        )

    # --- the form

    def _form(self) -> str:
        operation = self.one
        key = (
            '<details class="group" id="key"{}><summary>Key</summary><div class="params"><div class="param">'
            '<label for="api-key">API key</label><input id="api-key" type="password" autocomplete="off"'
            ' placeholder="parley_…"><div class="about"><p>Stored by this page until you close its tab.</p></div></div></div></details>'
        ).format(" open" if operation.needs_key else "")
        example = _EXAMPLE.search(str(operation.node.get("description", "")))
        fill = '<button type="button" id="fill">Fill in the example</button>' if example else ""
        query = escape(example[1]) if example else ""
        return (
            f'<h2>Try it</h2><form id="try" data-method="{operation.method}" data-path="{escape(self.root + operation.path)}"{" data-needs-key" if operation.needs_key else ""}'
            f' data-example="{query}">'
            f"{self._parameters()}{self._body_input()}{key}"
            f'<p class="buttons"><button type="submit">Send</button> {fill}</p><pre id="curl" tabindex="0" aria-label="The same with curl"></pre>'
            '<div id="answer" aria-live="polite"></div></form>'
            "<noscript><p>To send requests from this page, turn JavaScript on.</p></noscript>"
        )

    def _parameters(self) -> str:
        by_group: dict[str, list[Node]] = {name: [] for name in _GROUPS}
        for parameter in self.one.parameters:
            is_header = parameter["in"] == "header"
            group = "header" if is_header else str(parameter.get("x-group", "subject"))
            by_group.setdefault(group, []).append(parameter)
        return "".join(self._group(group, several) for group, several in by_group.items() if several)

    def _group(self, group: str, parameters: list[Node]) -> str:
        heading, is_open = _GROUPS.get(group, (group, False))
        names = {str(parameter["name"]) for parameter in parameters}
        nones = {
            filtered: parameter
            for parameter in parameters
            if (filtered := str(parameter["name"]).removesuffix(_NONE)) != parameter["name"] and filtered in names
        }
        shown = [parameter for parameter in parameters if parameter not in nones.values()]
        fields = "".join(self._parameter(parameter, nones.get(str(parameter["name"]))) for parameter in shown)
        return (
            f'<details class="group"{" open" if is_open else ""}><summary>{escape(heading)}'
            f' <small>{len(shown)}</small></summary><div class="params">{fields}</div></details>'
        )

    def _parameter(self, parameter: Node, none: Node | None = None) -> str:
        """A parameter with its input. The parameter that excludes the same matches (`.none`) is folded inside it."""
        name, declared = str(parameter["name"]), parameter.get("schema", {})
        schema, closed = self.all.resolve(declared), self.all.closed_list(declared)
        required = " required" if parameter.get("required") else ""
        about = markdown(str(parameter.get("description") or schema.get("description") or ""))
        excluding = ""
        if none is not None:
            excluding = f"<details><summary>{code(str(none['name']))}</summary>{self._parameter(none)}</details>"
        return (
            f'<div class="param"><label for="p-{escape(name)}"><code>{escape(name)}</code>'
            f" <small>{escape(self.all.type_of(declared))}{' · required' if required else ''}</small></label>"
            f"{_input(parameter, schema, closed, required)}"
            f'<div class="about">{about}{self._values(closed)}</div>{excluding}</div>'
        )

    # --- values

    def _values(self, closed: ClosedList) -> str:
        """The values of a closed list, with links to the vocabularies that explain them; long lists are folded."""
        if not closed.values or set(closed.values) <= {"true", "false", "null"}:
            return ""
        values = ", ".join(map(code, closed.values))
        links = [
            f'<a href="{self.root}/v1/vocabularies/{escape(name)}">{escape(name)}</a>'
            for name in closed.names
            if name in self.vocabularies
        ]
        explained = f" (explained in {', '.join(links)})" if links else ""
        if len(closed.values) <= _MAX_UNFOLDED:
            return f'<p class="values">{values}{explained}</p>'
        count = f"<summary>{len(closed.values)} values</summary>"
        return f'<details class="values">{count}<p>{values}{explained}</p></details>'

    def _inner_lists(self, fields: str) -> str:
        """The closed lists that are nested too deeply to be in `fields`, the HTML of body and responses."""
        found = self.all.lists_inside(self.one.node.get("requestBody", {}), self.one.node.get("responses", {}))
        rows = []
        for closed in dict.fromkeys(found):
            if (shown := self._values(closed)) and shown not in fields:
                label = "".join(f"<b>{escape(name)}</b>" for name in closed.names)
                rows.append(f"<li>{label}{shown}</li>")
        if not rows:
            return ""
        return (
            f"<h2>Closed lists in nested fields</h2><details class=response><summary>{len(rows)} lists</summary>"
            f'<ul class="fields">{"".join(rows)}</ul></details>'
        )

    # --- body and responses

    def _body(self) -> tuple[str, Node] | None:
        """The first media type of the request body, and its description."""
        body = self.all.resolve(self.one.node.get("requestBody", {}))
        return next(iter(body.get("content", {}).items()), None)

    def _body_input(self) -> str:
        if (found := self._body()) is None:
            return ""
        media_type, media = found
        schema = self.all.resolve(media.get("schema", {}))
        example = first_example(media, schema) or self._minimal(schema)
        text = (
            json.dumps(example, ensure_ascii=False, indent=2) if isinstance(example, dict | list) else text_of(example)
        )
        return (
            f'<div class="param body"><label for="body">Body <small>{escape(media_type)}</small></label>'
            f'<textarea id="body" rows="{min(20, 2 + text.count(chr(10)))}" spellcheck="false"'
            f' data-type="{escape(media_type)}">{escape(text)}</textarea></div>'
        )

    def _minimal(self, schema: Node) -> object:
        """The required fields of an object, with their examples."""
        fields = schema.get("properties", {})
        required = {name: self.all.resolve(fields[name]) for name in schema.get("required", ()) if name in fields}
        return {name: first_example(field, field) for name, field in required.items()} or ""

    def _body_fields(self) -> str:
        if (found := self._body()) is None:
            return ""
        fields = self._fields(found[1].get("schema", {}), _DEPTH)
        return f"<h2>Fields of the body</h2>{fields}" if fields else ""

    def _responses(self) -> str:
        parts = [self._response(str(status), node) for status, node in self.one.node.get("responses", {}).items()]
        return f"<h2>Responses</h2>{''.join(parts)}"

    def _response(self, status: str, node: Node) -> str:
        response = self.all.resolve(node)
        content = response.get("content", {})
        schema: Node = next((media["schema"] for media in content.values() if "schema" in media), {})
        headers = "".join(
            f"<li><code>{escape(name)}</code> {inline_markdown(str(self.all.resolve(header).get('description', '')))}</li>"
            for name, header in response.get("headers", {}).items()
        )
        headers = f'<ul class="headers">{headers}</ul>' if headers else ""
        types = ", ".join(f"<code>{escape(kind)}</code>" for kind in content)
        return (
            f'<details class="response"><summary><b class="status s{escape(status)[:1]}">{escape(status)}</b>'
            f" {inline_markdown(str(response.get('description', '')).partition(chr(10))[0])}</summary>"
            f"{f'<p>As {types}.</p>' if types else ''}{headers}"
            f"{self._fields(schema, _DEPTH - 1)}</details>"
        )

    def _fields(self, schema: Node, depth: int) -> str:
        """The fields of an object, with nested fields folded, down to `depth` levels."""
        rows = []
        for declared in self.all.objects(schema):
            required = set(declared.get("required", ()))
            for name, field in declared["properties"].items():
                inner = self._fields(field, depth - 1) if depth > 1 else ""
                folded = f"<details><summary>Its fields</summary>{inner}</details>" if inner else ""
                mark = " · required" if name in required and depth == _DEPTH else ""
                about = str(self.all.resolve(field).get("description", ""))
                rows.append(
                    f"<li><code>{escape(name)}</code> <small>{escape(self.all.type_of(field))}{mark}</small>"
                    f"{markdown(about)}{self._values(self.all.closed_list(field))}{folded}</li>"
                )
        return f'<ul class="fields">{"".join(rows)}</ul>' if rows else ""


def _input(parameter: Node, schema: Node, closed: ClosedList, required: str) -> str:
    """A select for a short closed list, otherwise an input that suggests the known values."""
    name = escape(str(parameter["name"]))
    example = text_of(first_example(parameter, schema))
    is_select = (
        bool(closed.values)
        and closed.is_complete
        and schema.get("type") != "array"
        and len(closed.values) <= _MAX_OPTIONS
    )
    common = f'id="p-{name}" name="{name}" data-in="{parameter["in"]}"{required}'
    options = "".join(f"<option>{escape(value)}</option>" for value in closed.values)
    if is_select:
        return f"<select {common}><option></option>{options}</select>"
    suggestions = f'<datalist id="v-{name}">{options}</datalist>' if options else ""
    has_list = f' list="v-{name}"' if options else ""
    value = f' value="{escape(example)}"' if parameter["in"] == "path" and example else ""
    hint = f' placeholder="{escape(example)}"' if example else ""
    return f'<input {common}{value}{hint}{has_list} autocomplete="off">{suggestions}'


def method_label(operation: Operation) -> str:
    """The HTTP method as a label."""
    return f'<b class="method {operation.method.lower()}">{operation.method}</b> '


def lock_icon(operation: Operation) -> str:
    """A mark for operations that need a key."""
    return ' <i class="lock">key</i>' if operation.needs_key else ""
