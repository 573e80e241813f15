"""Answers by which servers are known, as they were read in their sources and manuals; and those that say nothing."""

from __future__ import annotations

import pytest

from wsfix.drivers.closing import meaning_of
from wsfix.drivers.refusals import Refusal, known
from wsfix.model.walk import Reply

VERSION = (("Sec-Websocket-Version", "13"),)
JSON = (("Content-Type", "application/json"),)


@pytest.mark.parametrize(
    ("status", "headers", "body", "by", "means"),
    [
        (403, VERSION, "Forbidden\n", "Go's gorilla/websocket", Refusal.ORIGIN),
        (400, VERSION, "Bad Request\n", "Go's gorilla/websocket", Refusal.NOT_UPGRADED),
        (403, (), 'request Origin "a.example" is not authorized for Host "b.example"', "Go's coder/websocket", Refusal.ORIGIN),
        (426, (), 'WebSocket protocol violation: Connection header "" does not contain Upgrade', "Go's coder/websocket", Refusal.NOT_UPGRADED),
        (403, (), "Cross origin websockets not allowed", "Tornado", Refusal.ORIGIN),
        (400, (), 'Can "Upgrade" only to "WebSocket".', "Tornado, Spring or Vert.x", Refusal.NOT_UPGRADED),
        (403, (("X-Powered-By", "Ratchet/0.4.4"),), "", "Ratchet (PHP)", Refusal.ORIGIN),
        (403, (), "Invalid CORS request", "Spring", Refusal.ORIGIN),
        (403, (), 'Blocked request. This host ("a.example") is not allowed.', "Vite", Refusal.HOST),
        (403, (), "Invalid Host header", "webpack-dev-server", Refusal.HOST),
        (403, (), "<h1>Blocked hosts: a.example</h1>", "Rails", Refusal.HOST),
        (400, (), "<h2>Bad Request - Invalid Hostname</h2>", "ASP.NET", Refusal.HOST),
        (400, (), "Connection header did not include 'upgrade'", "axum", Refusal.NOT_UPGRADED),
        (400, (), "'connection' header must contain 'upgrade', got [\"keep-alive\"]", "Bandit or Cowboy (Elixir)", Refusal.NOT_UPGRADED),
        (400, (), 'No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".', "Tornado, Spring or Vert.x", Refusal.NOT_UPGRADED),
        (400, (), "WebSocket upgrade is expected.", "actix-web", Refusal.NOT_UPGRADED),
        (400, (), "Connection ID required", "SignalR", Refusal.NOT_UPGRADED),
        (404, (), "No Connection with that ID", "SignalR", Refusal.STRANGER),
        (426, (), "Upgrade Required", "the server", Refusal.NOT_UPGRADED),
        (200, (("Content-Type", "text/event-stream"),), "", "the server", Refusal.NO_SOCKET),
        (401, JSON, '{"error":"Origin https://a.example is not allowed"}', "the application", Refusal.ORIGIN),
        (403, (("x-amzn-RequestId", "1"),), '{"message":"Missing Authentication Token"}', "Amazon API Gateway", Refusal.NO_ROUTE),
    ],
)  # fmt: skip
def test_an_answer_that_is_known(status, headers, body, by, means):
    found = known(Reply(status, "", headers, body.encode()))
    assert found is not None
    assert (found.by, found.means) == (by, means)


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (403, (), ""),
        (403, (), "Forbidden"),
        (400, (), "Bad Request"),
        (400, (), "Invalid host header"),
        (404, JSON, '{"detail":"Not Found"}'),
        (403, (("Content-Type", "text/html"),), "<html>Direct access to the origin is not allowed</html>"),
        (403, JSON, '{"message":"Forbidden"}'),
        (200, (("Content-Type", "text/html"),), "<!doctype html>"),
        (500, (), "Internal Server Error"),
    ],
)
def test_an_answer_that_tells_nothing(status, headers, body):
    assert known(Reply(status, "", headers, body.encode())) is None


def test_no_answer_is_nothing():
    assert known(None) is None


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014])
def test_every_code_of_the_rfc_has_its_words(code):
    assert meaning_of(code).says != "a number that tells nothing"
    assert meaning_of(code).advice


@pytest.mark.parametrize(("code", "words"), [(4321, "own"), (3456, "library"), (2000, "nothing")])
def test_other_codes(code, words):
    assert words in meaning_of(code).says
