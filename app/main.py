"""The application: combines settings, database, routes and middleware. The only module that imports everything."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import Receive, Scope, Send

from app.api_keys.routes import router as api_keys
from app.history.change_routes import router as changes
from app.history.followers import Followers
from app.history.merging import make_merges, undoing
from app.history.routes import router as history
from app.history.webhooks.courier import Courier
from app.history.webhooks.delivery_routes import deliveries
from app.history.webhooks.routes import router as webhooks
from app.history.webhooks.sender import Sender
from app.ingest.data_set_statement_routes import router as statements
from app.ingest.dossier_routes import router as dossiers
from app.ingest.garbage_collection import tune_garbage_collection
from app.ingest.profiles.routes import router as profiles
from app.ingest.routes import router as imports
from app.openapi.generation import describe_message, generate, one_at_a_time
from app.openapi.introduction import EXAMPLES, SENTENCE, WHOLE_PROCESS
from app.openapi.routes import make_openapi_router
from app.reconcile.dismissal_routes import router as dismissals
from app.reconcile.duplicate_routes import router as duplicates
from app.reconcile.duplicates import Duplicates
from app.reconcile.routes import router as reconcile
from app.references.vocabularies import VOCABULARIES, make_terms
from app.references.vocabularies import router as vocabularies
from app.registry import REPORTS, RESOURCES
from app.releases.description_routes import router as release_descriptions
from app.releases.file_routes import router as release_files
from app.releases.head_routes import make_descriptions
from app.releases.publishing_routes import make_publishing
from app.releases.routes import router as releases
from app.resources.batch_get import add_batch
from app.resources.read_routes import read_routes
from app.resources.report_routes import make_reports
from app.resources.resource import Resource
from app.resources.routes import add_routes
from app.resources.write_routes import write_routes
from app.runtime.ledger import Ledger, open_ledger
from app.runtime.metrics import MEDIA_TYPE, Metrics
from app.runtime.state import ApplicationState
from app.runtime.worker import exit_with_parent, on_shutdown_signal, shorten_switch_interval
from app.search.routes import make_search
from app.settings import Settings, get_settings
from app.version import VERSION
from app.web.access import router as access
from app.web.admission import AdmissionMiddleware
from app.web.cache_fast_path import CacheFastPath
from app.web.caching import CachingMiddleware
from app.web.compression import CompressionMiddleware
from app.web.docs import make_docs_router
from app.web.error_handlers import install_errors
from app.web.etags import Tags
from app.web.fast_routes import FastRouter
from app.web.metrics import make_metrics_router
from app.web.middleware import RequestMiddleware
from app.web.places import Places
from app.web.problem_pages import problem_page
from app.web.problem_pages import router as problem_pages
from app.web.read_response import CachePolicy
from app.web.request_classes import RequestClass
from app.web.response_cache import ResponseCache
from app.web.routing import check_query
from app.web.state import install_state
from app.web.upload_stream import UploadLimits


class Application(FastAPI):
    """FastAPI with a fast path for cached responses.

    The path bypasses the layers around a route, which take as much time as the route itself.
    """

    fast_path: CacheFastPath | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if self.fast_path is None or scope["type"] != "http" or not await self.fast_path(scope, send):
            await super().__call__(scope, receive, send)


def _routes_of(resource: Resource) -> APIRouter:
    """The seven routes of a resource: list, read, batch-get, create, put, revise, withdraw."""
    router = FastRouter(f"/v1/{resource.name}", [resource.name])
    add_routes(router, read_routes(resource))
    add_batch(router, resource.read_spec, resource.title)
    add_routes(router, write_routes(resource))
    return router


# The routers are created once, because they do not depend on an application and take a third of a second to create.
_RESOURCE_ROUTERS = [_routes_of(resource) for resource in RESOURCES]
_REPORTS, _MERGES, _PUBLISHING = make_reports(REPORTS), make_merges(RESOURCES), make_publishing(RESOURCES)
_DESCRIPTIONS, _TERMS, _SEARCH = make_descriptions(RESOURCES), make_terms(RESOURCES), make_search(RESOURCES)
_ROUTERS = (
    *_RESOURCE_ROUTERS,
    # The reports come before `_PUBLISHING`, because `/v1/releases/{older}..{newer}` also matches the route of one
    # release.
    _REPORTS,
    vocabularies,
    _TERMS,
    imports,
    profiles,
    statements,
    history,
    changes,
    _MERGES,
    undoing,
    webhooks,
    deliveries,
    _PUBLISHING,
    releases,
    release_descriptions,
    release_files,
    _DESCRIPTIONS,
    dossiers,
    _SEARCH,
    reconcile,
    duplicates,
    dismissals,
    api_keys,
    access,
    problem_pages,
)
#: Paths where POST only reads. Pages from other origins may send these requests.
_READING_POSTS = r"/v1/(\w+/batch-get|reconcile)"


def create_app(settings: Settings | None = None) -> FastAPI:
    """Create the application with these settings, or with the settings from the environment if none are given.

    The database is opened at startup.
    """
    settings = settings or get_settings()
    state = _make_state(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        exit_with_parent()
        async with open_ledger(settings, RESOURCES) as ledger:
            serve_from(app, ledger)
            tune_garbage_collection()
            shorten_switch_interval()
            with on_shutdown_signal(ledger.watch.close):
                async with state.part(Courier).working():
                    yield

    async def ready() -> None:
        await state.ledger.check()

    app = Application(
        title="Parley",
        version=VERSION,
        summary=SENTENCE,
        # Generating the OpenAPI document takes a second. Separate routes generate it once, in a thread.
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
    install_state(app, state)
    metrics = Metrics(state)
    for router in (
        *_ROUTERS,
        _make_docs(ready),
        make_openapi_router(lambda: app.openapi(), EXAMPLES),
        make_metrics_router(settings.metrics, metrics.prepare, metrics.render, MEDIA_TYPE),
    ):
        app.include_router(router)
    describe_message(app)
    install_errors(app)
    _add_middleware(app, state)
    app.openapi = one_at_a_time(lambda: generate(app, RESOURCES, settings))  # type: ignore[method-assign]
    return app


def _make_state(settings: Settings) -> ApplicationState:
    is_public = settings.read_access == "public"
    state = ApplicationState(
        is_public=is_public,
        public_url=settings.public_url,
        problem_page=problem_page,
        settings=settings,
        body_seconds=settings.body_timeout_seconds,
        max_body_bytes=settings.max_body_bytes,
        max_dossier_bytes=settings.max_dossier_bytes,
        dossier_records_max=settings.dossier_records_max,
        idempotency_hours=settings.idempotency_hours,
        import_bounds=UploadLimits(settings.import_max_bytes, settings.max_body_bytes, settings.import_idle_seconds),
        import_places=Places("imports", settings.imports_at_once, seconds=10),
        response_cache=ResponseCache(settings.cache_bytes, is_public=is_public),
        request_places=_make_places(settings),
    )
    state.add(Followers(settings.followers_at_once, settings.followers_per_address))
    return state


def _make_docs(ready: Callable[[], Awaitable[None]]) -> APIRouter:
    return make_docs_router(
        sentence=SENTENCE,
        examples=EXAMPLES,
        ready=ready,
        version=VERSION,
        whole=WHOLE_PROCESS,
        collections=[one.name for one in RESOURCES],
        vocabularies=VOCABULARIES,
    )


def _add_middleware(app: Application, state: ApplicationState) -> None:
    """Add the middleware, the innermost first."""
    settings, cache, metrics = state.settings, state.response_cache, state.request_metrics
    app.add_middleware(CompressionMiddleware)
    app.add_middleware(AdmissionMiddleware, places=state.request_places, send_seconds=settings.send_seconds)
    app.add_middleware(CachingMiddleware, cache=cache)
    app.add_middleware(
        RequestMiddleware,
        max_url_bytes=settings.max_url_bytes,
        max_parameter_chars=settings.max_parameter_chars,
        cors_origins=settings.cors_origins,
        reading_posts=_READING_POSTS,
        public_url=settings.public_url,
        metrics=metrics,
        server_timing=settings.server_timing,
    )
    app.fast_path = CacheFastPath(cache, settings.cors_origins, metrics)


def _make_places(settings: Settings) -> dict[RequestClass, Places]:
    """The places of each class. Those of the expensive classes follow the size of the pool from which they read."""
    quarter, half = max(1, settings.pool_size // 4), max(1, settings.pool_size // 2)
    numbers = {
        RequestClass.LIST: ("reads", settings.lists_at_once),
        RequestClass.SEARCH: ("searches", settings.searches_at_once or quarter),
        RequestClass.REPORT: ("reports", settings.reports_at_once or quarter),
        RequestClass.EXPORT: ("exports", settings.exports_at_once or half),
        RequestClass.WRITE: ("writes", settings.writes_at_once),
    }
    return {
        request_class: Places(
            noun,
            most,
            waiting=settings.queue_places,
            seconds=settings.queue_seconds,
            per_address=max(1, int((most + settings.queue_places) * settings.address_share))
            if request_class.is_expensive
            else None,
        )
        for request_class, (noun, most) in numbers.items()
    }


def serve_from(app: FastAPI, ledger: Ledger) -> None:
    """Make the routes use this database."""
    state: ApplicationState = app.state  # type: ignore[assignment]
    settings = state.settings
    state.ledger = ledger
    state.reader, state.writer, state.head_watcher = ledger.reader, ledger.writer, ledger.watch
    state.key_store = ledger.keys
    state.add(Duplicates())
    sender = Sender(settings.webhook_timeout_seconds, private=settings.webhooks_private, ports=settings.webhook_ports)
    state.add(Courier(ledger.writer, ledger.reader, ledger.watch, sender, settings))
    state.cache_policy = CachePolicy(
        Tags(ledger.identity), state.is_public, settings.cache_shared_seconds, settings.cache_stale_seconds
    )
    state.response_cache.serve_from(ledger.watch, state.cache_policy)


def _telemetry() -> TelemetryConfig:
    """Enable OpenTelemetry only if one of its environment variables is set.

    Otherwise FastAPI looks for OpenTelemetry at every request, which takes as long as a lookup in the response
    cache."""
    is_set_up = any(name.startswith(("OTEL_", "FASTAPI_OTEL_")) for name in os.environ)
    return {"tracing": is_set_up, "metrics": is_set_up, "logs": is_set_up}


app = create_app()
