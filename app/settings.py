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
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.setting_types import Networks, Origins


def _default_data_dir() -> Path:
    return user_data_path("parley", appauthor=False)


class Settings(BaseSettings):
    """The settings of one process. Frozen: they do not change after the start."""

    model_config = SettingsConfigDict(
        env_prefix="PARLEY_", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "PARLEY_DATABASE_URL"),
        repr=False,
        description="URL of a PostgreSQL server (version 15 or later), `postgresql://user:password@host/database`; "
        "if it is not set, Parley runs the embedded server.",
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
    pool_wait_ms: int = Field(
        default=2_000,
        ge=1,
        le=60_000,
        description="Milliseconds that a read waits for a free database connection before it gets 503 with"
        " `Retry-After`.",
    )
    lists_at_once: int = Field(
        default=64,
        ge=1,
        description="Maximum number of cheap reads (single records, lists without search) that each worker handles at the"
        " same time; further reads wait in a queue.",
    )
    searches_at_once: int | None = Field(
        default=None,
        ge=1,
        description="The same for lists with `q`, `facets`, `count`, `state` and similar parameters, and for searches;"
        " default: a quarter of `PARLEY_POOL_SIZE`.",
    )
    reports_at_once: int | None = Field(
        default=None, ge=1, description="The same for reports; default: a quarter of `PARLEY_POOL_SIZE`."
    )
    exports_at_once: int | None = Field(
        default=None,
        ge=1,
        description="The same for exports: lists in other formats than JSON, dossiers, and files of releases; default:"
        " half of `PARLEY_POOL_SIZE`.",
    )
    writes_at_once: int = Field(default=16, ge=1, description="The same for writes, without imports.")
    queue_places: int = Field(
        default=32,
        ge=0,
        description="Maximum number of requests that wait in the queue of each of these classes; further requests get"
        " 503 with `Retry-After`.",
    )
    queue_seconds: float = Field(
        default=5,
        gt=0,
        le=300,
        description="Seconds that a request waits in the queue of its class before it gets 503 with `Retry-After`.",
    )
    address_share: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Share of the places and of the queue of searches, reports and exports that the clients of one"
        " address may occupy (of IPv6, one /64 network).",
    )
    send_seconds: float = Field(
        default=30,
        gt=0,
        le=3_600,
        description="Seconds within which a client must accept the next 64 KiB of a response before it is disconnected.",
    )
    trusted_proxies: Networks = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks, separated by commas, of the proxies whose `X-Forwarded-For` and"
        " `X-Forwarded-Proto` are believed; all others are ignored.",
    )
    statement_timeout_ms: int = Field(
        default=5_000, ge=1, description="Milliseconds after which a single SQL statement is canceled."
    )
    lock_timeout_ms: int = Field(
        default=2_000,
        ge=1,
        description="Milliseconds that a write waits for another write before it is rejected.",
    )
    max_body_bytes: int = Field(
        default=1_048_576, ge=1_024, description="Maximum size of a request body, in bytes (1 MiB)."
    )
    max_dossier_bytes: int = Field(
        default=33_554_432, ge=1_024, description="Maximum size of a dossier in one request, in bytes (32 MiB)."
    )
    dossier_records_max: int = Field(
        default=25_000,
        ge=1,
        description="Maximum number of records in a dossier; in an exported dossier, citations are counted too.",
    )
    import_max_bytes: int = Field(
        default=2_147_483_648, ge=1_024, description="Maximum size of an import, in bytes after decompression (2 GiB)."
    )
    import_idle_seconds: float = Field(
        default=60,
        gt=0,
        le=3_600,
        description="Seconds after which an import is ended if the client stops sending or reading.",
    )
    imports_at_once: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Maximum number of simultaneous imports in one worker; further requests get 503 with"
        " `Retry-After`.",
    )
    idempotency_hours: float = Field(
        default=24,
        gt=0,
        le=8_760,
        description="Hours for which the response to a write with an `Idempotency-Key` is stored.",
    )
    followers_at_once: int = Field(
        default=1_000,
        ge=1,
        description="Maximum number of clients that wait for changes in each worker; further requests get 503 with"
        " `Retry-After`.",
    )
    followers_per_address: int = Field(
        default=100,
        ge=1,
        description="Maximum number of clients of one address that wait for changes in each worker (of IPv6, one /64"
        " network).",
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
    max_url_bytes: int = Field(
        default=16_384, ge=256, description="Maximum length of the path and query of a request, in bytes."
    )
    max_parameter_chars: int = Field(
        default=8_000, ge=16, description="Maximum length of the value of one query parameter, in characters."
    )
    include_depth_max: int = Field(default=4, ge=1, le=8, description="Maximum depth of a path in `include`.")
    include_cost_max: int = Field(
        default=100_000,
        ge=500,
        description="Estimated maximum number of records that the `include` parameter may add to one response.",
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
    public_url: str | None = Field(default=None, description="Public base URL of Parley, if it is behind a proxy.")

    @field_validator("database_url")
    @classmethod
    def _normalize_database_url(cls, value: str | None) -> str | None:
        """Normalize URL schemes that hosting providers and libraries use to `postgresql://`."""
        if value is None or not value.strip():
            return None
        scheme, separator, rest = value.strip().partition("://")
        if not separator or not re.fullmatch(r"postgres(ql)?(\+\w+)?", scheme):
            raise ValueError("must begin with postgresql://")
        return f"postgresql://{rest}"

    @field_validator("data_dir")
    @classmethod
    def _absolute_data_dir(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("log_level", mode="before")
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
