"""Output of the commands: spinners and progress bars on a terminal, plain lines elsewhere."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.status import Status


class CommandError(RuntimeError):
    """A command cannot continue; the message says why."""


def print_line(message: str) -> None:
    """Print a line to standard output and flush it. It is never wrapped or colored, so that it can be copied."""
    sys.stdout.write(f"{message}\n")
    sys.stdout.flush()


def print_error(message: str) -> None:
    """Print a line to standard error."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


class Steps:
    """Progress of a command in steps: each call starts a step and ends the previous one.

    On a terminal, the running step has a spinner, and a finished step is printed with its duration. In a log or pipe,
    each step is printed as one line when it starts.
    """

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._status: Status | None = None
        self._step = ""
        self._began = 0.0

    def __call__(self, message: str) -> None:
        self.done()
        self._step, self._began = message.rstrip("."), time.monotonic()
        if self._console.is_terminal:
            self._status = self._console.status(f"{self._step} …")
            self._status.start()
        else:
            print_line(f"{self._step} …")

    def done(self) -> None:
        """End the running step, if any."""
        if self._status is not None:
            self._status.stop()
            self._status = None
            seconds = time.monotonic() - self._began
            self._console.print(f"{self._step}: {seconds:.1f} s")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None


class Meter:
    """Progress bar on a terminal; prints nothing elsewhere, where the final summary is enough."""

    def __init__(self, size: int | None) -> None:
        columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True, highlight=False, markup=False))
        self._task = self._progress.add_task("", total=size)

    def __call__(self, done: int, about: str) -> None:
        self._progress.update(self._task, completed=done, description=about)

    def __enter__(self) -> Self:
        if self._progress.console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress.console.is_terminal:
            self._progress.stop()
