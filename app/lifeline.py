"""A worker ends with the process that started it.

`kill -9` of `parley serve` gives it no chance to tell its workers. Without this they would live on, keep the port
and keep the embedded server running for nobody (tests/test_cli.py kills one to see).
"""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading


def end_with_parent() -> None:
    """In a worker: wait in a thread for the parent's end, and then end as if told to. Elsewhere: nothing."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parley-lifeline", daemon=True).start()
