"""How a worker lives: it ends with the process that started it, does not count its memory all the time, and takes turns.

`kill -9` of `parley serve` gives it no chance to tell its workers. Without this they would live on, keep the port
and keep the embedded server running for nobody (tests/test_cli.py kills one to see).
"""

import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
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


def collect_less() -> None:
    """Let the collector of garbage pass over what stays for ever, and come less often for the rest.

    What is made for a batch of records lives until the batch is written and dies by its last reference. Looked through
    every 700 objects together with all schemas and tables, it took a third of an import's time, and held every request
    for 170 ms. Done once a process: what is made later may be garbage."""
    if gc.get_freeze_count():
        return
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


def take_turns() -> None:
    """Let a thread that reads a file give way after half a millisecond, not five.

    Each answer of the database wakes the loop, which then waits for its turn: at some thirty statements a batch that
    came to more than the statements themselves. Other requests would wait as long."""
    sys.setswitchinterval(0.0005)
