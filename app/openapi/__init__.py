"""The OpenAPI document: adds what FastAPI does not know about this API, and adapts the rest to client generators.

`generation.generate` makes the document, and `document.finish` runs the steps, each in its own module.
"""
