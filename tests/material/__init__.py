"""The coded material of the bundled dossiers, and the converter that makes the dossiers of it.

`python -m tests.material.convert` writes `app/ingest/dossiers/*.json`. The material is read key by key: a key that
the converter does not know stops it, so nothing can be lost unnoticed.
"""
