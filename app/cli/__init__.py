"""The command `parley`; `app.cli.commands` lists its commands.

The commands use the database in DATABASE_URL or, if it is not set, the embedded server. A command starts the embedded
server unless it is already running, and the last process that uses the server stops it. Errors are printed as one line,
not as a traceback.
"""

import sys

import asyncpg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from app.cli.commands import LazyGroup
from app.errors import ApiError, Violation, quoted
from app.postgres import embedded
from app.runtime.console import CommandError, print_error

#: Maximum number of violations that are printed for a rejected request; the others are only counted.
VIOLATIONS_SHOWN = 20

cli = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@cli.callback()
def parley() -> None:
    """Parley, the negotiation-events database. Settings are environment variables (see /guide/operations)."""


def main() -> None:
    """Run the command given by the arguments. An error is printed without a traceback, and the exit code is 1."""
    try:
        cli()
    except ApiError as error:
        print_error(f"parley: {error.detail}")
        for violation in error.violations[:VIOLATIONS_SHOWN]:
            if line := _format_violation(violation, error.detail):
                print_error(f"  {line}")
        if len(error.violations) > VIOLATIONS_SHOWN:
            print_error(f"  and {len(error.violations) - VIOLATIONS_SHOWN} more")
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            place = str(wrong["loc"][0]) if wrong["loc"] else "settings"
            name = place if place.isupper() else f"PARLEY_{place.upper()}"
            print_error(f"parley: {name}: {wrong['msg']}")
    except (embedded.EmbeddedError, CommandError) as error:
        print_error(f"parley: {error}")
    except SQLAlchemyError as error:
        print_error(f"parley: database error: {_first_line(getattr(error, 'orig', None) or error)}")
    except asyncpg.PostgresError as error:
        print_error(f"parley: database error: {_first_line(error)}")
    except OSError as error:
        print_error(f"parley: {_file_trouble(error)}")
    else:
        return
    sys.exit(1)


def _format_violation(violation: Violation, detail: str) -> str:
    """Format a violation as one line: place, message and hint. Omit the message if it equals the error's detail."""
    place = violation.pointer or violation.parameter
    if not place and violation.message.rstrip(".") == detail.rstrip("."):
        return violation.hint or ""
    hint = f" ({violation.hint})" if violation.hint else ""
    return f"{place}: {violation.message}{hint}" if place else f"{violation.message}{hint}"


def _file_trouble(error: OSError) -> str:
    """Return the message for a file error without the error number. For other OS errors, return the first line of the
    error text."""
    if error.filename is None or error.strerror is None:
        return _first_line(error)
    if isinstance(error, FileNotFoundError):
        return f"The file {quoted(str(error.filename))} does not exist."
    return f"{error.filename}: {error.strerror}."


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
