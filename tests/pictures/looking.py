"""Reads pictures in tests, and checks what is true of every picture."""

import re
from xml.etree import ElementTree

from app.pictures.text_width import text_width

SVG = "{http://www.w3.org/2000/svg}"
#: The smallest text, in pixels, when a picture is as wide as a phone.
READABLE, PHONE = 9, 390


def read_picture(text: str) -> ElementTree.Element:
    """Parse a picture and check it: no styles and scripts, a title that is also the visible heading, ids of its own, and all
    text and boxes within the view box and large enough."""
    root = ElementTree.fromstring(text)  # noqa: S314 - our own text
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    left, top, width, height = map(float, str(root.get("viewBox")).split())
    assert (left, top) == (0, 0)
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {"svg", "title", "desc", "defs", "pattern", "rect", "line", "text", "path", "circle"}
    assert not any(
        key in ("style", "class", "href") or key.startswith("on") for one in root.iter() for key in one.attrib
    )
    ids = [str(one.get("id")) for one in root.iter() if one.get("id")]
    assert set(str(root.get("aria-labelledby")).split()) <= set(ids) and len(set(ids)) == len(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(ids)
    for one in root.iter(f"{SVG}text"):
        size, words = float(one.get("font-size", 0)), one.text or ""
        if width <= 700:
            assert size * PHONE / width >= READABLE - 0.05, words
        # The widths of bold text are estimated with 6 percent more.
        wide = text_width(words, size * (1.06 if one.get("font-weight") else 1))
        begin = float(one.get("x", 0)) - {"middle": wide / 2, "end": wide}.get(str(one.get("text-anchor")), 0)
        assert begin >= -0.5 and begin + wide <= width + 0.5, words
        assert size * 0.9 <= float(one.get("y", 0)) <= height - 1, words
    for one in root.iter(f"{SVG}rect"):
        assert float(one.get("x", 0)) + float(one.get("width", 0)) <= width + 0.5
        assert float(one.get("y", 0)) + float(one.get("height", 0)) <= height + 0.5
    heading = " ".join(words_of(root))
    title = root.findtext(f"{SVG}title")
    assert title and re.sub(r"\W", "", heading).startswith(re.sub(r"\W", "", title))
    return root


def words_of(root: ElementTree.Element) -> list[str]:
    """The lines of text of a picture, in the order in which they are drawn."""
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def fills_of(root: ElementTree.Element) -> list[str]:
    """The fills of its boxes."""
    return [str(one.get("fill")) for one in root.iter(f"{SVG}rect")]
