"""The application: combines settings, database, routes and middleware. The only module that imports everything."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.telemetry import TelemetryConfig
from starlette.types import Receive, Scope, Send

from app.history.change_routes import FeedChange
from app.history.change_routes import router as changes
from app.history.followers import Followers
from app.history.merging import Merge, make_merges, undoing
from app.history.routes import router as history
from app.history.webhooks.courier import Courier
from app.history.webhooks.delivery_routes import deliveries
from app.history.webhooks.routes import router as webhooks
from app.history.webhooks.schemas import WebhookChange, WebhookMessage, WebhookWrite
from app.history.webhooks.sender import Sender
from app.ingest.data_set_statement_routes import router as statements
from app.ingest.dossier_routes import router as dossiers
from app.ingest.dossier_schema import document_of
from app.ingest.garbage_collection import tune_garbage_collection
from app.ingest.profiles.routes import router as profiles
from app.ingest.routes import router as imports
from app.openapi.bodies import add_schemas, add_write_schemas, type_records
from app.openapi.document import finish
from app.openapi.introduction import EXAMPLES, GUIDE, SENTENCE, WHOLE_PROCESS, tags_of
from app.openapi.routes import make_router as make_documents
from app.reconcile.duplicate_routes import router as duplicates
from app.reconcile.duplicate_schemas import DuplicateDecision
from app.reconcile.duplicates import Duplicates
from app.reconcile.requests import ReconcileForm
from app.reconcile.routes import router as reconcile
from app.references.vocabularies import VOCABULARIES, make_terms
from app.references.vocabularies import router as vocabularies
from app.registry import REPORTS, RESOURCES
from app.releases.head_routes import make_descriptions
from app.releases.routes import make_publishing
from app.releases.routes import router as releases
from app.releases.schemas import ReleaseChange, ReleaseWrite
from app.resources.batch_get import PartialBatch, add_batch
from app.resources.report import make_reports
from app.resources.resource import Resource, add_reads
from app.resources.write_routes import add_writes
from app.runtime.ledger import ApiKeyCache, Ledger, open_ledger
from app.runtime.worker import exit_with_parent, on_shutdown_signal, shorten_switch_interval
from app.schemas.pages import PartialPage, Plan
from app.search.routes import make_search
from app.settings import Settings, get_settings
from app.version import VERSION
from app.web.access import router as access
from app.web.compression import Compressing
from app.web.docs import make_router as make_docs
from app.web.etags import Tags
from app.web.fast_routes import FastRouter
from app.web.middleware import CacheFastPath, RequestMiddleware
from app.web.problem_pages import page_of_problem
from app.web.problem_pages import router as problem_pages
from app.web.problem_responses import install_errors
from app.web.read_response import Marks
from app.web.response_cache import Caching, ResponseCache
from app.web.routing import check_query
from app.web.upload_stream import Bounds

T = TypeVar("T")


class Application(FastAPI):
    """FastAPI with a fast path for cached responses: the layers around a route cost as much time as the route
    itself."""

    short: CacheFastPath | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if self.short is None or scope["type"] != "http" or not await self.short(scope, send):
            await super().__call__(scope, receive, send)


def _routes_of(collection: Resource) -> APIRouter:
    """The seven routes of a resource: list, read, batch-get, create, put, revise, withdraw."""
    router = FastRouter(f"/v1/{collection.name}", [collection.name])
    add_reads(router, collection)
    add_batch(router, collection.read_spec, collection.title)
    add_writes(router, collection)
    return router


# Created once: they do not depend on an application, and creating them takes a third of a second.
_COLLECTIONS = [_routes_of(collection) for collection in RESOURCES]
_REPORTS, _MERGES, _PUBLISHING = make_reports(REPORTS), make_merges(RESOURCES), make_publishing(RESOURCES)
_DESCRIPTIONS, _TERMS, _SEARCH = make_descriptions(RESOURCES), make_terms(RESOURCES), make_search(RESOURCES)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the application with these settings, or those of the environment. The database is opened at startup."""
    settings = settings or get_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        exit_with_parent()
        async with open_ledger(settings, RESOURCES) as ledger:
            serve_from(app, ledger)
            tune_garbage_collection()
            shorten_switch_interval()
            with on_shutdown_signal(ledger.watch.close):
                async with app.state.courier.working():
                    yield

    app = Application(
        title="Parley",
        version=VERSION,
        summary=SENTENCE,
        # Creating the document takes a second, so separate routes create it once, in a thread.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry=_telemetry(),
        dependencies=[Depends(check_query)],
        contact={"name": "Parley maintainers"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.state.settings = settings
    app.state.max_body_bytes = settings.max_body_bytes
    app.state.max_dossier_bytes = settings.max_dossier_bytes
    app.state.dossier_records_max = settings.dossier_records_max
    # Each export or comparison occupies a connection of the writer, and the event loop between statements.
    app.state.exports = asyncio.Semaphore(2)
    app.state.comparisons = asyncio.Semaphore(1)
    app.state.import_bounds = Bounds(settings.import_max_bytes, settings.max_body_bytes, settings.import_idle_seconds)
    app.state.import_places = asyncio.Semaphore(settings.imports_at_once)
    app.state.followers = Followers(settings.followers_at_once)
    app.state.idempotency_hours = settings.idempotency_hours
    app.state.read_access = settings.read_access
    app.state.public_url = settings.public_url
    for router in _COLLECTIONS:
        app.include_router(router)
    # First, because `/v1/releases/{older}..{newer}` also matches the route of one release.
    app.include_router(_REPORTS)
    app.include_router(vocabularies)
    app.include_router(_TERMS)
    app.include_router(imports)
    app.include_router(profiles)
    app.include_router(statements)
    app.include_router(history)
    app.include_router(changes)
    app.include_router(_MERGES)
    app.include_router(undoing)
    app.include_router(webhooks)
    app.include_router(deliveries)
    app.include_router(_PUBLISHING)
    app.include_router(releases)
    app.include_router(_DESCRIPTIONS)
    app.include_router(dossiers)
    app.include_router(_SEARCH)
    app.include_router(reconcile)
    app.include_router(duplicates)
    app.include_router(access)
    app.include_router(problem_pages)

    async def ready() -> None:
        await app.state.ledger.check()

    app.include_router(
        make_docs(
            sentence=SENTENCE,
            examples=EXAMPLES,
            ready=ready,
            version=VERSION,
            whole=WHOLE_PROCESS,
            collections=[one.name for one in RESOURCES],
            vocabularies=VOCABULARIES,
        )
    )
    app.include_router(make_documents(lambda: app.openapi(), EXAMPLES))
    _describe_message(app)
    install_errors(app, page_of_problem)
    kept = app.state.kept = ResponseCache(settings.cache_bytes, is_public=settings.read_access == "public")
    app.state.shared_seconds, app.state.stale_seconds = settings.cache_shared_seconds, settings.cache_stale_seconds
    app.add_middleware(Compressing)
    app.add_middleware(Caching, kept=kept)
    app.short = CacheFastPath(kept, settings.cors_origins)
    app.add_middleware(
        RequestMiddleware,
        max_url_bytes=settings.max_url_bytes,
        max_parameter_chars=settings.max_parameter_chars,
        cors_origins=settings.cors_origins,
        reading_posts=r"/v1/(\w+/batch-get|reconcile)",
        public_url=settings.public_url,
    )

    app.openapi = one_at_a_time(lambda: _openapi(app, settings))  # type: ignore[method-assign]
    return app


def one_at_a_time(make: Callable[[], T]) -> Callable[[], T]:
    """Wrap a function so that only one thread runs it at a time; the next one then finds what it has cached."""
    lock = threading.Lock()

    def made() -> T:
        with lock:
            return make()

    return made


def _describe_message(app: FastAPI) -> None:
    """Add the messages to webhook receivers to the OpenAPI document."""

    @app.webhooks.post("changes", operation_id="receiveChanges", summary="Receive changes", tags=["webhooks"])
    async def receive(message: WebhookMessage) -> None:
        """Parley sends this request to the URL of each webhook. Any response with a status from 200 to 299 accepts
        it."""


def serve_from(app: FastAPI, ledger: Ledger) -> None:
    """Make the routes use this database."""
    app.state.ledger = ledger
    app.state.reader = ledger.reader
    app.state.writer = ledger.writer
    app.state.key_store = ApiKeyCache(ledger.engine)
    app.state.duplicates = Duplicates()
    state, kept = app.state, app.state.kept
    chosen: Settings = state.settings
    sender = Sender(chosen.webhook_timeout_seconds, private=chosen.webhooks_private)
    state.courier = Courier(ledger.writer, ledger.reader, ledger.watch, sender, chosen)
    marks = Marks(Tags(ledger.identity), kept.is_public, state.shared_seconds, state.stale_seconds)
    state.marks = marks
    kept.serve_from(ledger.watch, marks)


def _telemetry() -> TelemetryConfig:
    """Enable OpenTelemetry only if one of its environment variables is set.

    Otherwise FastAPI looks for it at every request, which takes as long as a lookup in the response cache."""
    is_set_up = any(name.startswith(("OTEL_", "FASTAPI_OTEL_")) for name in os.environ)
    return {"tracing": is_set_up, "metrics": is_set_up, "logs": is_set_up}


def _openapi(app: FastAPI, settings: Settings) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=GUIDE,
            routes=app.routes,
            webhooks=app.webhooks.routes,
            tags=tags_of(RESOURCES),
            license_info=app.license_info,
            contact=app.contact,
        )
        # How a receiver responds to an invalid message is not specified.
        for described in document["webhooks"].values():
            described["post"]["responses"].pop("422")
        add_write_schemas(document, RESOURCES, document_of(collection.kind for collection in RESOURCES))
        type_records(document, FeedChange, "record", RESOURCES)
        add_schemas(
            document,
            ReconcileForm,
            Merge,
            DuplicateDecision,
            WebhookWrite,
            WebhookChange,
            ReleaseWrite,
            ReleaseChange,
            Plan,
            PartialPage,
            PartialBatch,
        )
        app.openapi_schema = finish(
            document, RESOURCES, read_access=settings.read_access, server=settings.public_url or "/"
        )
    return app.openapi_schema


app = create_app()
