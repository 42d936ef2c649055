"""All reports of this package."""

from app.reports import (
    answers_in_time,
    conflicts,
    continuity,
    due_dates,
    lineage,
    participants,
    response_units,
    silences,
    timeline,
)
from app.reports.coder_agreement import CODER_AGREEMENT
from app.reports.comparison import COMPARISON
from app.reports.concessions import CONCESSIONS
from app.reports.counts import COUNTS
from app.reports.evolution import EVOLUTION
from app.reports.gaps import GAPS
from app.reports.network import NETWORK
from app.reports.positions import POSITIONS
from app.resources.report import Report

REPORTS: tuple[Report, ...] = (
    COUNTS,
    POSITIONS,
    GAPS,
    EVOLUTION,
    COMPARISON,
    NETWORK,
    CONCESSIONS,
    *answers_in_time.REPORTS,
    *response_units.REPORTS,
    *continuity.REPORTS,
    *participants.REPORTS,
    *silences.REPORTS,
    *timeline.REPORTS,
    *due_dates.REPORTS,
    *conflicts.REPORTS,
    *lineage.REPORTS,
    CODER_AGREEMENT,
)
