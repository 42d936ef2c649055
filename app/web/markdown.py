"""Markdown as HTML, for guides and descriptions. HTML in Markdown is shown as text."""

from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

#: Inline code of at most this many characters stays on one line; longer code may break anywhere.
_SHORT = 24


def code(text: str) -> str:
    """Inline code as HTML."""
    return f"<code{' class=short' if len(text) <= _SHORT else ''}>{escape(text)}</code>"


class _Renderer(RendererHTML):
    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return code(tokens[idx].content)


MARKDOWN = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")


def inline_markdown(text: str) -> str:
    """A line of Markdown as HTML, without a paragraph around it."""
    return str(MARKDOWN.renderInline(text))


def markdown(text: str) -> str:
    """Markdown as HTML."""
    return str(MARKDOWN.render(text)) if text else ""
