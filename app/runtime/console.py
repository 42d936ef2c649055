"""What commands say to the person who called them: a turning wheel on a terminal, plain lines everywhere else."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.status import Status


def say(message: str) -> None:
    """One line on standard output, at once, never wrapped or coloured: people copy from it."""
    sys.stdout.write(f"{message}\n")
    sys.stdout.flush()


def complain(message: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


class Steps:
    """Progress of long work: each call begins a step and ends the one before.

    On a terminal the running step shows a wheel, and what took a moment stays with its seconds; elsewhere (a log, a
    pipe) each step is a line as it begins.
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
            say(f"{self._step} …")

    def done(self) -> None:
        """End the running step, if there is one."""
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
    """How far a file is read: a bar on a terminal; elsewhere nothing, since the end says it all."""

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
