"""The command `parley`: serve, migrate, load, import, bulk, export, duplicates, release, keys, db, openapi, explain, version.

All of them work with the database that DATABASE_URL names and, without it, with the embedded server: they join it
where it runs, start it where it does not, and the last one to go stops it. What goes wrong is one line, not a
traceback.
"""

import sys
from collections.abc import Callable

import asyncpg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from app.cli import serving
from app.cli.database import db
from app.cli.duplicates import duplicates
from app.cli.files import bulk, export, import_
from app.cli.keys import keys
from app.cli.releases import release
from app.errors import ApiError, Violation
from app.postgres import embedded
from app.runtime.console import complain
from app.runtime.serving import CannotServeError

#: How many faults of a refused dossier are told; the rest is counted.
VIOLATIONS_SHOWN = 20

cli = typer.Typer(
    help="Parley, the negotiation-events database. Settings come from the environment (see the README).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
#: In the order in which `parley --help` lists them.
COMMANDS: dict[str, Callable[..., None]] = {
    "serve": serving.serve,
    "migrate": serving.migrate,
    "load": serving.load,
    "import": import_,
    "bulk": bulk,
    "export": export,
    "duplicates": duplicates,
    "release": release,
    "openapi": serving.openapi,
    "explain": serving.explain,
    "version": serving.version,
}
for name, command in COMMANDS.items():
    cli.command(name)(command)
cli.add_typer(keys, name="keys")
cli.add_typer(db, name="db")


def main() -> None:
    """Run the command of the arguments. What is wrong is told in one line, and the exit code is 1."""
    try:
        cli()
    except ApiError as refused:
        complain(f"parley: {refused.detail}")
        for violation in refused.violations[:VIOLATIONS_SHOWN]:
            if told := _told(violation, refused.detail):
                complain(f"  {told}")
        if len(refused.violations) > VIOLATIONS_SHOWN:
            complain(f"  and {len(refused.violations) - VIOLATIONS_SHOWN} more")
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            place = str(wrong["loc"][0]) if wrong["loc"] else "settings"
            name = place if place.isupper() else f"PARLEY_{place.upper()}"
            complain(f"parley: {name}: {wrong['msg']}")
    except (embedded.EmbeddedError, CannotServeError) as error:
        complain(f"parley: {error}")
    except SQLAlchemyError as error:
        complain(f"parley: the database refused: {_first_line(getattr(error, 'orig', None) or error)}")
    except asyncpg.PostgresError as error:
        complain(f"parley: the database refused: {_first_line(error)}")
    except OSError as error:
        complain(f"parley: {_file_trouble(error)}")
    else:
        return
    sys.exit(1)


def _told(violation: Violation, detail: str) -> str:
    """A fault in one line: where, what, and what would be right. What the refusal says already is not said again."""
    place = violation.pointer or violation.parameter
    if not place and violation.message.rstrip(".") == detail.rstrip("."):
        return violation.hint or ""
    hint = f" ({violation.hint})" if violation.hint else ""
    return f"{place}: {violation.message}{hint}" if place else f"{violation.message}{hint}"


def _file_trouble(error: OSError) -> str:
    """What is wrong with a file, without the number of the error; of other trouble, its first line."""
    if error.filename is None or error.strerror is None:
        return _first_line(error)
    if isinstance(error, FileNotFoundError):
        return f"The file {str(error.filename)!r} does not exist."
    return f"{error.filename}: {error.strerror}."


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
