"""A canvas that collects SVG elements.

The elements have presentation attributes only: no `<style>` and no script, which a strict content security policy blocks.
"""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from app.reading.formats.news import xml_text

INK = "#1a1a1a"
GREY = "#595959"
LINE = "#b5b5b5"
PAPER = "#ffffff"
FONT = "'Liberation Sans', Arial, 'Noto Sans', 'Noto Sans Arabic', 'DejaVu Sans', sans-serif"
#: Height of a line of text, in font sizes.
LEADING = 1.32


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{round(value, 1) + 0:.1f}".removesuffix(".0")


class Canvas:
    """Collects the elements of one picture. Lengths are in units of the view box, which are pixels at natural size."""

    def __init__(self, width: float, size: float, prefix: str) -> None:
        self.width = width
        #: The size of the smallest text.
        self.size = size
        #: The beginning of all ids, so that several pictures can be on one page.
        self.prefix = re.sub(r"\W", "", prefix)
        self._parts: list[str] = []

    @property
    def line(self) -> float:
        """The height of a line of the smallest text."""
        return self.size * LEADING

    @property
    def hatch(self) -> str:
        """The fill that means silence or a missing value."""
        return f"url(#{self.prefix}-hatch)"

    def add(self, name: str, text: str | None = None, /, **attributes: str | float | None) -> None:
        """Add an element. Underscores in names of attributes become hyphens; attributes that are None are left out."""
        fields = "".join(
            f" {key.rstrip('_').replace('_', '-')}={quoteattr(xml_text(value if isinstance(value, str) else number(value)))}"
            for key, value in attributes.items()
            if value is not None
        )
        self._parts.append(
            f"<{name}{fields}/>" if text is None else f"<{name}{fields}>{escape(xml_text(text))}</{name}>"
        )

    def rect(self, x: float, y: float, width: float, height: float, **attributes: str | float | None) -> None:
        self.add("rect", x=x, y=y, width=max(width, 0), height=max(height, 0), **attributes)

    def rule(self, x1: float, y1: float, x2: float, y2: float, stroke: str = LINE, **attributes: str | float) -> None:
        """A straight line."""
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, **attributes)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float | None = None,
        anchor: str = "start",
        weight: str | None = None,
        fill: str = INK,
    ) -> None:
        """A line of text on the base line `y`."""
        self.add(
            "text",
            words,
            x=x,
            y=y,
            font_size=size or self.size,
            text_anchor=None if anchor == "start" else anchor,
            font_weight=weight,
            fill=fill,
        )

    def lines(
        self,
        x: float,
        y: float,
        lines: Sequence[str],
        *,
        size: float | None = None,
        anchor: str = "start",
        weight: str | None = None,
        fill: str = INK,
    ) -> float:
        """Lines of text below the top `y`. Returns the y below them."""
        size = size or self.size
        for row, words in enumerate(lines):
            base = y + size + row * size * LEADING
            self.text(x, base, words, size=size, anchor=anchor, weight=weight, fill=fill)
        return y + len(lines) * size * LEADING

    def render(self, height: float, title: str, about: str) -> str:
        """The whole picture as an SVG document."""
        box = f"{number(self.width)} {number(height)}"
        prefix, width, high = self.prefix, number(self.width), number(height)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box}" width="{width}" height="{high}" role="img"'
            f' lang="en" xml:lang="en" direction="ltr" aria-labelledby="{prefix}-title {prefix}-desc"'
            f" font-family={quoteattr(FONT)}>\n"
            f'<title id="{prefix}-title">{escape(xml_text(title))}</title>\n'
            f'<desc id="{prefix}-desc">{escape(xml_text(about))}</desc>\n'
            f'<defs><pattern id="{prefix}-hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
            f' patternTransform="rotate(45)"><rect width="6" height="6" fill="#f4f4f4"/>'
            f'<line x1="0" y1="0" x2="0" y2="6" stroke="#8c8c8c" stroke-width="2"/></pattern></defs>\n'
            f'<rect width="{width}" height="{high}" fill="{PAPER}"/>\n' + "\n".join(self._parts) + "\n</svg>\n"
        )
