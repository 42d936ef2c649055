"""How a worker lives: it ends with the process that started it, says so to those who wait, does not count its memory all
the time, and takes turns.

`kill -9` of `parley serve` gives it no chance to tell its workers. Without this they would live on, keep the port
and keep the embedded server running for nobody (tests/cli/test_cli.py kills one to see).
"""

import asyncio
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


def end_with_parent() -> None:
    """In a worker: wait in a thread for the parent's end, and then end as if told to. Elsewhere: nothing."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parley-lifeline", daemon=True).start()


@contextmanager
def before_the_end(tell: Callable[[], None]) -> Iterator[None]:
    """Meanwhile, call `tell` in the loop as soon as this process is told to end.

    The server ends the application last, after it has waited for all answers; one that follows the changes would keep
    it waiting until its patience ends, and be cut. So the signal is heard here too, and then does what it did."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell)
        was: Any = before[signal.Signals(number)]
        if callable(was):
            was(number, frame)

    # A signal that ends the process at once, or is not listened to, stays as it is.
    mine = [number for number, was in before.items() if callable(was)]
    for number in mine:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, before[number])


def take_turns() -> None:
    """Let a thread that reads a file give way after half a millisecond, not five.

    Each answer of the database wakes the loop, which then waits for its turn: at some thirty statements a batch that
    came to more than the statements themselves. Other requests would wait as long."""
    sys.setswitchinterval(0.0005)
