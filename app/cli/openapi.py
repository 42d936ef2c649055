"""`parley openapi`: writes the OpenAPI document."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.main import app


def openapi(
    file: Annotated[Path | None, typer.Argument(help="File to write [default: standard output]")] = None,
) -> None:
    """Write the OpenAPI document. Needs no database."""
    text = json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")
