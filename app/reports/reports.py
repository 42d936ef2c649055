"""The reports of this package."""

from app.reports.concessions import CONCESSIONS
from app.reports.counts import COUNTS
from app.reports.evolution import EVOLUTION
from app.reports.gaps import GAPS
from app.reports.network import NETWORK
from app.reports.positions import POSITIONS

REPORTS = (COUNTS, POSITIONS, GAPS, EVOLUTION, NETWORK, CONCESSIONS)
