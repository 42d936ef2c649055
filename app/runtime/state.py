"""State of the application: the state that routes use, with the open database."""

from dataclasses import dataclass, field

from app.resources.state import ServerState
from app.runtime.ledger import Ledger


@dataclass(kw_only=True)
class ApplicationState(ServerState):
    """`app.state` of the whole application."""

    ledger: Ledger = field(init=False)
