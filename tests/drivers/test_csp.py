"""Whether a Content-Security-Policy lets a page open a socket."""

from __future__ import annotations

import pytest

from wsfix.drivers import csp

PAGE, SOCKET = "https://chat.example.com", "wss://chat.example.com"


@pytest.mark.parametrize(
    "policy",
    [
        "default-src 'self'",
        "connect-src 'self'",
        "connect-src *",
        "connect-src wss:",
        "connect-src ws:",
        "connect-src wss://chat.example.com",
        "connect-src wss://chat.example.com:443",
        "connect-src wss://*.example.com",
        "connect-src chat.example.com",
        "connect-src ws://chat.example.com",
        "img-src 'none'",
        "default-src 'none'; connect-src 'self'",
        "connect-src 'self'; connect-src 'none'",
        "connect-src $sources",
        "",
    ],
)
def test_a_policy_that_lets_it_through(policy: str):
    assert not csp.forbids(policy, PAGE, SOCKET)


@pytest.mark.parametrize(
    "policy",
    [
        "default-src 'none'",
        "connect-src 'none'",
        "connect-src https://chat.example.com",
        "connect-src wss://other.example.com",
        "connect-src wss://chat.example.com:8443",
        "default-src 'self'; connect-src https:",
        "connect-src",
        "connect-src wss://*.chat.example.com",
        "CONNECT-SRC HTTPS://API.EXAMPLE.COM",
    ],
)
def test_a_policy_that_forbids_it(policy: str):
    assert csp.forbids(policy, PAGE, SOCKET)


@pytest.mark.parametrize(
    ("page", "forbidden"),
    [
        (PAGE, False),
        ("https://app.example.com", True),
        ("https://chat.example.com:8443", True),
        ("http://chat.example.com", True),
    ],
)
def test_self_is_the_host_and_the_port_of_the_page(page: str, forbidden: bool):
    assert csp.forbids("connect-src 'self'", page, SOCKET) is forbidden


def test_the_first_directive_of_a_name_counts():
    assert csp.directive("default-src a; connect-src b c; connect-src d") == ("connect-src", ("b", "c"))
    assert csp.directive("img-src a") is None
