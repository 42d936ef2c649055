"""Example questions with the requests that answer them, for the landing page and the documentation."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Example:
    """A question that Parley answers, and the request that answers it (path and query)."""

    question: str
    href: str


def example_items(examples: Sequence[Example], root: str) -> str:
    """The examples as items of an HTML list."""
    return "\n".join(
        f'<li><a href="{escape(root + example.href)}"><b>{escape(example.question)}</b>'
        f"<code>GET {escape(example.href)}</code></a></li>"
        for example in examples
    )
