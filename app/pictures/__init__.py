"""Pictures of reports: pure functions from the rows of a report to SVG. They know neither HTTP nor SQL."""
