"""Measuring side by side, and the tables that are printed."""

import http.client
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.benchmarks.load import Measured, Request, load, median

Measure = Callable[[], Measured]
SLOW_MS = 250.0
STATEMENT_TIMEOUT = 5.0
"""Parley's own, in seconds, as it is set where nobody sets it."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio of one run, and what it ought to be."""

    what: str
    measured: str
    wanted: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often."""

    seconds: float
    rounds: int


def at_least(what: str, ratio: float, wanted: float, unit: str = " ×") -> Goal:
    return Goal(what, f"{ratio:.2f}{unit}", f"≥ {wanted:g}{unit}", ratio >= wanted)


def at_most(what: str, ratio: float, wanted: float, unit: str = " ×") -> Goal:
    return Goal(what, f"{ratio:.2f}{unit}", f"≤ {wanted:g}{unit}", ratio <= wanted)


def failed(what: str, wanted: float) -> Goal:
    """The goal of a path that was refused (503) or not answered in time."""
    return Goal(what, "not answered in time", f"≤ {wanted:g} ×", is_met=False)


def side_by_side(measures: Mapping[str, Measure], rounds: int) -> dict[str, Measured]:
    """A B A B …: what else happens on the machine falls on all alike. The median of the rounds. What is refused or not
    answered while eight connections ask is told, and left out."""
    taken: dict[str, list[Measured]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            if name not in taken:
                continue
            try:
                taken[name].append(measure())
            except RuntimeError as error:
                del taken[name]
                print(f"{name}: not measured, {str(error).splitlines()[0]}\n", flush=True)
    return {name: median(several) for name, several in taken.items()}


def loading(request: Request, seconds: float) -> Measure:
    # Warm-up: statements prepared, caches filled. What fails here fails again below, and is told there.
    with suppress(RuntimeError):
        _settled(request, 1)
    return lambda: _settled(request, seconds)


def _settled(request: Request, seconds: float) -> Measured:
    """The load, and after slow answers a pause: statements that were cut off go on until their timeout, and must not
    run into the next measurement."""
    is_slow = True
    try:
        measured = load(request, seconds)
        is_slow = measured.p50 > SLOW_MS
    finally:
        if is_slow:
            time.sleep(STATEMENT_TIMEOUT)
    return measured


def said(measured: Measured | None) -> str:
    return f"{measured.rate:,.0f}/s ({measured.p50:.1f} ms)" if measured else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print Markdown: the first column is words, the others are figures."""
    for cells in (head, ["---", *["--:"] * (len(head) - 1)], *rows):
        print("| " + " | ".join(cells) + " |")
    print(flush=True)


def fetch(
    url: str, headers: Mapping[str, str] | None = None, body: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer, whatever it is."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=120)
    told = {"Content-Type": "application/json", **(headers or {})} if body else dict(headers or {})
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request("POST" if body else "GET", path, body, told)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


def middle(values: Sequence[float]) -> float:
    return statistics.median(values)
