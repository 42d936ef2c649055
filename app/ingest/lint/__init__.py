"""The linter, which reports suspicious values in valid records. A warning of the linter never stops an import.

A rule consists of a name, a description for the documentation, and a function. Text and number rules are applied to every value of
a record at any depth, record rules to every record.
"""

from app.ingest.lint.linter import RULES, Linter

__all__ = ["RULES", "Linter"]
