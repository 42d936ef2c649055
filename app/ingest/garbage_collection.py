"""How often Python looks for garbage: rarely, since a batch of records is no garbage until it is written."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects made, more than freed, after which the collector looks at the young ones; and how often at the older ones.
_OFTEN, _RARELY = (50_000, 10, 10), (500_000, 10, 10)
#: An entry for each of those who want it rarely now.
_rarely: list[bool] = []


def collect_less() -> None:
    """Let the collector of garbage pass over what stays for ever, and come less often for the rest.

    What is made for a batch of records lives until the batch is written and dies by its last reference. Looked through
    every 700 objects together with all schemas and tables, it took a third of an import's time, and held every request
    for 170 ms. Done once a process: what is made later may be garbage."""
    if gc.get_freeze_count():
        return
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_OFTEN)


@contextmanager
def collect_rarely() -> Iterator[None]:
    """Meanwhile, let the collector come hardly ever: batches on their way hold some hundred thousand objects, none of
    them garbage, and looking through them took a tenth of an import's time. A limit stays, or what other requests leave
    behind would fill the memory."""
    _rarely.append(True)
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        _rarely.pop()
        if not _rarely:
            gc.set_threshold(*_OFTEN)
