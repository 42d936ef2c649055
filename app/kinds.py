"""All records that can be written, in the order in which they depend on each other: owners before what they own."""

from app.delegations.commands import DELEGATIONS, PARTIES, PEOPLE, PLACES
from app.demands.answers import RESPONSES
from app.demands.commands import ASSESSMENTS, DEMANDS
from app.proposals.commands import AGREEMENTS, PROPOSALS
from app.references.commands import CITATIONS, ISSUES, SOURCES
from app.talks.commands import PROCESSES, TALKS

KINDS = (
    ISSUES,
    PARTIES,
    PEOPLE,
    PLACES,
    SOURCES,
    PROCESSES,
    TALKS,
    DELEGATIONS,
    PROPOSALS,
    AGREEMENTS,
    DEMANDS,
    RESPONSES,
    ASSESSMENTS,
    CITATIONS,
)
