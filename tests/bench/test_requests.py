"""Tests of the requests that are made beforehand: the server's own code must take them."""

from hashlib import sha256

from bench.requests import SignIn, signed_requests, target
from bezant.web.digest.answer import DigestAnswer, parse_answer
from bezant.web.digest.response import answer_matches
from bezant.web.digest.target import target_matches

SIGN_IN = SignIn(username="mint-1", secret="s3cret", realm="bezant")
CUSTOMERS = ["1000000000000001", "1000000000000009"]


def _answers() -> list[DigestAnswer]:
    requests = signed_requests(SIGN_IN, port=8080, nonce="n" * 48, customers=CUSTOMERS)
    heads = [request.decode().split("\r\n") for request in requests]
    sent = [dict(line.split(": ", 1) for line in head[1:] if line) for head in heads]
    return [parse_answer(headers["Authorization"]) for headers in sent]


def test_each_request_is_signed_with_the_secret() -> None:
    ha1 = sha256(b"mint-1:bezant:s3cret").digest()

    assert all(answer_matches(a, ha1=ha1, realm="bezant", method="GET") for a in _answers())


def test_each_request_is_the_next_use_of_its_nonce() -> None:
    assert [answer.count for answer in _answers()] == [1, 2]


def test_each_request_asks_for_the_target_that_it_signs() -> None:
    requests = signed_requests(SIGN_IN, port=8080, nonce="n" * 48, customers=CUSTOMERS)
    for request, answer in zip(requests, _answers(), strict=True):
        path, _, query = request.split(b" ", 2)[1].partition(b"?")
        assert target_matches(answer.uri, raw_path=path, query=query, path_prefix="")


def test_the_query_is_the_published_one() -> None:
    published = "page=&total=&startDate&endDate&card_bin"

    assert target("1") == f"/partner/ecom/baskets?customer_external_id=1&{published}"
