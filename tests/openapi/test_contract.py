"""Whatever the OpenAPI document allows, and a good deal that it does not, is asked of a running server."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.cli.test_cli import Parley
from tests.document import openapi_document

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def _operations() -> Iterator[APIOperation[Any, Any, Any, Any]]:
    for result in schemathesis.openapi.from_dict(openapi_document()).get_all_operations():
        assert isinstance(result, Ok), result.err()
        yield result.ok()


#: tests/openapi/test_contract_of_writes.py sends bodies: what it refers to must be stored.
OPERATIONS = [operation for operation in _operations() if operation.method == "get"]


@pytest.fixture(scope="module")
def base(loaded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own over the bundled dossiers."""
    parley = Parley(tmp_path_factory.mktemp("contract"), "serve", "--port", "0", DATABASE_URL=loaded_url)
    yield parley.base
    assert parley.end() == 0


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_every_operation_keeps_its_word(operation: Any, base: str) -> None:
    # Each operation is tried a few times in each run; what was found once is kept as a test of its own.
    @settings(
        max_examples=5, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def keeps_its_word(case: Any) -> None:
        case.call_and_validate(base_url=base, checks=CHECKS)

    keeps_its_word()
