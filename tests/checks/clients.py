"""What the OpenAPI document is worth to others: `python -m tests.checks.clients`.

Lints the document of a running server with Redocly and Spectral, generates three clients from it, compiles them strictly, and
runs a small program with each: pages of a list, a record with a branch, a report, a write, writes that are refused. What is
installed is locked in tests/clients. Ends with 0 and says "NOT RUN" where there is no Node or no registry of npm.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

import httpx

from tests.cli.test_cli import Parley
from tests.document import operations

HERE = Path(__file__).parents[1] / "clients"
NODE = (20, 19)
#: Seconds that any one step may take.
PATIENCE = 300
_STARTED = time.monotonic()


def say(text: str) -> None:
    sys.stdout.write(f"{time.monotonic() - _STARTED:5.0f}s  {text}\n")
    sys.stdout.flush()


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What the command writes; ends the check with all that it said where it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, "REDOCLY_TELEMETRY": "off", **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"{done.stdout[-8000:]}\n{command[0]} ended with {done.returncode}")
    return done.stdout


def why_not() -> str | None:
    """Why nothing can be generated here."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "Node and npm are not here"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30).stdout.strip()
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < NODE:
        return f"Node is {version}; {'.'.join(map(str, NODE))} or later is needed"
    ping = subprocess.run(
        ["npm", "ping", "--fetch-retries=0", "--fetch-timeout=15000"], capture_output=True, timeout=60
    )
    return "the registry of npm does not answer" if ping.returncode else None


def install(work: Path) -> None:
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=work)
    venv.create(work / "venv", with_pip=True)
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
    run(work / "venv/bin/python", *pip, "-r", "python/requirements.txt", cwd=work)


def lint(work: Path) -> None:
    bin_ = work / "node_modules/.bin"
    said = run(bin_ / "redocly", "lint", "openapi.json", "--config=redocly.yaml", "--format=summary", cwd=work)
    if re.search(r"^(warning|error) ", said, re.MULTILINE):
        sys.exit(said)
    run(bin_ / "spectral", "lint", "openapi.json", "--ruleset=spectral.yaml", "--fail-severity=hint", cwd=work)
    say("Redocly and Spectral: nothing to say")


def generate(work: Path, document: dict[str, Any]) -> None:
    """The three clients; each must have every operation of the document."""
    bin_, python = work / "node_modules/.bin", work / "venv/bin"
    ids = {operation["operationId"] for _, _, operation in operations(document)}
    run(bin_ / "openapi-typescript", "openapi.json", "-o", "fetch/parley.ts", cwd=work)
    run(bin_ / "openapi-ts", "-i", "openapi.json", "-o", "hey/parley", "--silent", cwd=work)
    target = ("--meta=none", "--output-path=python/parley_client", "--config=python/config.yaml")
    run(python / "openapi-python-client", "generate", "--path=openapi.json", *target, cwd=work)

    typed = (work / "fetch/parley.ts").read_text().partition("export interface operations {")[2]
    made = {
        "openapi-typescript": set(re.findall(r"^    (\w+): \{$", typed, re.MULTILINE)),
        "hey-api": set(
            re.findall(r"^export const (\w+) = <", (work / "hey/parley/sdk.gen.ts").read_text(), re.MULTILINE)
        ),
        "openapi-python-client": {
            re.sub(r"_(\w)", lambda found: found[1].upper(), path.stem)
            for path in (work / "python/parley_client/api").glob("*/*.py")
            if path.stem != "__init__"
        },
    }
    for generator, names in made.items():
        if dropped := sorted(ids - names):
            sys.exit(f"{generator} has left out {len(dropped)} of {len(ids)} operations: {', '.join(dropped)}")
        say(f"{generator}: {len(ids)} operations, none left out")


def compile_(work: Path) -> None:
    run(work / "node_modules/.bin/tsc", "--project", ".", cwd=work)
    say("tsc --strict: both clients and their programs")
    run(work / "venv/bin/mypy", "parley_client", "demo.py", cwd=work / "python")
    say("mypy --strict: the client and its program")


def use(work: Path, url: str, key: str) -> None:
    server = {"PARLEY_URL": url, "PARLEY_KEY": key}
    for program in ("fetch/demo.ts", "hey/demo.ts"):
        say(run(work / "node_modules/.bin/tsx", program, cwd=work, **server).strip())
    say(run(work / "venv/bin/python", "demo.py", cwd=work / "python", **server).strip())


def main() -> None:
    if why := why_not():
        sys.stdout.write(f"NOT RUN: generated clients; {why}\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "clients"
        shutil.copytree(HERE, work)
        data = Path(folder) / "data"
        parley = Parley(data, "serve", "--port", "0", DATABASE_URL="")
        try:
            install(work)
            say("installed")
            text = httpx.get(f"{parley.base}/openapi.json", timeout=60).text
            (work / "openapi.json").write_text(text, encoding="utf-8")
            lint(work)
            generate(work, json.loads(text))
            compile_(work)
            use(work, parley.base, (data / "admin-key").read_text().strip())
        finally:
            parley.end()


if __name__ == "__main__":
    main()
