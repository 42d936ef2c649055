"""Secrets and signatures according to Standard Webhooks (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
#: Minimum and maximum length of a secret in bytes. A shorter secret could be guessed, and a longer one adds nothing to
#: HMAC-SHA-256.
_FEWEST, _MOST = 24, 64


def new_secret() -> str:
    """Generate a secret of 32 random bytes."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def decode_secret(secret: str) -> bytes:
    """Decode a secret to bytes. Raises ValueError if it is malformed."""
    try:
        found = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not secret.startswith(_PREFIX) or not _FEWEST <= len(found) <= _MOST:
        raise ValueError(f"A secret must be `{_PREFIX}` followed by the base64 of {_FEWEST} to {_MOST} random bytes.")
    return found


def signature_headers(message: str, timestamp: int, body: bytes, signing: Iterable[str]) -> dict[str, str]:
    """The three headers of a message: its id, the Unix time of this attempt, and one signature per secret."""
    content = f"{message}.{timestamp}.".encode() + body
    signatures = (hmac.new(decode_secret(secret), content, hashlib.sha256).digest() for secret in signing)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }
