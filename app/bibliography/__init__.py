"""Readers and writers for bibliographic formats: CSL-JSON, RIS and BibTeX.

`reference` is the common model of an entry, in the terms of CSL. `csl`, `ris` and `bibtex` read and write one entry
each; `kinds`, `dates`, `identifiers`, `latex` and `notes` convert single values. `source_bodies` converts a reference
to the request body of a source, and `source_references` converts a stored source to a reference. Files are split into
entries by `app.ingest.bibliographies`; responses are assembled by `app.reading.formats.bibliography`.
"""
