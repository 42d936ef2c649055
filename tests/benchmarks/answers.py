"""Whether all answer alike: nothing is measured before they do."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from tests.benchmarks.measuring import fetch
from tests.benchmarks.peers import Peer
from tests.benchmarks.servers import Served


def differences(ours: Any, theirs: Any, at: str = "") -> Iterator[str]:
    """Where two answers differ. A cursor is each one's own; an instant may be written in two ways."""
    if at.endswith("/page/next"):
        ours, theirs = ours is None, theirs is None
    elif at.endswith("_at") and isinstance(ours, str) and isinstance(theirs, str):
        ours, theirs = datetime.fromisoformat(ours), datetime.fromisoformat(theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            if name in ours and name in theirs:
                yield from differences(ours[name], theirs[name], f"{at}/{name}")
            else:
                yield f"{at}/{name}: only {'Parley' if name in ours else 'the other'} sends it"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, f"{at}/{place}")
    elif ours != theirs:
        yield f"{at}: {json.dumps(ours, default=str)[:200]} is not {json.dumps(theirs, default=str)[:200]}"


def kernel(answer: Any) -> Any:
    """The slugs and codes of an answer, in order where an order is promised: what every peer must say alike."""
    if "data" in answer:
        return [kernel(one) for one in answer["data"]]
    return {
        "slug": answer["slug"],
        "process": answer["process"]["slug"],
        "proposal": (answer.get("proposal") or {}).get("slug"),
        **{name: sorted(one["slug"] for one in answer.get(name, ())) for name in ("claimants", "addressees")},
        "issues": sorted(one["code"] for one in answer.get("issues", ())),
        **{name: [one["slug"] for one in answer.get(name, ())] for name in ("responses", "proposals")},
        "delegations": [
            (seat["slug"], [member["person"]["slug"] for member in seat["members"]])
            for seat in answer.get("delegations", ())
        ],
    }


def check(parley: Served, peers: Iterable[Peer], paths: Iterable[str], filters: Iterable[str]) -> list[str]:
    """Every difference between Parley's answers and the others', the first of each answer. The ORM way must say the
    same in every field and answers filters as well; the others the same records, nested alike."""
    found = []
    for path in (*paths, *filters):
        ours = _json(parley.url + path)
        if "data" in ours and not ours["data"]:
            found.append(f"{path}: Parley finds nothing; nothing would be compared")
        for peer in peers:
            is_orm = peer.name.startswith("ORM")
            if "?" in path and not is_orm:
                continue
            theirs = peer.read(_json(peer.served.url + peer.address(path), peer.body(path) if peer.body else None))
            pair = (ours, theirs) if is_orm else (kernel(ours), kernel(theirs))
            if first := next(differences(*pair), None):
                found.append(f"{path} ({peer.name}): {first}")
    return found


def _json(url: str, body: str | None = None) -> Any:
    status, _, content = fetch(url, body=body)
    if status != 200:
        raise RuntimeError(f"{url} answers {status}: {content[:300]!r}")
    return json.loads(content)
