"""The reports of this package."""

from app.reports.counts import COUNTS
from app.reports.positions import POSITIONS

REPORTS = (COUNTS, POSITIONS)
"""All reports of this package."""

from app.reports import answers_in_time, continuity, due_dates, timeline
from app.resources.report import Report

REPORTS: tuple[Report, ...] = (
    *answers_in_time.REPORTS,
    *continuity.REPORTS,
    *timeline.REPORTS,
    *due_dates.REPORTS,
)
