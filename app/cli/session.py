"""Helpers for the commands: load the settings, and run a command on the database."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.runtime.bootstrap import engine_at, ensure_schema
from app.runtime.console import Steps
from app.settings import Settings, get_settings

T = TypeVar("T")

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Folder of the embedded server [env: PARLEY_DATA_DIR]")
]


def load_settings(**options: object) -> Settings:
    """Load the settings. The given options override them and are also set in the environment, for the worker
    processes."""
    for name, value in options.items():
        if value is not None:
            os.environ[f"PARLEY_{name.upper()}"] = str(value)
    get_settings.cache_clear()
    return get_settings()


def run_with_engine(
    url: str,
    settings: Settings,
    work: Callable[[AsyncEngine], Awaitable[T]],
    steps: Steps | None = None,
) -> T:
    """Run `work` with an engine, after making sure that the schema of the database is current."""

    async def run() -> T:
        await ensure_schema(url, settings, steps or (lambda _: None))
        async with engine_at(url) as engine:
            return await work(engine)

    return asyncio.run(run())
