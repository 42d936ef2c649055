"""All reports of this package."""

from app.reports import answers_in_time, conflicts, continuity, due_dates, lineage, timeline
from app.resources.report import Report

REPORTS: tuple[Report, ...] = (
    *answers_in_time.REPORTS,
    *continuity.REPORTS,
    *timeline.REPORTS,
    *due_dates.REPORTS,
    *conflicts.REPORTS,
    *lineage.REPORTS,
)
