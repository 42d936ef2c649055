"""SVG: reports as pictures, which `app.pictures` draws."""

from app.reading.formats.format import Format
from app.reading.formats.whole import WholeWriter

SVG = Format(
    name="svg",
    media_type="image/svg+xml",
    suffix="svg",
    offer="picture",
    about="A picture (SVG 1.1) without styles and scripts, with the finding in words as its heading and title. `width` lays it out"
    " for a width in pixels.",
    make=WholeWriter,
    takes_selection=False,
)
