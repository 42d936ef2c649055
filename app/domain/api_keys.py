"""API keys: why a key is rejected, and which names a key may have."""

import re
from enum import Enum
from typing import Annotated

from pydantic import Field

from app.domain.texts import Line, checked
from app.errors import quoted

LONGEST_NAME = 200
_ID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
#: A path segment, or a path of the API.
_RESERVED = frozenset({".", "..", "events"})


class KeyRefusal(Enum):
    """Why an API key is rejected; the value is the message."""

    UNKNOWN = "The API key is unknown or was revoked."
    EXPIRED = "The API key has expired. An administrator of this server can extend it."
    REPLACED = "This secret of the API key was replaced. Use the new secret."


def check_key_name(name: str) -> str:
    """Check the name of a new API key, which is also a segment of its URL, and return it. Raises ValueError."""
    if not name.strip() or name != name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(
            f"The name of a key must have 1 to {LONGEST_NAME} printable characters, without spaces at its ends;"
            f" got {quoted(name, 60)}."
        )
    if "/" in name or name in _RESERVED or _ID.fullmatch(name):
        raise ValueError(f"{quoted(name, 60)} cannot be the name of a key; choose a name such as 'ines'.")
    if name.startswith("parley_"):
        raise ValueError("The name begins like a secret; choose a name that everybody may see, such as 'ines'.")
    return name


KeyName = Annotated[Line, checked("key_name", check_key_name), Field(max_length=LONGEST_NAME)]
"""The name of a new API key."""
