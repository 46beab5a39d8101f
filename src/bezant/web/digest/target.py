"""Whether an answer is for the request that it came with.

The response covers the `uri` of the header and not the request line; so a recorded answer
would open every path if the two were not compared, byte for byte (RFC 7616 section 3.4.6).
"""


def target_matches(uri: str, *, raw_path: bytes, query: bytes, path_prefix: str) -> bool:
    """Whether `uri` is the request's target as the client sent it.

    `raw_path` and `query` are undecoded, without the `?` between them. `path_prefix` is what
    a trusted proxy has stripped from the path: empty, or `/…` without a last slash.
    """
    path = path_prefix.encode() + raw_path
    sent = uri.encode()
    if query:
        return sent == path + b"?" + query
    # The server tells no bare `?` at the end from none, and clients write either.
    return sent in (path, path + b"?")
