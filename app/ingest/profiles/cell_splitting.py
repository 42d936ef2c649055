"""Splits the values of a cell."""

import re
from collections.abc import Sequence


def split_at(text: str, sign: str, whole: Sequence[str]) -> list[str]:
    """Split a cell at the separator. The values in `whole`, which contain the separator, are not split."""
    inside = [one for one in whole if one in text]
    if not inside:
        return text.split(sign)
    pattern = "|".join(re.escape(one) for one in sorted(inside, key=len, reverse=True))
    parts, at = [""], 0
    for found in re.finditer(f"({pattern})|{re.escape(sign)}", text):
        parts[-1] += text[at : found.start()] + (found[1] or "")
        if found[1] is None:
            parts.append("")
        at = found.end()
    parts[-1] += text[at:]
    return parts
