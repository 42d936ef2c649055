"""Media types of JSON in requests and responses."""

from typing import Final

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
#: Media types of their own, so that a generated client does not mistake partial records or plans for whole records.
PARTIAL_JSON: Final = "application/vnd.parley.partial+json"
PLAN_JSON: Final = "application/vnd.parley.plan+json"
