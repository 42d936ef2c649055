"""The examples of the guides: their blocks, and how they are run against a server.

The info string of a fence is the language and one more word: for a file (`json`, `csv`, `yaml`) its name, for code what it
needs (`js browser`). In `clients.md`, blocks of code are followed by a block of text, the output of each of them.
In a `console` block, `$ ` begins a command, and what follows is its output, where `…` stands for any text.
"""

import asyncio
import contextlib
import io
import json
import os
import re
import socket
import subprocess
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from app.history.webhooks.courier import Courier
from tests.conftest import application

GUIDES = Path(__file__).parent.parent / "app" / "guides"
SERVER, SECOND_SERVER = "http://127.0.0.1:8000", "http://127.0.0.1:8001"
_FENCE = re.compile(r"^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END = "--- end of block ---"


@dataclass(frozen=True)
class Block:
    """A block of code: its language, what it needs beside that, and the output that the guide shows."""

    language: str
    needs: str
    code: str
    output: str
    line: int
    #: The heading under which it stands.
    step: str


def blocks_of(name: str) -> list[Block]:
    """All blocks of code of a guide, in their order."""
    text = (GUIDES / f"{name}.md").read_text("utf-8")
    found: list[Block] = []
    waiting: list[re.Match[str]] = []
    for fence in _FENCE.finditer(text):
        if fence[1] != "text":
            waiting.append(fence)
            continue
        found += [
            Block(
                one[1], one[2] or "", one[3], fence[3], text.count("\n", 0, one.start()) + 1,
                text[: one.start()].rpartition("\n## ")[2].partition("\n")[0],
            )
            for one in waiting
        ]  # fmt: skip
        waiting = []
    assert not waiting, "code without an output"
    return found


@dataclass(frozen=True)
class Example:
    """A block of a guide of which each kind is run in its own way: commands, a file that they read, or code."""

    language: str
    #: The name of the file, or what the code needs.
    label: str
    content: str
    line: int


def examples_of(name: str) -> list[Example]:
    """All blocks of a guide, in their order."""
    text = (GUIDES / f"{name}.md").read_text("utf-8")
    return [
        Example(one[1], one[2] or "", one[3], text.count("\n", 0, one.start()) + 1) for one in _FENCE.finditer(text)
    ]


def commands_of(content: str) -> list[tuple[str, str]]:
    """The commands of a `console` block, each with the output that the guide shows for it."""
    assert content.startswith("$ ")
    found: list[tuple[str, str]] = re.findall(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", content, re.MULTILINE)
    return found


@asynccontextmanager
async def served(url: str) -> AsyncIterator[str]:
    """The address of a server over this database. It runs in this process, whose applications have answered before: one
    that begins works out the routes, the document and the pages that its first requests ask for."""
    async with application(url) as client:
        app: FastAPI = client.app
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = uvicorn.Server(uvicorn.Config(app, lifespan="off", access_log=False, log_config=None))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            async with app.state.part(Courier).working():
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            server.should_exit = True
            await serving


#: In the shell, curl fails if the server reports an error.
_SHELL = """
curl() { command curl --show-error --fail-with-body --max-time "$LONGEST" "$@"; }
"""


def run_command(command: str, folder: Path, **environment: str) -> tuple[str, str]:
    """Run a command of a guide in a shell; what it wrote to standard output and to standard error."""
    follows = "-sN" in command  # a stream that does not end by itself: curl ends with 28
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _SHELL + command],
        cwd=folder,
        env={**os.environ, "LONGEST": "3" if follows else "60", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == (28 if follows else 0), f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout, done.stderr


def is_shown(shown: str, out: str, err: str) -> bool:
    """Whether the output that a guide shows is that of the command: the same JSON, the same text, or for an import its
    messages and its last line."""
    with contextlib.suppress(ValueError):
        return bool(json.loads(shown) == json.loads(out))
    pattern = re.escape(shown.strip()).replace("…", ".*")
    last = "".join(out.splitlines(keepends=True)[-1:])
    return any(re.fullmatch(pattern, one.strip(), re.DOTALL) for one in (out, err + last))


def run_python(blocks: Iterable[Block], base: str, **given: object) -> list[str]:
    """Run blocks one after the other in one namespace; what each of them printed."""
    names = {**given}
    printed = []
    for block in blocks:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = compile("\n" * block.line + block.code.replace(SERVER, base), "guide", "exec")
            exec(code, names)  # noqa: S102 - it is our own
        printed.append(said.getvalue())
    return printed


def run_node(blocks: list[Block], base: str) -> list[str]:
    """Run blocks one after the other as one module of Node; what each of them printed."""
    program = "".join(f"{block.code.replace(SERVER, base)}\nconsole.log('{_END}');\n" for block in blocks)
    done = subprocess.run(
        ["node", "--input-type=module"], input=program, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split(f"{_END}\n")[:-1]
