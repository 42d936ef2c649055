"""The command `parley` in processes of its own, which need not import the application each time.

Importing it takes seconds, and the tests start some fifty servers. So each worker has one process that imports it, and
whose forks are the servers: each with an environment, an application, signals and an exit code of its own."""

import atexit
import contextlib
import multiprocessing
import multiprocessing.forkserver
import os
import signal
import subprocess
import sys
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvicorn._subprocess

import app.main
from app.cli import main
from app.settings import get_settings

PROJECT = Path(__file__).parents[1]


@cache
def _forks() -> Any:
    """What makes processes by forking one that has imported this module."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload([__name__])
    with contextlib.chdir(PROJECT):  # where it finds the module
        multiprocessing.forkserver.ensure_running()
    return forks


def started_cold(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """The command as a person starts it, by a new interpreter."""
    return subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
    )


class Process:
    """A process that runs the command; both of its channels come out of `stdout`."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        out, its_out = _forks().Pipe(duplex=False)
        order = (its_out, os.getcwd(), arguments, {**os.environ, **environment})
        self._process = _forks().Process(target=_run, args=order)
        self._process.start()
        atexit.register(self.kill)  # Python waits for what a test that failed has left
        its_out.close()
        self.stdout = os.fdopen(os.dup(out.fileno()), encoding="utf-8")
        out.close()

    def poll(self) -> int | None:
        """The exit code, or None while the process runs; minus the number of the signal that ended it."""
        code: int | None = self._process.exitcode
        return code

    def wait(self, seconds: float | None = None) -> int:
        """Wait for the end, and answer the exit code."""
        self._process.join(seconds)
        code = self.poll()
        assert code is not None, f"the process still runs after {seconds} seconds"
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)


def _run(out: Connection, folder: str, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    """In the fork: what a new interpreter does once it has imported the application."""
    for channel in (sys.stdout, sys.stderr):
        os.dup2(out.fileno(), channel.fileno())
        channel.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    out.close()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["parley", *arguments]
    get_settings.cache_clear()
    # The application of the fork takes the settings of this environment and of these options.
    del app.main.app
    # The workers of a server are forks of it, and import nothing either.
    uvicorn._subprocess.spawn = multiprocessing.get_context("fork")  # type: ignore[assignment]
    app.main.__getattr__ = lambda name: app.main.create_app()  # type: ignore[method-assign]
    main()
