"""openapi-python-client: what a user of that client does first. Exits with 1 where anything is not as typed."""

import os
from uuid import uuid4

from parley_client import AuthenticatedClient, Client
from parley_client.api.demands import list_demands
from parley_client.api.parties import create_party, revise_party, withdraw_party
from parley_client.api.talks import get_talk, get_talk_history
from parley_client.models import (
    DemandBranch,
    DemandPage,
    DemandSummary,
    PartyChange,
    PartyDetail,
    PartyKind,
    PartyWrite,
    Problem,
    RecordHistory,
    TalkDetail,
    TalkDetailBranch,
)
from parley_client.types import UNSET, Unset

URL, KEY = os.environ["PARLEY_URL"], os.environ["PARLEY_KEY"]


def all_demands(client: Client) -> list[DemandSummary]:
    """A list with a filter, page by page."""
    found: list[DemandSummary] = []
    cursor: str | Unset = UNSET
    while True:
        page = list_demands.sync(client=client, issue=["TERR"], include=[DemandBranch.STATE], limit=5, cursor=cursor)
        assert isinstance(page, DemandPage), page
        found += page.data
        if page.page.next_ is None:
            return found
        cursor = page.page.next_


def main() -> None:
    client = Client(base_url=URL)
    editor = AuthenticatedClient(base_url=URL, token=KEY)

    demands = all_demands(client)
    assert len(demands) > 5, "more than one page"
    assert len({demand.slug for demand in demands}) == len(demands)
    assert all(demand.process.title for demand in demands)

    talk = get_talk.sync("istanbul-2025-06-02", client=client, include=[TalkDetailBranch.PROPOSALS])
    assert isinstance(talk, TalkDetail), talk
    people = [member.person.name for delegation in talk.delegations for member in delegation.members]
    assert "Vladimir Medinsky" in people
    history = get_talk_history.sync(talk.slug, client=client)
    assert isinstance(history, RecordHistory) and history.data[-1].action == "create"

    body = PartyWrite(name="Python Contact Group", kind=PartyKind.COALITION)
    refused = create_party.sync(client=client, body=body)  # type: ignore[arg-type]  # No key: that is what is tried.
    assert isinstance(refused, Problem) and refused.status == 401, refused
    faulty = create_party.sync(client=editor, body=PartyWrite(name="", kind=PartyKind.COALITION))
    assert isinstance(faulty, Problem) and [violation.pointer for violation in faulty.errors] == ["/name"], faulty
    created = create_party.sync_detailed(client=editor, body=body, idempotency_key=str(uuid4()))
    assert created.status_code == 201 and isinstance(created.parsed, PartyDetail), created
    key, tag = created.parsed.slug, created.headers["etag"]
    change = PartyChange(summary="Made by a generated client.")
    changed = revise_party.sync(key, client=editor, body=change, if_match=tag)
    assert isinstance(changed, PartyDetail) and changed.summary == "Made by a generated client.", changed
    stale = revise_party.sync(key, client=editor, body=PartyChange(summary=None), if_match=tag)
    assert isinstance(stale, Problem) and stale.status == 412, stale
    gone = withdraw_party.sync_detailed(key, client=editor, reason="made by a test")
    assert gone.status_code == 204, gone
    print(f"openapi-python-client: {len(demands)} demands in pages, {len(people)} people; written, changed, refused")


if __name__ == "__main__":
    main()
