"""Each competitor as a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    name: str
    url: str
    pid: int


@contextmanager
def serve(name: str, application: str, environment: Mapping[str, str]) -> Iterator[Served]:
    """An ASGI application of this environment: one uvicorn with uvloop and httptools, no access log."""
    fast = ["--no-access-log", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools"]

    def command(port: int) -> list[str]:
        return [sys.executable, "-m", "uvicorn", application, "--port", str(port), *fast]

    with run(name, command, environment, "/openapi.json", ROOT) as served:
        yield served


@contextmanager
def run(
    name: str, command: Callable[[int], list[str]], environment: Mapping[str, str], probe: str, folder: Path = ROOT
) -> Iterator[Served]:
    """Run a server on a free port until the block ends. Raises RuntimeError where it does not come up."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        command(port),
        cwd=folder,
        env={**os.environ, **environment},
        # The tables go to the standard output, what servers say does not.
        stdout=subprocess.DEVNULL,
        stderr=None if name == "Parley" else subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, name, url + probe)
        yield Served(name, url, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", name: str, url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=30).close()  # noqa: S310 - our own servers
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{name} did not come up")
