"""Every knob of Parley: its default, and one sentence on what it does. Read once, from the environment.

A field `pool_size` is set by `PARLEY_POOL_SIZE`; the database also by the customary `DATABASE_URL`.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _default_data_dir() -> Path:
    return user_data_path("parley", appauthor=False)


class Settings(BaseSettings):
    """The settings of one process; frozen, so what was read at the start holds until the end."""

    model_config = SettingsConfigDict(
        env_prefix="PARLEY_", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "PARLEY_DATABASE_URL"),
        repr=False,
        description="PostgreSQL 15 or newer to use, as `postgresql://user:password@host/database`; "
        "without it the embedded server runs.",
    )
    data_dir: Path = Field(
        default_factory=_default_data_dir,
        description="Folder of the embedded server's data and of the local admin key, closed to other users.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 opens Parley to the network.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    workers: int = Field(default=1, ge=1, le=64, description="Processes that answer requests.")
    read_access: Literal["public", "key"] = Field(
        default="public",
        description="Who may read: `public` = everybody, `key` = holders of a key with scope `read`.",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        le=500,
        description="Database connections for reading, in each worker; half as many more where the past is asked for, half"
        " as many where `known_by` is, a quarter where both are.",
    )
    statement_timeout_ms: int = Field(
        default=5_000, ge=1, description="Milliseconds after which a single SQL statement is given up."
    )
    lock_timeout_ms: int = Field(
        default=2_000,
        ge=1,
        description="Milliseconds that a write waits for another write before it is refused.",
    )
    max_body_bytes: int = Field(default=1_048_576, ge=1_024, description="Largest request body, in bytes (1 MiB).")
    max_dossier_bytes: int = Field(
        default=33_554_432, ge=1_024, description="Largest dossier that is taken in one request, in bytes (32 MiB)."
    )
    dossier_records_max: int = Field(
        default=25_000,
        ge=1,
        description="Records that one dossier may hold; of one that is asked for, citations count, too.",
    )
    import_max_bytes: int = Field(
        default=2_147_483_648, ge=1_024, description="Largest body of an import, in bytes and unpacked (2 GiB)."
    )
    import_idle_seconds: float = Field(
        default=60,
        gt=0,
        le=3_600,
        description="Seconds for which an import waits for a client that stops sending, or reading.",
    )
    imports_at_once: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Imports that one worker takes at the same time; others are told to come back.",
    )
    idempotency_hours: float = Field(
        default=24,
        gt=0,
        le=8_760,
        description="Hours for which the answer to a write with an `Idempotency-Key` is kept.",
    )
    followers_at_once: int = Field(
        default=1_000,
        ge=1,
        description="Clients that may wait for changes at each worker at the same time; others are told to come back.",
    )
    webhooks_at_once: int = Field(
        default=8,
        ge=0,
        le=100,
        description="Webhooks that each worker delivers to at the same time; 0 = it delivers none.",
    )
    webhooks_private: bool = Field(
        default=False,
        description="Whether webhooks may lead to private addresses and use plain http: for receivers in your own network.",
    )
    webhook_timeout_seconds: float = Field(
        default=15, gt=0, le=120, description="Seconds that the receiver of a webhook has to answer."
    )
    webhook_give_up_hours: float = Field(
        default=48,
        gt=0,
        le=720,
        description="Hours for which a delivery that fails is tried again; then its webhook is paused.",
    )
    webhook_log_days: float = Field(
        default=30, gt=0, le=3_650, description="Days for which the log of deliveries is kept."
    )
    webhook_log_most: int = Field(
        default=1_000, ge=1, le=1_000_000, description="Deliveries of one webhook that its log keeps at the most."
    )
    max_url_bytes: int = Field(default=16_384, ge=256, description="Longest path and query of a request, in bytes.")
    max_parameter_chars: int = Field(
        default=8_000, ge=16, description="Longest value of one query parameter, in characters."
    )
    include_depth_max: int = Field(
        default=4, ge=1, le=8, description="How many steps deep one path of `include` may reach."
    )
    include_cost_max: int = Field(
        default=100_000, ge=500, description="Records that the includes of one answer may lead to, as estimated."
    )
    slow_ms: int = Field(
        default=1_000, ge=1, description="Milliseconds after which a statement is logged, with its shape and no value."
    )
    cache_bytes: int = Field(
        default=67_108_864,
        ge=0,
        description="Memory of each worker for answers that may be asked for again, in bytes (64 MiB); 0 = none.",
    )
    cache_staleness_ms: int = Field(
        default=200,
        ge=0,
        le=60_000,
        description="Milliseconds that an answer may lag behind a write of another process; of its own it never does.",
    )
    cache_shared_seconds: int = Field(
        default=0, ge=0, le=31_536_000, description="Seconds for which a CDN may answer reads without asking; 0 = none."
    )
    cache_stale_seconds: int = Field(
        default=0,
        ge=0,
        le=31_536_000,
        description="Seconds more for which a CDN may send the old answer while it asks for the new one.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("*",),
        description="Web origins, separated by commas, whose pages may read and write; `*` = pages of all origins may read.",
    )
    cursor_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Key that signs page cursors; without it one is made and kept in the database.",
    )
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        default="info", description="Least important messages that are still logged."
    )
    public_url: str | None = Field(
        default=None, description="Address under which users reach Parley, if a proxy stands in front of it."
    )

    @field_validator("database_url")
    @classmethod
    def _plain_database_url(cls, value: str | None) -> str | None:
        """Bring the spellings that hosts and libraries use to `postgresql://`."""
        if value is None or not value.strip():
            return None
        scheme, separator, rest = value.strip().partition("://")
        if not separator or not re.fullmatch(r"postgres(ql)?(\+\w+)?", scheme):
            raise ValueError("must begin with postgresql://")
        return f"postgresql://{rest}"

    @field_validator("data_dir")
    @classmethod
    def _whole_data_dir(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what no browser sends as an origin, since no page would ever match it; and `null`, which all may send."""
        for origin in value:
            if origin != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/?#@*A-Z\s]+", origin):
                raise ValueError(f"{origin!r} must be * or an origin such as https://app.example.org, in small letters")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _no_closing_slash(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/]", value):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read from the environment at the first call."""
    return Settings()
