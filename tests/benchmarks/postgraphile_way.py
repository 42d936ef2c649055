"""PostGraphile over the same tables: its relations are the foreign keys, the nested answer is one GraphQL query."""

import json
from pathlib import Path

_PARTY = "slug name kind"
_PROPOSAL = "slug title tabledOn"
_CITATIONS = "citationsByTargetId { nodes { verdict locator sourceBySourceId { slug title } } }"
_SUMMARY = f"""
    slug number title text act isMutual position confidence review updatedAt
    processByProcessId {{ slug title }}
    proposalByProposalIdAndProcessIdAndSortOn {{ {_PROPOSAL} }}
    accountByAccountIdAndProposalIdAndIsReference {{ slug kind isReference }}
    partByPartIdAndAccountId {{ key kind label title }}
    demandPartiesByDemandIdAndSortOn {{ nodes {{ role partyByPartyId {{ {_PARTY} }} }} }}
    demandIssuesByDemandIdAndSortOn {{ nodes {{ isPrimary issueByIssueId {{ code label }} }} }}
"""
_DEMANDS = f"""{{ allDemands(first: 50, orderBy: [SORT_ON_DESC, ID_DESC],
    condition: {{ isReference: true, withdrawnAt: null }}) {{ nodes {{ {_SUMMARY} }} pageInfo {{ endCursor }} }} }}"""
_DEMAND = f"""{{ demandBySlug(slug: "%s") {{ {_SUMMARY} quote
    responsesByDemandIdAndProposalId(orderBy: [SORT_ON_ASC, POSITION_ASC, ID_ASC]) {{ nodes {{
        slug stance saidOn text partyByResponderId {{ {_PARTY} }} entryByIdAndSlug {{ {_CITATIONS} }} }} }}
    demandPlacesByDemandId {{ nodes {{ placeByPlaceId {{ slug name }} }} }} entryByIdAndSlug {{ {_CITATIONS} }} }} }}"""
_TALK = f"""{{ talkBySlug(slug: "%s") {{ slug title kind format start durationMinutes status summary
    processByProcessId {{ slug title }} placeByPlaceId {{ slug name }}
    talkOutcomesByTalkId(orderBy: POSITION_ASC) {{ nodes {{ key kind text }} }}
    delegationsByTalkId(orderBy: [IS_SEATED_DESC, ID_ASC]) {{ nodes {{ slug isSeated size partyByPartyId {{ {_PARTY} }}
        delegationMembersByDelegationId(orderBy: POSITION_ASC) {{ nodes {{ function post
            personByPersonId {{ slug name }} }} }} }} }}
    proposalsByTalkId(orderBy: [SORT_ON_ASC, ID_ASC]) {{ nodes {{ {_PROPOSAL} }} }}
    entryByIdAndSlug {{ {_CITATIONS} }} }} }}"""


def body(path: str) -> str:
    """What is posted to `/graphql` for what Parley answers at the path."""
    _, _, collection, *slug = path.split("/")
    query = _DEMANDS if not slug else (_DEMAND if collection == "demands" else _TALK) % slug[0]
    return json.dumps({"query": " ".join(query.split())})


def command(modules: Path, url: str, port: int) -> list[str]:
    program = [str(modules / "node_modules" / ".bin" / "postgraphile"), "-c", url, "-s", "public", "-n", "127.0.0.1"]
    quiet = ["--disable-graphiql", "--disable-query-log", "--no-ignore-rbac", "--max-pool-size", "10"]
    return [*program, "-p", str(port), *quiet]
