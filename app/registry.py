"""All resources, ordered by dependency: a resource comes after the resources that it refers to.

Routes, the feed of changes, imports, search, exports, releases and the documentation are derived from this list.
"""

from app.deadlines import reports as deadlines
from app.delegations.resource import DELEGATIONS, PARTIES, PEOPLE, PLACES
from app.demands.resource import ASSESSMENTS, DEMANDS, RESPONSES
from app.history import routes as history
from app.identities import reports as identities
from app.proposals.resource import AGREEMENTS, PROPOSALS
from app.references.resource import CITATIONS, ISSUES, SOURCES
from app.releases import comparison_report as comparison
from app.reports import reports
from app.reports.catalogue import catalogue_of
from app.resources.report import Report
from app.resources.resource import Resource
from app.search import reports as search
from app.talks.resource import PROCESSES, TALKS

RESOURCES: tuple[Resource, ...] = (
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

#: The write specs of all resources, in the same order.
WRITE_SPECS = tuple(resource.kind for resource in RESOURCES)

_REPORTS: tuple[Report, ...] = (
    *identities.REPORTS,
    *search.REPORTS,
    *deadlines.REPORTS,
    *reports.REPORTS,
    *history.REPORTS,
    *history.histories_of(RESOURCES),
    *comparison.REPORTS,
)

#: All reports, that is, computed reads that are not collections.
REPORTS = (*_REPORTS, catalogue_of(_REPORTS))
