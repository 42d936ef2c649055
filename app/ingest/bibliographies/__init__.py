"""Bibliographies as import files: each entry of CSL-JSON, RIS or BibTeX becomes a source.

The file is split into entries while it arrives, so that only one batch is in memory. The line number of an entry is the
number of its first line.
"""
