"""The HTML reference of the API: the list of operations, its search, and the page of each operation.

All HTML is generated on the server from the OpenAPI document. Each page contains one operation, so the page is small,
has its own URL, and works without JavaScript. Descriptions are Markdown; everything else is text and escaped.
"""

from collections.abc import Collection, Sequence
from html import escape

from app.web.markdown import code, markdown
from app.web.operation_page import OperationPage, lock_icon, method_label
from app.web.operations import Node, Operation, Operations


class ApiReference:
    """The reference of one OpenAPI document.

    `vocabularies`: the schemas whose values `/v1/vocabularies/{name}` explains.
    """

    def __init__(self, document: Node, vocabularies: Collection[str] = ()) -> None:
        self.document = document
        self.vocabularies = frozenset(vocabularies)
        self._all = Operations(document)

    @property
    def operations(self) -> dict[str, Operation]:
        """All operations by their id."""
        return self._all.by_id

    def search(self, text: str) -> list[Operation]:
        """The operations that contain all words of the text, the best matches first."""
        return self._all.search(text)

    def listing(self, root: str, q: str = "") -> str:
        """All operations by tag, or those that match the search `q`."""
        if q.strip():
            found = self.search(q)
            count = f"{len(found)} operation{'s' * (len(found) != 1)} found" if found else "Nothing found"
            rows = "".join(_row(operation, root, q.lower().split()) for operation in found)
            return f'<p class="count" role="status">{count} for “{escape(q)}”.</p><ul class="operations">{rows}</ul>'
        tags = self._all.tags
        by_tag: dict[str, list[Operation]] = {str(tag["name"]): [] for tag in tags}
        for operation in self.operations.values():
            by_tag.setdefault(operation.tag, []).append(operation)
        descriptions = {str(tag["name"]): str(tag.get("description", "")) for tag in tags}
        return "".join(
            f'<details class="tag-of" id="{escape(tag)}"><summary><h3>{escape(tag)}</h3> <small>{len(several)}</small></summary>'
            f"{markdown(descriptions.get(tag, ''))}"
            f'<ul class="operations">{"".join(_row(operation, root) for operation in several)}</ul></details>'
            for tag, several in by_tag.items()
            if several
        )

    def operation(self, operation: Operation, root: str) -> str:
        """The page of one operation."""
        return OperationPage(self._all, self.vocabularies, operation, root).html()


def _row(operation: Operation, root: str, words: Sequence[str] = ()) -> str:
    names = ", ".join(map(code, operation.matching(words)[:6]))
    return (
        f'<li><a href="{root}/docs/{escape(operation.id)}">{method_label(operation)}<code>{escape(operation.path)}</code>'
        f"<span>{escape(operation.summary)}{lock_icon(operation)}</span></a>{f'<small>{names}</small>' if names else ''}</li>"
    )


def quick_start(path: str, base: str) -> str:
    """Code that reads a path with curl, Python, R and JavaScript."""
    url = f"{base}{path}"
    examples = {
        "curl": f"curl '{url}'",
        "Python": f'import httpx\n\nfor row in httpx.get("{url}").json()["data"]:\n    print(row)',
        "R": f'answer <- jsonlite::fromJSON("{url}")\nanswer$data',
        "JavaScript": f'const answer = await fetch("{url}");\nconst {{ data }} = await answer.json();',
    }
    return "".join(
        f"<details name=quick{' open' if name == 'curl' else ''}><summary>{name}</summary>"
        f'<pre tabindex="0">{escape(text)}</pre></details>'
        for name, text in examples.items()
    )


def search_form(root: str, q: str) -> str:
    """The form that searches operations."""
    return (
        f'<form id="search-form" role="search" action="{root}/docs#operations"><label for="q">Search operations, parameters and'
        f' descriptions</label><input id="q" name="q" type="search" value="{escape(q)}" autocomplete="off"></form>'
    )
