"""The settings of Parley with their defaults and descriptions, read once from environment variables.

The environment variable `PARLEY_POOL_SIZE` sets the field `pool_size`, and so on. `DATABASE_URL` also sets the
database.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from app.settings.limits import LimitSettings
from app.settings.types import DatabaseUrl, Origins, Ports


def _default_data_dir() -> Path:
    return user_data_path("parley", appauthor=False)


class Settings(LimitSettings):
    """The settings of one process. Frozen: they do not change after the start."""

    model_config = SettingsConfigDict(
        env_prefix="PARLEY_", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    database_url: DatabaseUrl = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "PARLEY_DATABASE_URL"),
        repr=False,
        description="URL of a PostgreSQL server (version 15 or later), `postgresql://user:password@host/database`; "
        "if it is not set, Parley runs the embedded server.",
    )
    database_reader_url: DatabaseUrl = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_READER_URL", "PARLEY_DATABASE_READER_URL"),
        repr=False,
        description="URL of the same database for reading, as a role with fewer rights (`parley db roles`); if it is not"
        " set, reads use `DATABASE_URL`.",
    )
    data_dir: Path = Field(
        default_factory=_default_data_dir,
        description="Folder for the data of the embedded server and the local admin key; not accessible to other"
        " users.",
    )
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; `0.0.0.0` makes Parley reachable from the network."
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 = any free port.")
    workers: int = Field(default=1, ge=1, le=64, description="Number of worker processes.")
    read_access: Literal["public", "key"] = Field(
        default="public",
        description="Who may read: `public` = everybody, `key` = only clients with an API key of scope `read`.",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        le=500,
        description="Database connections for reading in each worker. In addition there are half as many for `as_of`,"
        " half as many for `known_by`, and a quarter each for both together, for `known_to`, and for `known_to` with `as_of`;"
        " and two for the newest revision and `/readyz`.",
    )
    statement_timeout_ms: int = Field(
        default=5_000, ge=1, description="Milliseconds after which a single SQL statement is canceled."
    )
    lock_timeout_ms: int = Field(
        default=2_000,
        ge=1,
        description="Milliseconds that a write waits for another write before it is rejected.",
    )
    idempotency_hours: float = Field(
        default=24,
        gt=0,
        le=8_760,
        description="Hours for which the response to a write with an `Idempotency-Key` is stored.",
    )
    webhooks_at_once: int = Field(
        default=8,
        ge=0,
        le=100,
        description="Maximum number of webhooks that each worker delivers to at the same time; 0 = deliver none.",
    )
    webhooks_private: bool = Field(
        default=False,
        description="Whether webhooks may use private addresses and plain http, for receivers in your own network.",
    )
    webhook_ports: Ports | None = Field(
        default=None,
        description="Ports that webhooks may use, separated by commas; if it is not set, 443 and 8443, or all ports with"
        " `PARLEY_WEBHOOKS_PRIVATE`.",
    )
    webhook_timeout_seconds: float = Field(
        default=15, gt=0, le=120, description="Seconds within which the receiver of a webhook must respond."
    )
    webhook_give_up_hours: float = Field(
        default=48,
        gt=0,
        le=720,
        description="Hours for which a failing delivery is repeated before its webhook is paused.",
    )
    webhook_log_days: float = Field(
        default=30, gt=0, le=3_650, description="Days for which the log of webhook deliveries is stored."
    )
    webhook_log_most: int = Field(
        default=1_000, ge=1, le=1_000_000, description="Maximum number of deliveries in the log of one webhook."
    )
    slow_ms: int = Field(
        default=1_000,
        ge=1,
        description="Milliseconds after which a SQL statement is logged as slow, with its statement key but without"
        " values.",
    )
    cache_bytes: int = Field(
        default=67_108_864,
        ge=0,
        description="Size of the response cache of each worker, in bytes (64 MiB); 0 = no cache.",
    )
    cache_staleness_ms: int = Field(
        default=200,
        ge=0,
        le=60_000,
        description="Milliseconds by which a response may lag behind a write by another process; a worker's own writes"
        " are visible immediately.",
    )
    cache_shared_seconds: int = Field(
        default=0,
        ge=0,
        le=31_536_000,
        description="Seconds for which a CDN may cache responses without revalidating them; 0 = none.",
    )
    cache_stale_seconds: int = Field(
        default=0,
        ge=0,
        le=31_536_000,
        description="Additional seconds for which a CDN may send a stale response while it revalidates it.",
    )
    cors_origins: Origins = Field(
        default=("*",),
        description="Web origins (CORS), separated by commas, whose pages may read and write; `*` = pages of all"
        " origins may read.",
    )
    cursor_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Key that signs page cursors; if it is not set, a key is generated and stored in the database.",
    )
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        default="info", description="Minimum level of messages that are logged."
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        description="Format of the log: `text` = `key=value` pairs, `json` = one JSON object on each line.",
    )
    metrics: Literal["off", "local", "key", "public"] = Field(
        default="local",
        description="Who may read `/metrics`: `local` = programs on this machine that connect directly, and admin keys;"
        " `key` = only admin keys; `public` = everybody; `off` = nobody.",
    )
    server_timing: bool = Field(
        default=False,
        description="Whether responses that do not come from the cache have the header `Server-Timing`, with the time in"
        " total, with the database, and in queues.",
    )
    public_url: str | None = Field(default=None, description="Public base URL of Parley, if it is behind a proxy.")

    @field_validator("data_dir")
    @classmethod
    def _absolute_data_dir(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("log_level", "log_format", "metrics", mode="before")
    @classmethod
    def _lower_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/]", value):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read from the environment at the first call."""
    return Settings()
