"""Runs Python's garbage collector rarely, because the objects of a batch are not garbage until the batch is written."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Thresholds of the garbage collector: normally, and during `collect_rarely`.
_NORMAL_THRESHOLDS, _RARE_THRESHOLDS = (50_000, 10, 10), (500_000, 10, 10)
#: One entry per open `collect_rarely`.
_rarely: list[bool] = []


def tune_garbage_collection() -> None:
    """Exclude permanent objects from garbage collection, and run the collector less often.

    The objects of a batch live until the batch is written and are then freed by reference counting. With the default
    threshold of 700, the collector scanned these objects together with all schemas and tables. This took a third of an
    import's time, and paused every request for 170 ms.

    A second call in the same process does nothing. Otherwise it would also exclude objects of requests, which may become
    garbage."""
    if gc.get_freeze_count():
        return
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_NORMAL_THRESHOLDS)


@contextmanager
def collect_rarely() -> Iterator[None]:
    """Run the garbage collector very rarely while the context is open. Batches in progress consist of some hundred
    thousand objects, none of which are garbage, and scanning these objects took a tenth of an import's time. The
    collector is not switched off, because other requests still produce garbage."""
    _rarely.append(True)
    gc.set_threshold(*_RARE_THRESHOLDS)
    try:
        yield
    finally:
        _rarely.pop()
        if not _rarely:
            gc.set_threshold(*_NORMAL_THRESHOLDS)
