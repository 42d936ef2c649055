"""Secrets and signatures as Standard Webhooks has them (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
#: Bytes of a secret: fewer could be guessed, and SHA-256 has no use for more.
_FEWEST, _MOST = 24, 64


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def bytes_of(secret: str) -> bytes:
    """The bytes of a secret. Raises ValueError where it is none."""
    try:
        found = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not secret.startswith(_PREFIX) or not _FEWEST <= len(found) <= _MOST:
        raise ValueError(f"A secret is `{_PREFIX}` and the base64 of {_FEWEST} to {_MOST} random bytes.")
    return found


def headers_of(message: str, timestamp: int, body: bytes, signing: Iterable[str]) -> dict[str, str]:
    """The three headers of a message: its id, the second of this attempt, and a signature by each secret."""
    signed = f"{message}.{timestamp}.".encode() + body
    made = (hmac.new(bytes_of(secret), signed, hashlib.sha256).digest() for secret in signing)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }
