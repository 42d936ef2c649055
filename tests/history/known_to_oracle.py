"""What a party could know on a day, computed in plain Python from the rows of the tables. Shares no code with the SQL."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from tests.history.conftest import Session

Rows = list[dict[str, Any]]
LAST = "9999-12-31"
#: The rows that the rules read; days as texts, ids as texts.
QUERIES = {
    "members": "SELECT member_id, coalition_id, valid_from_min AS first, valid_to_max AS last FROM party_membership",
    "proposals": "SELECT id, slug, talk_id, document_date_max AS written, tabled_on_max AS tabled FROM proposal",
    "authors": "SELECT proposal_id AS owner, party_id FROM proposal_author",
    "addressees": "SELECT proposal_id AS owner, party_id FROM proposal_addressee",
    "shown": "SELECT proposal_id AS owner, to_id AS party_id, on_max AS day FROM proposal_disclosure",
    "accounts": "SELECT id, proposal_id, is_reference FROM account",
    "demands": "SELECT id, slug, proposal_id, account_id FROM demand",
    "parts": "SELECT id, account_id FROM part",
    "responses": "SELECT id, slug, responder_id, proposal_id, demand_id, part_id, talk_id, stance, said_on_max AS said FROM response",
    "talks": "SELECT id, slug, start_max AS start FROM talk",
    "delegations": "SELECT id, slug, talk_id, party_id, is_seated FROM delegation",
    "agreements": "SELECT id, slug, agreed_on_max AS agreed, announced_on_max AS announced FROM agreement",
    "parties_to": "SELECT agreement_id AS owner, party_id FROM agreement_party",
    "signatures": "SELECT agreement_id AS owner, party_id, on_max AS day FROM agreement_signature",
    "agreements_shown": "SELECT agreement_id AS owner, to_id AS party_id, on_max AS day FROM agreement_disclosure",
    "adopted": "SELECT agreement_id, proposal_id FROM agreement_proposal",
    "citations": "SELECT c.slug, c.target_id, c.verdict, c.public_by_max AS public, s.published_max AS published"
    " FROM citation c JOIN source s ON s.id = c.source_id",
}  # fmt: skip


@dataclass
class Oracle:
    """The rows, and the first day on which each claim was public, by collection and slug."""

    rows: dict[str, Rows]
    public: dict[str, dict[str, str]]

    def known(self, party: str, day: str) -> dict[str, set[str]]:
        """The slugs of the claims that a party (by id) could know on a day, by collection."""
        found = {name: {slug for slug, first in days.items() if first <= day} for name, days in self.public.items()}
        agreements = self._agreements(party, day)
        proposals = self._proposals(party, day, agreements)
        talks = {
            talk["id"]
            for talk in self.rows["talks"]
            for one in self.rows["delegations"]
            if one["talk_id"] == talk["id"] and self._learns(party, one["party_id"], talk["start"], day)
        }
        reference = {one["id"] for one in self.rows["accounts"] if one["is_reference"]}
        ids: dict[str, set[str]] = {"talks": talks, "proposals": proposals, "agreements": agreements}
        ids["delegations"] = {one["id"] for one in self.rows["delegations"] if one["talk_id"] in talks}
        ids["demands"] = {
            one["id"]
            for one in self.rows["demands"]
            if one["proposal_id"] in proposals and one["account_id"] in reference
        }
        ids["responses"] = self._responses(party, day, found, ids, reference)
        for name, told in ids.items():
            found[name] |= {one["slug"] for one in self.rows[name] if one["id"] in told}
        targets = set().union(*ids.values())
        for one in self.rows["citations"]:
            days = [one["public"] or one["published"], one["published"]]
            if one["target_id"] in targets and all(days) and max(days) <= day and max(days) < LAST:
                found["citations"].add(one["slug"])
        return found

    def _learns(self, party: str, told: str | None, happened: str | None, day: str) -> bool:
        """Whether the party itself was told on a day that counts, or a coalition of which it was a member then."""
        if happened is None or happened > day or happened >= LAST:
            return False
        return told == party or any(
            one["member_id"] == party
            and one["coalition_id"] == told
            and (one["first"] or "") <= happened <= (one["last"] or LAST)
            for one in self.rows["members"]
        )

    def _agreements(self, party: str, day: str) -> set[str]:
        agreed = {one["id"]: one["agreed"] or one["announced"] for one in self.rows["agreements"]}
        told = [(one["owner"], one["party_id"], agreed[one["owner"]]) for one in self.rows["parties_to"]]
        told += [(one["owner"], one["party_id"], one["day"] or agreed[one["owner"]]) for one in self.rows["signatures"]]
        told += [(one["owner"], one["party_id"], one["day"]) for one in self.rows["agreements_shown"]]
        return {owner for owner, to, happened in told if self._learns(party, to, happened, day)}

    def _proposals(self, party: str, day: str, agreements: set[str]) -> set[str]:
        by_id = {one["id"]: one for one in self.rows["proposals"]}
        tabled = {key: one["tabled"] or one["written"] for key, one in by_id.items()}
        first = {key: min(filter(None, (one["written"], one["tabled"])), default=None) for key, one in by_id.items()}
        told = [(one["owner"], one["party_id"], first[one["owner"]]) for one in self.rows["authors"]]
        told += [(one["owner"], one["party_id"], tabled[one["owner"]]) for one in self.rows["addressees"]]
        told += [(one["owner"], one["party_id"], one["day"]) for one in self.rows["shown"]]
        for key, one in by_id.items():
            told += [(key, seat["party_id"], tabled[key]) for seat in self._seats(one["talk_id"])]
        told += [
            (one["proposal_id"], one["responder_id"], one["said"])
            for one in self.rows["responses"]
            if one["stance"] != "no_comment"
        ]
        found = {owner for owner, to, happened in told if self._learns(party, to, happened, day)}
        return found | {one["proposal_id"] for one in self.rows["adopted"] if one["agreement_id"] in agreements}

    def _seats(self, talk: str | None) -> Rows:
        return [one for one in self.rows["delegations"] if talk and one["talk_id"] == talk and one["is_seated"]]

    def _responses(
        self, party: str, day: str, public: dict[str, set[str]], private: dict[str, set[str]], reference: set[str]
    ) -> set[str]:
        slugs = {one["id"]: one["slug"] for name in ("demands", "proposals") for one in self.rows[name]}
        accounts = {one["id"]: one["account_id"] for one in self.rows["parts"]}
        authors = defaultdict(set)
        for one in self.rows["authors"]:
            authors[one["owner"]].add(one["party_id"])
        cited = {
            one["target_id"]
            for one in self.rows["citations"]
            if one["verdict"] == "supports" and (one["public"] or one["published"] or LAST) <= day
        }
        found = set()
        for one in self.rows["responses"]:
            told = {one["responder_id"]} | authors[one["proposal_id"]]
            told |= {seat["party_id"] for seat in self._seats(one["talk_id"])}
            heard = any(self._learns(party, to, one["said"], day) for to in told)
            if not heard and one["id"] not in cited:
                continue
            if one["demand_id"]:
                sees = one["demand_id"] in private["demands"] or slugs[one["demand_id"]] in public["demands"]
            elif one["part_id"]:
                inside = one["proposal_id"] in private["proposals"] and accounts[one["part_id"]] in reference
                sees = inside or one["part_id"] in public["parts"]
            else:
                sees = one["proposal_id"] in private["proposals"] or slugs[one["proposal_id"]] in public["proposals"]
            if sees:
                found.add(one["id"])
        return found


async def oracle_of(psql: Session, public: dict[str, dict[str, str]]) -> Oracle:
    """The oracle over a database without withdrawn records. `public`: the days that tests/history/test_known_by.py
    computes."""
    rows = {
        name: [
            {key: value if value is None or isinstance(value, bool) else str(value) for key, value in row.items()}
            for row in await psql.fetch(query)
        ]
        for name, query in QUERIES.items()
    }
    parts = {
        str(row["id"]): row["day"]
        for row in await psql.fetch("SELECT id, known_on::text AS day FROM known_day WHERE collection = 'parts'")
    }
    return Oracle(rows, {**public, "parts": parts})
