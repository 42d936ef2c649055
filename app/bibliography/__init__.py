"""Bibliographic formats: CSL-JSON, RIS and BibTeX, read and written.

`reference` is what the three have in common, in the terms of CSL; `kinds`, `dates`, `names` and `identifiers` translate single values;
`csl`, `ris` and `bibtex` read and write one entry each; `sources` turns a reference into the body of a source and back. Splitting a
file into entries is the import's business (`app.ingest.bibliography`), putting entries into an answer that of its form
(`app.reading.formats.bibliography`).
"""
