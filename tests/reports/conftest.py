"""Fixtures of the tests of reports."""

import json
from typing import Any

import httpx
import pytest

from tests.reports.plain import Plain, bundled


@pytest.fixture(scope="session")
async def plain(client: httpx.AsyncClient) -> Plain:
    """The bundled dossiers for the second computation, with the codes of the issues above each issue."""
    rows: list[dict[str, Any]] = []
    text = (await client.get("/v1/issues?format=ndjson&fields=code,broader.code")).text
    for line in text.splitlines():
        row = json.loads(line)
        rows.append({"code": row["code"], "broader": row["broader"] and row["broader"]["code"]})
    return bundled(rows)
