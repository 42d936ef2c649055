"""`parley report`: prints a report as a table, or writes it to a file.

The commands, their arguments and their options are made from the declarations of the reports: a new report is a new command.
"""

import asyncio
import inspect
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

import httpx
import typer

from app.cli.report_tables import as_blocks, as_table
from app.cli.session import DataDir, load_settings
from app.errors import allowed_hint, quoted
from app.reading.formats import FORMATS
from app.registry import REPORTS
from app.resources.report import Report
from app.runtime.bootstrap import provide_database
from app.runtime.console import CommandError, print_line
from app.web.validation import field_names

report = typer.Typer(help="Print a report as a table, or write it to a file.")

_OUTPUT = "Output"
#: Options of the command itself, which no report may declare as parameters; tests/cli/test_report.py checks this.
OWN_OPTIONS: dict[str, Any] = {
    "output": Annotated[
        Path | None,
        typer.Option("--output", help="File to write; its suffix chooses the format", rich_help_panel=_OUTPUT),
    ],
    "show": Annotated[
        str | None, typer.Option("--show", help="Columns of the table, separated by commas", rich_help_panel=_OUTPUT)
    ],
    "url": Annotated[str | None, typer.Option("--url", help="Address of another server [default: the local database]")],
    "api_key": Annotated[
        str | None, typer.Option("--api-key", envvar="PARLEY_API_KEY", help="API key for the server at --url")
    ],
    "data_dir": DataDir,
}


@report.callback(invoke_without_command=True)
def list_reports(
    ctx: typer.Context, shows_list: Annotated[bool, typer.Option("--list", help="List all reports.")] = False
) -> None:
    """Print a report as a table, or write it to a file. `parley report NAME --help` lists the parameters of a report."""
    if shows_list:
        rows = [{"report": usage(one), "what it does": one.summary} for one in COMMANDS_OF_REPORTS.values()]
        print_line(as_table(rows, list(rows[0]), _width(), all_columns=True).text)
    elif ctx.invoked_subcommand is None:
        print_line(ctx.get_help())


def command_names(reports: Iterable[Report]) -> dict[str, Report]:
    """The reports by the name of their command: the last word of the path (`gaps`), or the first and the last (`talks-history`)
    if several reports share it."""
    words = {one.path: [part for part in one.path.split("/") if part and "{" not in part] for one in reports}
    last = [several[-1] for several in words.values()]
    return {
        words[one.path][-1]
        if last.count(words[one.path][-1]) == 1
        else f"{words[one.path][0]}-{words[one.path][-1]}": one
        for one in sorted(reports, key=lambda one: one.path)
    }


def usage(one: Report) -> str:
    """The command of a report with its arguments, as in `gaps KEY`."""
    return " ".join([_NAMES[one.path], *(name.upper() for name in path_parameters(one))])


def path_parameters(one: Report) -> list[str]:
    """The parameters of the path of a report, in their order."""
    return re.findall(r"{(\w+)}", one.path)


def formats_of(one: Report) -> list[str]:
    """The formats in which a report is available."""
    declared = one.query.model_json_schema()["properties"]["format"]
    return next(list(arm["enum"]) for arm in (declared, *declared.get("anyOf", ())) if "enum" in arm)


def _command(one: Report) -> Callable[..., None]:
    """The function of a command. Typer reads its arguments and options from the signature."""
    parameters: dict[str, str] = {}
    signature: dict[str, Any] = {"ctx": typer.Context}
    for name in path_parameters(one):
        about = f"The {name} in `/v1{one.path}`"
        signature[name] = Annotated[str, typer.Argument(help=about, metavar=name.upper(), show_default=False)]
    for name, info in field_names(one.query).items():
        about = f"Required. {info.description}" if info.is_required() else info.description
        if name == "format":
            about = f"Write the rows in this format instead of printing a table: {', '.join(formats_of(one))}."
        parameters[f"_{name}"] = name
        option = typer.Option(f"--{name.replace('_', '-')}", help=about, metavar="TEXT")
        signature[f"_{name}"] = Annotated[str | None, option]
    signature |= OWN_OPTIONS

    def run(ctx: typer.Context, **given: Any) -> None:
        query = {parameters[name]: value for name, value in given.items() if name in parameters and value is not None}
        query |= _further_parameters(ctx.args)
        path = re.sub(r"{(\w+)}", lambda found: quote(given[found[1]], safe=":"), f"/v1{one.path}")
        own = {name: given[name] for name in OWN_OPTIONS}
        _run(one, path, query, **own)

    kinds = inspect.Parameter.KEYWORD_ONLY
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                name,
                kinds,
                annotation=kind,
                default=inspect.Parameter.empty if name in ("ctx", *path_parameters(one)) else None,
            )
            for name, kind in signature.items()
        ]
    )
    run.__annotations__ = dict(signature)
    run.__doc__ = f"{one.summary}.\n\n{one.about}\n\nExample:\n\n{example_of(one)}"
    return run


