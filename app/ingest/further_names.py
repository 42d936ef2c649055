"""Further names of a record: another word for its name is kept among them, so that nothing is lost."""

from collections.abc import Iterable, Mapping
from typing import Any


def with_names(body: Mapping[str, Any], field: str, names: str, more: Iterable[Any]) -> list[Any]:
    """A record's list of names with those of `more` that it does not bear yet."""
    borne = list(body.get(names) or ())
    texts = [body.get(field), *(one.get("text") for one in borne if isinstance(one, dict))]
    for one in more:
        text = one.get("text") if isinstance(one, dict) else one
        if text not in texts:
            borne.append(one)
            texts.append(text)
    return borne
