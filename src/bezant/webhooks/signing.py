"""Signatures of Standard Webhooks 1.0: HMAC-SHA256 over id, time and body.

Invariant: what is signed is the very bytes that are sent. A secret is `whsec_` and 24 bytes
in base64; it is made here, shown once, and kept sealed.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from bezant.webhooks.model import EventId

PREFIX: Final = "whsec_"
KEY_BYTES: Final = 24


def new_secret() -> str:
    """A new secret, from the system's CSPRNG."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def signed_headers(
    event_id: EventId, body: bytes, *, secrets_in_use: Sequence[str], at: datetime
) -> dict[str, str]:
    """The three headers of a webhook sent at `at`, with a signature by each secret."""
    timestamp = int(at.timestamp())
    content = f"{event_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(content, secret) for secret in secrets_in_use),
    }


def _signature(content: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return f"v1,{base64.b64encode(hmac.digest(key, content, sha256)).decode()}"
