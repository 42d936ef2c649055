"""A tiny application with every way to fail, and a client for it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

import httpx
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import StreamingResponse

from app.db.vocabulary import Scope
from app.domain.api_keys import KeyRefusal
from app.errors import ApiError, ProblemType, Violation
from app.openapi.document import finish
from app.web.access import Principal, digest, new_api_key, require
from app.web.docs import make_docs_router
from app.web.error_handlers import install_errors
from app.web.examples import Example
from app.web.json_body import read_json
from app.web.middleware import RequestMiddleware
from app.web.problem_pages import router as problem_pages
from app.web.problem_responses import problems
from app.web.routing import check_query
from app.web.state import WebState, install_state
from app.web.validation import violations_of_body

READER, WRITER = new_api_key(), new_api_key()


class Act(StrEnum):
    DEMAND = "demand"
    OFFER = "offer"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Quantity(Strict):
    kind: Literal["quantity"] = "quantity"
    value: float


class Range(Strict):
    kind: Literal["range"]
    low: int
    high: int


class Demand(Strict):
    title: str = Field(min_length=1, max_length=20, description="What is asked, in a few words.")
    act: Act = Act.DEMAND
    claimants: list[str | Quantity] = []
    amount: Annotated[Quantity | Range, Field(discriminator="kind")] | None = None
    is_mutual: bool = False


class Proposal(Strict):
    slug: str
    demands: list[Demand] = []
    notes: dict[str, Demand] = {}


class DemandQuery(Strict):
    limit: int = Field(50, ge=1, le=500)
    act: list[Act] | None = None
    account: Literal["reference", "all"] = "reference"
    party_all: list[str] | None = Field(None, alias="party.all")
    q: str | None = None


class Keys:
    async def find(self, digest_: bytes) -> Principal | KeyRefusal:
        known = {
            digest(READER): Principal("k1", "reader", frozenset({Scope.READ})),
            digest(WRITER): Principal("k2", "writer", frozenset({Scope.WRITE})),
        }
        return known.get(digest_, KeyRefusal.UNKNOWN)


@dataclass
class State(WebState):
    ready: bool = True
    closed: bool = False


def make_app() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, dependencies=[Depends(check_query)], redirect_slashes=False)
    state = State()
    state.key_store = Keys()
    install_state(app, state)
    package = APIRouter(tags=["demands"], dependencies=[Depends(require(Scope.READ))])

    @package.get("/demands", responses=problems(ProblemType.INVALID))
    async def list_demands(query: Annotated[DemandQuery, Query()]) -> dict[str, Any]:
        """Demands."""
        return query.model_dump()

    @package.post("/demands", responses=problems(ProblemType.INVALID, ProblemType.MALFORMED))
    async def create_demand(request: Request) -> dict[str, Any]:
        """A new one."""
        body = await read_json(request, 10_000)
        try:
            Proposal.model_validate(body)
        except ValidationError as error:
            violations = violations_of_body(error, Proposal, body)
            raise ApiError(ProblemType.INVALID, "The body is not valid.", violations) from None
        return body

    @package.get("/demands/{number}")
    async def get_demand(number: int) -> dict[str, int]:
        return {"number": number}

    @package.delete("/demands/{number}", dependencies=[Depends(require(Scope.WRITE))])
    async def delete_demand(number: int) -> dict[str, int]:
        return {"number": number}

    @package.get("/refused")
    async def refused() -> None:
        raise ApiError(ProblemType.CONFLICT, "Taken.", [Violation("Taken", pointer="/a~1b")], {"Retry-After": "3"})

    @package.get("/broken")
    async def broken() -> None:
        raise RuntimeError("password=hunter2 at /secret/file.py")

    @package.get("/endless")
    async def endless() -> StreamingResponse:
        async def rows() -> AsyncIterator[bytes]:
            try:
                while True:
                    await asyncio.sleep(0)
                    yield b"row\n"
            finally:
                state.closed = True

        return StreamingResponse(rows(), media_type="text/csv")

    async def ready() -> None:
        if not state.ready:
            raise OSError("connection refused to secret-host")

    app.include_router(package, prefix="/v1")
    app.include_router(problem_pages)
    sentence = "Parley keeps what parties to a negotiation demanded, of whom, and what came back."
    asks = [Example("What did Russia ask on territory?", "/v1/demands?party=russia&issue=territory")]
    app.include_router(make_docs_router(sentence=sentence, examples=asks, ready=ready, version="0.1.0"))
    install_errors(app)
    app.add_middleware(RequestMiddleware, max_url_bytes=2000, max_parameter_chars=100)
    plain = app.openapi
    app.openapi = lambda: finish(plain())  # type: ignore[method-assign]
    return app


class Refusal:
    """An answer that was checked to be a whole problem, and its faults by place."""

    def __init__(self, response: httpx.Response, status: int) -> None:
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        self.body = response.json()
        assert set(self.body) == {"type", "title", "status", "detail", "instance", "errors"}
        assert self.body["status"] == status and self.body["type"].startswith("/problems/")
        assert all(violation["message"] for violation in self.body["errors"])
        assert len(response.headers["x-request-id"]) >= 8
        self.violations = {
            violation.get("parameter", violation.get("pointer")): (violation["message"], violation.get("hint"))
            for violation in self.body["errors"]
        }
        self.headers = response.headers
