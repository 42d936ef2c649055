"""Security requirements: which operations need an API key."""

from typing import Any

from app.errors import ProblemType
from app.openapi.parameters import operations
from app.web.access import READS, ReadAccess
from app.web.problem_responses import problems

Document = dict[str, Any]


def describe_access(document: Document, read_access: str = ReadAccess.PUBLIC) -> None:
    """Declare public reads as open, and all other operations as requiring a key. Operations that accept a key also get a
    401, because an invalid key is rejected even where none is needed."""
    is_public = read_access == ReadAccess.PUBLIC
    unauthorized = problems(ProblemType.UNAUTHORIZED)[ProblemType.UNAUTHORIZED.status]
    for _, method, operation in operations(document):
        reads = operation.pop(READS, method == "get")
        if not operation.get("security"):
            operation["security"] = []
            continue
        operation["responses"].setdefault(str(ProblemType.UNAUTHORIZED.status), unauthorized)
        if reads and is_public and {} not in operation["security"]:
            operation["security"] = []
    for item in document.get("webhooks", {}).values():
        for operation in item.values():
            operation["security"] = []
