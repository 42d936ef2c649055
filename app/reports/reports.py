"""The reports of this package."""

from app.reports.counts import COUNTS

REPORTS = (COUNTS,)
