"""What an answer must be for a secret, and whether it is.

Source: RFC 7616 sections 3.4.1 to 3.4.3. The values that are hashed are those of the answer
itself, so whoever calls this has checked that its nonce and its uri are the right ones.
"""

from hmac import compare_digest

from bezant.web.digest.answer import DigestAnswer


def answer_matches(answer: DigestAnswer, *, ha1: bytes, realm: str, method: str) -> bool:
    """Whether `answer` is for `realm` and was made with the secret behind `ha1`.

    `ha1` is of the answer's own algorithm without `-sess` (`answer.algorithm.plain`);
    `method` is the request's, as it was sent. The time taken does not depend on the secret.
    """
    expected = expected_response(answer, ha1=ha1, method=method)
    return compare_digest(expected.encode(), answer.response.encode()) and answer.realm == realm


def expected_response(answer: DigestAnswer, *, ha1: bytes, method: str) -> str:
    """The response that the holder of `ha1` gives: lower-case hexadecimal."""
    algorithm = answer.algorithm
    first = ha1.hex()
    if algorithm.is_session:
        first = algorithm.hexdigest(f"{first}:{answer.nonce}:{answer.cnonce}".encode())
    second = algorithm.hexdigest(f"{method}:{answer.uri}".encode())
    proof = answer.nonce
    if not answer.is_rfc2069:
        proof = f"{proof}:{answer.nc}:{answer.cnonce}:auth"
    return algorithm.hexdigest(f"{first}:{proof}:{second}".encode())
