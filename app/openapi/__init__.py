"""The OpenAPI document: what FastAPI does not know of this API, or does not say in a form that client generators take.

`document.finish` runs the steps; each module holds one of them.
"""
