"""State of the application: the state that routes use, with the open database."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.resources.state import ServerState
from app.runtime.ledger import Ledger
from app.web.places import Places
from app.web.request_classes import RequestClass
from app.web.request_metrics import RequestMetrics


@dataclass(kw_only=True)
class ApplicationState(ServerState):
    """`app.state` of the whole application."""

    ledger: Ledger = field(init=False)
    #: The places of each class, except `LONG`.
    request_places: Mapping[RequestClass, Places]
    request_metrics: RequestMetrics = field(default_factory=RequestMetrics)
