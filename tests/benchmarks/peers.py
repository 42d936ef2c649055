"""The peers beside which Parley is measured: what each needs, how it is started, how it is asked.

Their packages are none of Parley's: the first run puts them into an environment in the user's cache folder.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from sqlalchemy import make_url

from tests.benchmarks import datasette_way, postgraphile_way
from tests.benchmarks.servers import Served, run, serve

HERE = Path(__file__).parent
CACHE = user_cache_path("parley-benchmarks", appauthor=False)
NAMES = ("orm", "datasette", "drf", "postgraphile")

#: The newest of each on 24 November 2026; PostGraphile 5 needs Node.js 22.
PYTHON_PACKAGES = (
    "datasette==0.65.5", "Django==5.2.19", "djangorestframework==3.18.3", "psycopg[binary]==3.3.9", "gunicorn==27.0.1",
    "uvicorn==0.54.0", "uvloop", "httptools",
)  # fmt: skip
POSTGRAPHILE = "postgraphile@4.14.1"


class MissingError(Exception):
    """A peer cannot take part; why stands in the message."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server, and what to send it for what Parley answers at a path."""

    served: Served
    address: Callable[[str], str]
    body: Callable[[str], str] | None = None
    #: Its answer in Parley's words, as far as the slugs that are compared.
    read: Callable[[Any], Any] = lambda answer: answer

    @property
    def name(self) -> str:
        return self.served.name


def start(stack: ExitStack, wanted: list[str], database: str) -> list[Peer]:
    """All wanted peers that can be had. Who is left out is told, with the reason."""
    started: list[Peer] = []
    for name in wanted:
        try:
            started += stack.enter_context(_START[name](database))
        except (MissingError, RuntimeError) as missing:
            print(f"**Without {name}**: {missing}", flush=True)
    return started


@contextmanager
def _orm(database: str) -> Iterator[list[Peer]]:
    here = {"DATABASE_URL": database}
    app = "tests.benchmarks.orm_way:app"
    with (
        serve("ORM, selectin", app, here) as selectin,
        serve("ORM, joined", app, {**here, "PARLEY_BENCH_LOADERS": "joined"}) as joined,
    ):
        yield [Peer(selectin, lambda path: path), Peer(joined, lambda path: path)]


@contextmanager
def _datasette(database: str) -> Iterator[list[Peer]]:
    python = _environment()
    file = CACHE / "sqlite" / f"{make_url(database).database}" / "ledger.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    datasette_way.export(database, file)
    with run("Datasette", lambda port: datasette_way.command(python, file, port), {}, "/-/versions.json") as served:
        yield [Peer(served, datasette_way.address, read=_of_datasette)]


@contextmanager
def _drf(database: str) -> Iterator[list[Peer]]:
    python = _environment()
    # One process of eight threads, each with a connection that it keeps.
    options = ["--workers", "1", "--worker-class", "gthread", "--threads", "8", "--keep-alive", "75"]

    def command(port: int) -> list[str]:
        return [str(python), "-m", "gunicorn", "drf_way:application", "-b", f"127.0.0.1:{port}", *options]

    with run("Django REST Framework", command, {"DATABASE_URL": database}, "/v1/talks/none", HERE) as served:
        yield [Peer(served, lambda path: path, read=_of_drf)]


@contextmanager
def _postgraphile(database: str) -> Iterator[list[Peer]]:
    modules = _node_modules()
    address = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)

    def command(port: int) -> list[str]:
        return postgraphile_way.command(modules, address, port)

    with run("PostGraphile", command, {"NODE_ENV": "production"}, "/graphql", modules) as served:
        yield [Peer(served, lambda _: "/graphql", postgraphile_way.body, _of_postgraphile)]


_START = {"orm": _orm, "datasette": _datasette, "drf": _drf, "postgraphile": _postgraphile}


def _environment() -> Path:
    """The Python of the peers' environment, made where it is not there. Raises MissingError."""
    folder = CACHE / "peers-python"
    python, done = folder / "bin" / "python", folder / "installed"
    told = "\n".join(PYTHON_PACKAGES)
    if done.exists() and done.read_text() == told:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _install([sys.executable, "-m", "venv", str(folder)])
    _install([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYTHON_PACKAGES])
    done.write_text(told)
    return python


def _node_modules() -> Path:
    """The folder of PostGraphile's modules, made where it is not there. Raises MissingError."""
    folder = CACHE / "peers-node"
    done = folder / "installed"
    if done.exists() and done.read_text() == POSTGRAPHILE:
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise MissingError("npm is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}')
    _install([npm, "install", "--no-audit", "--no-fund", "--loglevel=error", POSTGRAPHILE], folder)
    done.write_text(POSTGRAPHILE)
    return folder


def _install(command: list[str], folder: Path | None = None) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=600)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines()
        raise MissingError(f"`{command[0]}` failed: {said[-1] if said else error}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError(str(error)) from error


# --- their answers in Parley's words


def _of_datasette(answer: Any) -> Any:
    return answer[0] if len(answer) == 1 else {"data": answer}


def _of_drf(answer: Any) -> Any:
    return {"data": answer["results"]} if "results" in answer else answer


def _of_postgraphile(answer: Any) -> Any:
    if "errors" in answer:
        raise RuntimeError(json.dumps(answer["errors"])[:500])
    (found,) = answer["data"].values()
    return {"data": [_plain(one) for one in found["nodes"]]} if "nodes" in found else _plain(found)


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    def nodes(name: str) -> list[Any]:
        return one[name]["nodes"] if name in one else []

    links = nodes("demandPartiesByDemandIdAndSortOn")
    return {
        "slug": one["slug"],
        "process": one["processByProcessId"],
        "proposal": one.get("proposalByProposalIdAndProcessIdAndSortOn"),
        "claimants": [link["partyByPartyId"] for link in links if link["role"] == "claimant"],
        "addressees": [link["partyByPartyId"] for link in links if link["role"] == "addressee"],
        "issues": [link["issueByIssueId"] for link in nodes("demandIssuesByDemandIdAndSortOn")],
        "responses": nodes("responsesByDemandIdAndProposalId"),
        "proposals": nodes("proposalsByTalkId"),
        "delegations": [
            {
                "slug": seat["slug"],
                "members": [
                    {"person": member["personByPersonId"]}
                    for member in seat["delegationMembersByDelegationId"]["nodes"]
                ],
            }
            for seat in nodes("delegationsByTalkId")
        ],
    }
