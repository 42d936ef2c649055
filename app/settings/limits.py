"""The settings that bound connections, requests and their bodies."""

from pydantic import Field
from pydantic_settings import BaseSettings

from app.settings.types import Networks


class LimitSettings(BaseSettings):
    """How much of the server one request, one client, and all of them together may use."""

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
    connections_max: int = Field(
        default=2_000,
        ge=16,
        le=1_000_000,
        description="Maximum number of open connections of clients in each worker. A new connection takes the place of the"
        " one that has waited longest for a request; if all have a request in progress, it gets 503.",
    )
    connections_per_address: int = Field(
        default=200,
        ge=1,
        description="Maximum number of these connections that one address may have (IPv6: one /64 network); further"
        " connections get 429. Does not apply to proxies.",
    )
    max_head_bytes: int = Field(
        default=32_768,
        ge=2_048,
        description="Maximum size of the request line and the headers of a request, in bytes (32 KiB).",
    )
    max_headers: int = Field(default=100, ge=20, description="Maximum number of headers of a request.")
    head_timeout_seconds: float = Field(
        default=15,
        gt=0,
        le=300,
        description="Seconds within which the request line and the headers must arrive after the connection was opened or"
        " the last response was sent.",
    )
    body_timeout_seconds: float = Field(
        default=30,
        gt=0,
        le=3_600,
        description="Seconds within which a request body must arrive, plus one second for each KiB received. Imports have"
        " `PARLEY_IMPORT_IDLE_SECONDS` instead.",
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
