"""A small made-up process that fits on a page: expected numbers can be read off it.

Alba and Boria talk; Caria mediates; Delta and Alba are members of the League; "Friends" is a group nobody delimits.
Alba's plan of 1 March 2020 has two options that exclude each other and seven points:

    1  option A  Boria withdraws                       alba → boria
    2  option A  both cease fire for 30 days once 1 begins   alba → alba, boria  (mutual)
    3  option B  Boria and its friends stop the aid    alba → boria, friends
    4            Alba offers to free prisoners         alba → alba
    5            both keep the line                    alba, boria → alba, boria
    6            Delta opens its port                  alba → delta
    7            the friends recognise the line        alba → friends
"""

from typing import Any

import httpx

PARTIES: tuple[dict[str, Any], ...] = (
    {"slug": "league", "name": "League", "kind": "coalition"},
    {"slug": "alba", "name": "Alba", "kind": "state", "member_of": [{"party": "league"}], "countries": ["AL"]},
    {"slug": "boria", "name": "Boria", "kind": "state"},
    {"slug": "caria", "name": "Caria", "kind": "state"},
    {"slug": "delta", "name": "Delta", "kind": "state", "member_of": [{"party": "league", "valid_from": "2019"}]},
    {"slug": "friends", "name": "Boria's friends", "kind": "unspecified_group"},
)
ISSUES: tuple[dict[str, Any], ...] = (
    {"code": "CEAS", "label": "Ceasefire"},
    {"code": "CEAS.TRUCE", "label": "Truce", "broader": "CEAS"},
    {"code": "WDRW", "label": "Withdrawal"},
    {"code": "WDRW.TROOPS", "label": "Troops", "broader": "WDRW"},
)
PEOPLE: tuple[dict[str, Any], ...] = (
    {"slug": "ana", "name": "Ana", "party": "alba", "names": [{"text": "Ána"}]},
    {"slug": "boris", "name": "Boris", "party": "boria"},
    {"slug": "bela", "name": "Bela", "party": "boria"},
)
PLACES: tuple[dict[str, Any], ...] = (
    {"slug": "caria-country", "name": "Caria", "kind": "country", "countries": ["CH"]},
    {"slug": "lake-town", "name": "Lake Town", "kind": "city", "part_of": "caria-country", "lon": 6.1, "lat": 46.2,
     "precision": "city"},
    {"slug": "old-hall", "name": "Old Hall", "kind": "venue", "part_of": "lake-town"},
)  # fmt: skip
SOURCES: tuple[dict[str, Any], ...] = (
    {"slug": "gazette", "title": "The plan in full", "publisher": "Gazette", "published": "2020-03-02", "kind": "news"},
    {"slug": "herald", "title": "Boria rejects", "publisher": "Herald", "published": "2020-03-05", "via": "gazette"},
)
PROCESS: dict[str, Any] = {
    "slug": "alba-boria",
    "title": "Alba–Boria settlement",
    "kind": "peace",
    "started": "2020-02~",
    "parties": [
        {"party": "alba", "role": "negotiating"},
        {"party": "boria", "role": "negotiating"},
        {"party": "caria", "role": "mediator"},
    ],
}
TALK: dict[str, Any] = {
    "slug": "round-1",
    "process": "alba-boria",
    "title": "First round",
    "kind": "round",
    "format": "mediated",
    "ordinal": 1,
    "start": "2020-03-01",
    "end": "2020-03-02",
    "place": "old-hall",
    "status": "held",
    "delegations": [
        {"party": "alba", "roles": ["negotiating"], "members": [{"person": "ana", "function": "head"}]},
        {"party": "boria", "roles": ["negotiating"], "size": 1,
         "members": [{"person": "boris", "function": "member"}, {"person": "bela"}]},
        {"party": "caria", "roles": ["mediator", "host"], "is_seated": False},
    ],
    "outcomes": [{"kind": "document_handed_over", "text": "Alba handed over its plan", "on": "2020-03-01"}],
    "citations": [{"source": "gazette"}],
}  # fmt: skip
PRINCIPALS: dict[str, Any] = {
    "slug": "round-1-principals",
    "process": "alba-boria",
    "parent": "round-1",
    "order_in_parent": 1,
    "title": "The principals alone",
    "kind": "principals",
    "start": "2020-03-01",
    "duration_minutes": 150,
    "duration_bound": "about",
}
PLAN: dict[str, Any] = {
    "slug": "plan",
    "process": "alba-boria",
    "talk": "round-1",
    "title": "Alba's plan",
    "kind": "plan",
    "authors": ["alba"],
    "addressees": ["boria"],
    "tabled_on": "2020-03-01",
    "parts": [
        {"key": "a", "kind": "option", "label": "A", "alternative_group": "way"},
        {"key": "b", "kind": "option", "label": "B", "alternative_group": "way"},
    ],
    "demands": [
        {"slug": "plan-1", "number": "1", "part": "a", "text": "Boria withdraws", "addressees": ["boria"],
         "issues": ["WDRW.TROOPS"]},
        {"slug": "plan-2", "number": "2", "part": "a", "text": "Both cease fire for 30 days once it begins",
         "addressees": ["alba", "boria"], "is_mutual": True, "issues": ["CEAS.TRUCE", "WDRW.TROOPS"],
         "depends_on": ["plan-1"],
         "timing": {"relation": "duration_from_trigger", "duration_min": "P30D", "duration_max": "P30D",
                    "trigger": {"demand": "plan-1", "edge": "start"}}},
        {"slug": "plan-3", "number": "3", "part": "b", "text": "Boria and its friends stop the aid",
         "addressees": ["boria", "friends"]},
        {"slug": "plan-4", "number": "4", "text": "Alba offers to free prisoners", "act": "offer",
         "addressees": ["alba"]},
        {"slug": "plan-5", "number": "5", "text": "Both keep the line", "claimants": ["alba", "boria"],
         "addressees": ["alba", "boria"], "is_mutual": True},
        {"slug": "plan-6", "number": "6", "text": "Delta opens its port", "addressees": ["delta"]},
        {"slug": "plan-7", "number": "10", "text": "The friends recognise the line", "addressees": ["friends"]},
    ],
}  # fmt: skip

BODIES: tuple[tuple[str, tuple[dict[str, Any], ...]], ...] = (
    ("parties", PARTIES),
    ("issues", ISSUES),
    ("people", PEOPLE),
    ("places", PLACES),
    ("sources", SOURCES),
    ("processes", (PROCESS,)),
    ("talks", (TALK, PRINCIPALS)),
    ("proposals", (PLAN,)),
)


async def build(client: httpx.AsyncClient) -> None:
    """Post the whole world, as a script would: by slugs, one record after the other."""
    for collection, bodies in BODIES:
        for body in bodies:
            answer = await client.post(f"/v1/{collection}", json=body)
            assert answer.status_code == 201, (collection, body.get("slug"), answer.text)


async def answer(client: httpx.AsyncClient, **body: Any) -> str:
    """Post a response; gives its slug."""
    posted = await client.post("/v1/responses", json=body)
    assert posted.status_code == 201, posted.text
    return str(posted.json()["slug"])
