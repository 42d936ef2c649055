"""Media types of JSON in requests and responses."""

from typing import Final

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
#: Partial records and plans have their own media types, so that generated clients do not mistake them for whole
#: records.
PARTIAL_JSON: Final = "application/vnd.parley.partial+json"
PLAN_JSON: Final = "application/vnd.parley.plan+json"