def example_of(one: Report) -> str:
    """The example of a report as a command. The address of the declaration gives the arguments and the options."""
    path, _, query = one.example.partition("?")
    pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+?)", re.escape(f"/v1{one.path}").replace(r"\{", "{").replace(r"\}", "}"))
    found = re.fullmatch(pattern, path)
    arguments = list(found.groups()) if found else []
    options = [f"--{name.replace('_', '-')} {shlex.quote(value)}" for name, value in parse_qsl(query)]
    return " ".join(["parley report", _NAMES[one.path], *arguments, *options])


def _further_parameters(arguments: Sequence[str]) -> dict[str, str]:
    """The parameters of a report that takes more than it declares, such as the filters of the list that it counts."""
    found: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        name, has_value, value = rest.pop(0).partition("=")
        if not name.startswith("--") or (not has_value and not rest):
            raise CommandError(f"{quoted(name)} is no option with a value. Write --name VALUE.")
        found[name.removeprefix("--").replace("-", "_")] = value if has_value else rest.pop(0)
    return found


def _run(
    one: Report, path: str, query: dict[str, str], *, output: Path | None, show: str | None, url: str | None,
    api_key: str | None, data_dir: Path | None,
) -> None:  # fmt: skip
    columns = _columns(one, show)
    if output is not None and "format" not in query:
        query["format"] = _format_of_file(one, output)
    is_table = "format" not in query
    if query.get("format") == "csv" and output is None:
        # A terminal would show the byte order mark, which only spreadsheets need.
        query.setdefault("bom", "false")
    # Imported only now: the module builds the application, which takes seconds; `--list` and `--help` do not need it.
    requests = import_module("app.cli.report_requests")
    if url is not None:
        response = asyncio.run(requests.ask_server(url, api_key, path, query))
    else:
        settings = load_settings(data_dir=data_dir)
        with provide_database(settings) as database:
            response = asyncio.run(requests.ask_database(database, settings, path, query))
    if is_table:
        _print_table(response.json(), columns, is_chosen=show is not None)
    else:
        _write(response, output)


def _columns(one: Report, show: str | None) -> list[str]:
    """The columns to show. Raises CommandError if `--show` names another."""
    known = list(field_names(one.row))
    if show is None:
        return known
    chosen = [name.strip() for name in show.split(",")]
    for name in chosen:
        if name not in known:
            raise CommandError(f"--show: there is no column {quoted(name)}. {allowed_hint(name, known, 'Columns')}")
    return chosen


def _format_of_file(one: Report, output: Path) -> str:
    """The format that the suffix of a file stands for."""
    known = formats_of(one)
    suffixes = {FORMATS[name].suffix if name in FORMATS else name: name for name in known}
    found = suffixes.get(output.suffix.removeprefix(".")) or suffixes.get(output.suffix.removeprefix(".").lower())
    if found is None:
        raise CommandError(
            f"The suffix of {quoted(output.name)} is no format of this report. Add --format: {', '.join(known)}."
        )
    return found


def _write(response: httpx.Response, output: Path | None) -> None:
    if output is not None:
        output.write_bytes(response.content)
        print_line(f"{output}: {len(response.content) / 1024:,.1f} KiB")
        return
    if sys.stdout.isatty() and b"\0" in response.content:
        raise CommandError("This format is not text. Give a file with --output.")
    sys.stdout.flush()
    sys.stdout.buffer.write(response.content)
    if sys.stdout.isatty() and not response.content.endswith(b"\n"):
        sys.stdout.buffer.write(b"\n")
    sys.stdout.flush()


def _print_table(answer: Mapping[str, Any], columns: Sequence[str], *, is_chosen: bool) -> None:
    """Print the rows, what follows them in the answer, and what is not shown."""
    rows, width = answer["data"], _width()
    rest = {name: value for name, value in answer.items() if name not in ("data", "page")}
    following = (answer.get("page") or {}).get("next")
    parts = []
    notes = {}
    if len(rows) == 1:
        parts.append(as_blocks(rows, columns, width))
    elif rows:
        table = as_table(rows, columns, width, all_columns=is_chosen)
        parts.append(table.text)
        notes = {"in all rows": [f"{name}={value}" for name, value in table.same.items()]}
        notes["not shown"] = [*table.left_out]
    parts.append(as_blocks([rest], list(rest), width))
    notes = {name: values for name, values in notes.items() if values}
    parts.append(as_blocks([notes], list(notes), width))
    if "not shown" in notes:
        parts.append("--show chooses columns; --format csv and --format json have all of them.")
    number = f"{len(rows)} row{'s' * (len(rows) != 1)}."
    parts.append(f"{number} More follow: add --limit, or --format csv for all." if following else number)
    print_line("\n\n".join(part for part in parts if part))


def _width() -> int:
    return shutil.get_terminal_size().columns


COMMANDS_OF_REPORTS = command_names(REPORTS)
_NAMES = {one.path: name for name, one in COMMANDS_OF_REPORTS.items()}
for _name, _report in COMMANDS_OF_REPORTS.items():
    _takes_more = _report.query.model_config.get("extra") == "ignore"
    report.command(_name, context_settings={"allow_extra_args": _takes_more, "ignore_unknown_options": _takes_more})(
        _command(_report)
    )
