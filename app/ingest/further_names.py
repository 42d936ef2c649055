"""Further names of a record: a name that differs from the main name is added to the list of names."""

from collections.abc import Iterable, Mapping
from typing import Any


def with_names(body: Mapping[str, Any], field: str, names: str, new_names: Iterable[Any]) -> list[object]:
    """Return the record's list of names (`names`), extended by the names in `new_names` that the record does not have
    yet.

    `field` is the field with the main name.
    """
    result = list(body.get(names) or ())
    texts = [body.get(field), *(entry.get("text") for entry in result if isinstance(entry, dict))]
    for entry in new_names:
        text = entry.get("text") if isinstance(entry, dict) else entry
        if text not in texts:
            result.append(entry)
            texts.append(text)
    return result
