"""What the commands share: their settings, and the database they work with."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.runtime.bootstrap import engine_at, make_ready
from app.runtime.console import Steps
from app.settings import Settings, get_settings

T = TypeVar("T")

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder of the embedded server [env: PARLEY_DATA_DIR]")
]


def settings_of(**options: object) -> Settings:
    """The settings with these options, which go into the environment: workers are to read the same."""
    for name, value in options.items():
        if value is not None:
            os.environ[f"PARLEY_{name.upper()}"] = str(value)
    get_settings.cache_clear()
    return get_settings()


def on_ledger(
    url: str,
    settings: Settings,
    work: Callable[[AsyncEngine], Awaitable[T]],
    steps: Steps | None = None,
) -> T:
    """Do `work` on a database whose schema is this version's."""

    async def run() -> T:
        await make_ready(url, settings, steps or (lambda _: None))
        async with engine_at(url) as engine:
            return await work(engine)

    return asyncio.run(run())
