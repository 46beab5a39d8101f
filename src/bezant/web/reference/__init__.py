"""The reference: the API described from its own table of operations.

    schemas    the shapes as JSON Schema
    examples   one request and one answer for each operation, made of the real shapes
    failures   what each operation can be refused for
    openapi    the OpenAPI 3.1 document
    chapters   what the page says of each operation
    page       the page at /docs and its assets
    files      the same on disk, for `bezant docs`

Invariant: nothing is said twice. Paths, fields, bounds, rights and refusals come from the
operations and their shapes; only prose and examples are written here.
"""
