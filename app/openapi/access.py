"""Which operations need a key."""

from typing import Any

from app.errors import ProblemType
from app.openapi.parameters import operations
from app.web.access import READS, ReadAccess
from app.web.problem_responses import problems

Document = dict[str, Any]


def describe_access(document: Document, read_access: str = ReadAccess.PUBLIC) -> None:
    """Reads are open where they are public; everything else names the key. A key that is not valid is refused everywhere,
    so that its owner learns of it."""
    is_public = read_access == ReadAccess.PUBLIC
    refused = problems(ProblemType.UNAUTHORIZED)[ProblemType.UNAUTHORIZED.status]
    for _, method, operation in operations(document):
        reads = operation.pop(READS, method == "get")
        if not operation.get("security"):
            operation["security"] = []
            continue
        operation["responses"].setdefault(str(ProblemType.UNAUTHORIZED.status), refused)
        if reads and is_public and {} not in operation["security"]:
            operation["security"] = []
    for item in document.get("webhooks", {}).values():
        for operation in item.values():
            operation["security"] = []
