"""What is asked of a made-up ledger: records of a known rank, so that ledgers of any size are asked alike."""

from dataclasses import dataclass

import asyncpg

LIST = "/v1/demands"

_PARTIES = """
SELECT p.slug FROM demand_party l JOIN party p ON p.id = l.party_id
GROUP BY p.slug HAVING count(*) >= 60 ORDER BY count(*) DESC, p.slug
"""
_LEAVES = """
SELECT i.slug FROM demand_issue l JOIN issue i ON i.id = l.issue_id WHERE i.broader_id IS NOT NULL
GROUP BY i.slug HAVING count(*) >= 60 ORDER BY count(*) DESC, i.slug
"""
_TOPS = """
SELECT t.slug FROM demand_issue l JOIN issue i ON i.id = l.issue_id JOIN issue t ON t.id = coalesce(i.broader_id, i.id)
GROUP BY t.slug ORDER BY count(*) DESC, t.slug
"""
# One that was answered, by itself and with its proposal, and that some source tells.
_DEMAND = """
SELECT d.slug FROM demand d JOIN response r ON r.demand_id = d.id JOIN citation c ON c.target_id = d.id
JOIN response w ON w.proposal_id = d.proposal_id AND w.demand_id IS NULL AND w.part_id IS NULL
ORDER BY d.id OFFSET 3 LIMIT 1
"""
_TALK = """
SELECT t.slug FROM talk t WHERE (SELECT count(*) FROM delegation d WHERE d.talk_id = t.id) = 3
    AND (SELECT count(*) FROM proposal p WHERE p.talk_id = t.id) BETWEEN 2 AND 4
    AND EXISTS (SELECT FROM talk_outcome o WHERE o.talk_id = t.id)
ORDER BY t.id OFFSET 2 LIMIT 1
"""

#: What the peers send that were written by hand: the fields that a made-up ledger fills, and no derived state.
_LISTED = (
    "slug,number,title,text,act,is_mutual,claimants,addressees,beneficiaries,issues,tabled_on,process,proposal,account,"
    "part,position,confidence,review,updated_at"
)
_MET = "slug,title,kind,format,start,duration_minutes,status,summary,process,place,outcomes,delegations,proposals,citations"


@dataclass(frozen=True, slots=True)
class Asked:
    """Addresses by what they ask for."""

    demand: str
    talk: str
    filters: dict[str, str]
    searches: dict[str, str]

    @property
    def paths(self) -> dict[str, str]:
        return {"list of 50 demands": LIST, "one demand, with its state": self.demand, "one talk": self.talk}

    @property
    def fewer(self) -> dict[str, str]:
        """The same questions for no more than the peers' fields."""
        fields = (_LISTED, f"{_LISTED},quote,responses,places,citations", _MET)
        return {name: f"{path}?fields={some}" for (name, path), some in zip(self.paths.items(), fields, strict=True)}


async def choose(url: str) -> Asked:
    """Read from the database what is frequent and what is rare in it."""
    connection = await asyncpg.connect(url)
    try:
        parties, leaves, tops = [[row[0] for row in await connection.fetch(sql)] for sql in (_PARTIES, _LEAVES, _TOPS)]
        demand, talk = await connection.fetchval(_DEMAND), await connection.fetchval(_TALK)
    finally:
        await connection.close()
    busy, party, rare = parties[0], parties[len(parties) // 20], parties[-1]
    leaf, seldom, top = leaves[3], leaves[-1], tops[0]
    return Asked(
        demand=f"{LIST}/{demand}",
        talk=f"/v1/talks/{talk}",
        filters={
            "an issue (a frequent leaf)": f"{LIST}?issue={leaf}",
            "an issue (a rare leaf)": f"{LIST}?issue={seldom}",
            "the largest top issue, with all below it": f"{LIST}?issue={top}",
            "a party": f"{LIST}?party={party}",
            "a rare party": f"{LIST}?party={rare}",
            "a party and a leaf": f"{LIST}?party={party}&issue={leaf}",
            "a party and the top issue": f"{LIST}?party={party}&issue={top}",
            "the busiest party and a rare leaf": f"{LIST}?party={busy}&issue={seldom}",
            "a rare party and the top issue": f"{LIST}?party={rare}&issue={top}",
        },
        searches={
            "a common word": "ceasefire",
            "a middling word": "embassy",
            "a rare word": "Lubebad",
            "two words": "prisoners Karavo",
            "a phrase": '"prisoner exchange"',
            "no match": "zyzzyva",
        },
    )
