"""The linter: what is odd about records that are right in form. It warns, and keeps nothing back.

A rule is a declaration: its name, what it says to the documentation, and a function. Rules about texts and numbers are
asked of every value at every place, rules about records of every record.
"""

from app.ingest.lint.linter import RULES, Linter

__all__ = ["RULES", "Linter"]
