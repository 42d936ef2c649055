"""The addresses and the command of the guide of releases."""

import asyncio
import json
import re
import shlex

from tests.cli.test_cli import Call, call, data_dir
from tests.conftest import Client
from tests.guide import GUIDES

__all__ = ["call", "data_dir"]

GUIDE = (GUIDES / "releases.md").read_text("utf-8")


async def test_the_command_makes_what_the_addresses_show(world_client: Client, call: Call) -> None:
    (command,) = re.findall(r"^\$ parley (.+)$", GUIDE, re.MULTILINE)
    (body,) = re.findall(r"-d '(.+)'$", GUIDE, re.MULTILINE)
    assert (await world_client.post("/v1/releases?dry_run=true", json=json.loads(body))).status_code == 200
    ledger = world_client.state.ledger
    made = await asyncio.to_thread(call, *shlex.split(command), DATABASE_URL=ledger.url)
    assert re.search(r"Release 2026\.1 is revision \d+", made.out) and made.code == 0, made.err
    # Each address of the table stands after `/v1/releases/`; those without a name of their own belong to the first.
    cells = re.findall(r"^\| .+ \| (`.+) \|$", GUIDE, re.MULTILINE)
    addresses = [address for cell in cells for address in re.findall("`([^`]+)`", cell)]
    assert len(addresses) > 8
    for address in addresses:
        if address.startswith("."):
            address = f"2026.1/demands{address}"
        elif not address.startswith("2026"):
            address = f"2026.1/{address}"
        expected = 422 if "2026.2" in address else 200
        assert (await world_client.get(f"/v1/releases/{address}")).status_code == expected, address
    again = await asyncio.to_thread(call, *shlex.split(command), DATABASE_URL=ledger.url)
    assert "Release '2026.1' already exists" in again.err and again.code == 1
