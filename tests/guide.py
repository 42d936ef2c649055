"""The code of the guides: its blocks, and how they are run against a server.

A guide's blocks of code are followed by a block of text, the output of each of them. The info string of a fence is the
language and, where a block needs more than that, what it needs (`js browser`).
"""

import contextlib
import io
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

GUIDES = Path(__file__).parent.parent / "app" / "guides"
SERVER = "http://127.0.0.1:8000"
_FENCE = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
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


def run_python(blocks: list[Block], base: str) -> list[str]:
    """Run blocks one after the other in one namespace; what each of them printed."""
    names: dict[str, object] = {}
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
