"""The partner API: the wire contract's operations under `/partner`.

`wire/` has the shapes, one file for each resource: what is read from a request and what is
written to an answer. `routes/` has the routes, one file for each resource: parse, call,
render. `api.py` lists every operation.
"""
