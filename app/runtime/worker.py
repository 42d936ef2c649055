"""Life cycle of a worker process: it exits with its parent, closes waiting requests on shutdown, and tunes the garbage
collector and thread switching.

`parley serve` cannot stop its workers when it is killed with `kill -9`. Without `exit_with_parent` they would keep
running and would keep the port and the embedded server in use (tested in tests/cli/test_cli.py).
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


def exit_with_parent() -> None:
    """In a worker, start a thread that waits until the parent process ends and then sends SIGTERM to this one. Does
    nothing in other processes."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parley-parent-watch", daemon=True).start()


@contextmanager
def on_shutdown_signal(callback: Callable[[], None]) -> Iterator[None]:
    """While the context is open, call `callback` in the event loop when SIGTERM or SIGINT arrives.

    uvicorn ends the application only after all requests are finished. Clients that wait for changes would delay the end
    until the shutdown timeout; `callback` releases these clients at once. The previous signal handler runs
    afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback)
        previous: object = before[signal.Signals(number)]
        if callable(previous):
            previous(number, frame)

    # Signals that are ignored or have the default handler are left alone.
    handled = [number for number, was in before.items() if callable(was)]
    for number in handled:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])


def shorten_switch_interval() -> None:
    """Switch threads after half a millisecond instead of five while a thread reads a file.

    After each database response the event loop waits for its turn. With about thirty statements per batch, these waits
    took longer than the statements themselves, and delayed other requests as well."""
    sys.setswitchinterval(0.0005)
