"""Numbers in the attributes of a workbook."""


def parse_integer(text: str | None) -> int:
    """Return a whole number of at most nine digits; 0 if the text is not such a number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
