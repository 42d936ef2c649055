"""Random writes to the small world: any of the API's ways to change a record, its rows and links; and psql's."""

import random
from collections.abc import Callable
from typing import Any

import httpx

from tests.history.conftest import Session

Lists = dict[str, list[dict[str, Any]]]


class Writes:
    """Draws and sends one write after the other. What is refused is as good as what is done: it must change nothing."""

    def __init__(self, seed: int, client: httpx.AsyncClient, psql: Session) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - the same writes in every run
        self.client = client
        self.psql = psql
        self.made = 0
        self.lists: Lists = {}
        self.kinds: list[Callable[[], Any]] = [
            self.create, self.create, self.patch, self.patch, self.patch, self.patch, self.put_again, self.withdraw,
            self.rename, self.by_hand,
        ]  # fmt: skip

    async def one(self, lists: Lists) -> httpx.Response | None:
        """Send one write, to a ledger that holds these records."""
        self.lists = lists
        self.made += 1
        answer: httpx.Response | None = await self.draw.choice(self.kinds)()
        return answer

    def some(self, collection: str) -> str:
        """The slug of a record; of one that is not there, where there is none left."""
        return str(self.draw.choice(self.lists[collection] or [{"slug": "nobody"}])["slug"])

    def few(self, collection: str, most: int = 3) -> list[str]:
        slugs = [row["slug"] for row in self.lists[collection]]
        return self.draw.sample(slugs, min(len(slugs), self.draw.randint(0, most)))

    def day(self) -> str:
        return f"2020-0{self.draw.randint(1, 9)}-1{self.draw.randint(0, 9)}"

    def issue(self) -> str:
        return str(self.draw.choice(self.lists["issues"] or [{"code": "NOTHING"}])["code"])

    # --- bodies

    def body(self, collection: str) -> dict[str, Any]:
        """A new record, or in part a change of one."""
        n, draw = self.made, self.draw
        cited = [{"source": self.some("sources"), "key": f"c{draw.randint(1, 3)}", "locator": f"page {n}"}]
        outer = [{"scheme": "gw", "value": str(draw.randint(1, 9))}]
        bodies: dict[str, Callable[[], dict[str, Any]]] = {
            "parties": lambda: {
                "name": f"Party {n}", "kind": "state", "names": [{"text": f"P {draw.randint(1, 4)}"}],
                "member_of": [{"party": slug} for slug in self.few("parties", 1)], "external_ids": outer,
            },
            "people": lambda: {
                "name": f"Person {n}", "party": self.some("parties"),
                "posts": [{"key": f"k{draw.randint(1, 3)}", "title": f"Post {n}"}], "citations": cited,
            },
            "places": lambda: {"name": f"Place {n}", "kind": "city", "names": [{"text": f"Town {n}", "lang": "en"}]},
            "issues": lambda: {"code": f"ISSUE_{n}", "label": f"Issue {n}"},
            "sources": lambda: {"title": f"Source {n}", "published": self.day()},
            "processes": lambda: {
                "title": f"Process {n}", "kind": "peace",
                "parties": [{"party": slug, "role": "negotiating"} for slug in self.few("parties")],
            },
            "talks": lambda: {
                "title": f"Talk {n}", "process": self.some("processes"), "start": self.day(), "citations": cited,
                "outcomes": [{"key": f"o{draw.randint(1, 3)}", "kind": "statement", "text": f"Said {n}"}],
            },
            "delegations": lambda: {
                "talk": self.some("talks"), "party": self.some("parties"), "size": draw.randint(1, 9),
                "members": [{"person": slug, "post": f"post {n}"} for slug in self.few("people")],
            },
            "proposals": lambda: {
                "title": f"Proposal {n}", "process": self.some("processes"), "kind": "plan", "tabled_on": self.day(),
                "authors": self.few("parties", 2) or [self.some("parties")], "addressees": self.few("parties"),
                "parts": [{"key": "x", "kind": "section", "title": f"Part {n}"}],
            },
            "demands": lambda: {
                "proposal": self.some("proposals"), "text": f"Do {n}", "addressees": self.few("parties"),
                "issues": list({self.issue(), self.issue()}), "places": self.few("places", 1), "citations": cited,
                "links": [{"demand": slug, "kind": "repeats"} for slug in self.few("demands", 1)],
                "depends_on": self.few("demands", 1),
            },
            "responses": lambda: {
                "demand": self.some("demands"), "responder": self.some("parties"), "said_on": self.day(),
                "stance": draw.choice(("accepted", "rejected", "conditional")), "counters": self.few("demands", 1),
            },
            "agreements": lambda: {
                "title": f"Agreement {n}", "process": self.some("processes"), "kind": "ceasefire", "agreed_on": self.day(),
                "parties": self.few("parties"), "proposals": self.few("proposals", 1),
                "issues": [{"issue": self.issue(), "intensity": draw.randint(0, 3)}],
                "signatures": [{"key": "s", "party": self.some("parties")}],
            },
            "assessments": lambda: {
                "text": f"Perhaps {n}", "kind": "prediction", "by": self.some("parties"),
                "about": [f"demands/{self.some('demands')}", f"processes/{self.some('processes')}"],
            },
            "citations": lambda: {
                "source": self.some("sources"), "target": f"talks/{self.some('talks')}", "key": f"k{n}", "quote": f"Q {n}",
            },
        }  # fmt: skip
        return bodies[collection]()

    # --- ways to write

    def collection(self) -> str:
        return self.draw.choice([name for name, rows in self.lists.items() if rows])

    async def create(self) -> httpx.Response:
        collection = self.draw.choice(list(self.lists))
        return await self.client.post(f"/v1/{collection}", json=self.body(collection))

    async def patch(self) -> httpx.Response:
        collection = self.collection()
        body = self.body(collection)
        for name in ("code", "talk", "party", "target", "source", "proposal", "demand"):
            body.pop(name, None)
        fields = self.draw.sample(list(body), min(len(body), self.draw.randint(1, 3)))
        patch = {name: body[name] for name in fields}
        return await self.client.patch(f"/v1/{collection}/{self.some(collection)}", json=patch)

    async def put_again(self) -> httpx.Response:
        slug = self.some("places")
        return await self.client.put(f"/v1/places/{slug}", json={"name": "Same", "kind": "city"})

    async def withdraw(self) -> httpx.Response:
        collection = self.draw.choice(("citations", "responses", "demands", "people", "delegations", "assessments"))
        if not self.lists[collection]:
            return await self.create()
        return await self.client.delete(f"/v1/{collection}/{self.some(collection)}", params={"reason": "drawn"})

    async def rename(self) -> httpx.Response:
        collection = self.collection()
        slug = self.draw.choice((f"renamed-{self.made}", f"renamed-{self.draw.randint(1, 3)}"))
        return await self.client.patch(f"/v1/{collection}/{self.some(collection)}", json={"slug": slug})

    async def by_hand(self) -> None:
        """What somebody types into psql."""
        statement = self.draw.choice(
            (
                "DELETE FROM demand_issue WHERE ctid IN (SELECT ctid FROM demand_issue ORDER BY random() LIMIT 2)",
                "UPDATE party SET summary = md5(random()::text) WHERE id IN (SELECT id FROM party LIMIT 2)",
                "UPDATE delegation_member SET post = md5(random()::text)",
                "DELETE FROM external_id",
                "UPDATE demand SET is_mutual = is_mutual",
            )
        )
        await self.psql.execute(statement)
