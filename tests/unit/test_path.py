"""The path: from the client to the application in two lines, with the one hop that fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report.scenes import case, made, outside, timed
from wsfix.judge import judge
from wsfix.model.hop import Hop
from wsfix.model.observation import Observation
from wsfix.model.walk import Failure, Handshake, Phase, Place, Walk
from wsfix.report.colour import Paint
from wsfix.report.path import path_lines

SOUND = Handshake("https://x", accepted=True, proved=True)


def drawn(seen: Observation, cause: Hop | None = None) -> list[str]:
    return path_lines(seen, cause, Paint())


def marks(seen: Observation, cause: Hop | None = None) -> str:
    return "".join(sign for sign in drawn(seen, cause)[0] if sign in "\u2713\u2717\u00b7")


def failing(wall: Hop, **more: Walk) -> Observation:
    return replace(made(), outside=outside(wall, Failure.TIMEOUT, "x"), **more)


def backend(wall: Hop | None) -> Walk:
    return Walk(Place.BACKEND, "x", handshake=SOUND if wall is None else None, wall=wall)


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (Hop.DNS, "\u2717\u00b7\u00b7\u00b7\u00b7\u00b7"),
        (Hop.TCP, "\u2713\u2717\u00b7\u00b7\u00b7\u00b7"),
        (Hop.TLS, "\u2713\u2713\u2717\u00b7\u00b7\u00b7"),
        (Hop.PROXY, "\u2713\u2713\u2713\u2717\u00b7\u00b7"),
    ],
)
def test_the_first_wall_fails_and_what_lies_behind_it_is_not_seen(wall: Hop, expected: str):
    assert marks(failing(wall)) == expected


@pytest.mark.parametrize(
    ("cause", "behind", "expected"),
    [
        (Hop.PROXY, backend(None), "\u2713\u2713\u2713\u2717\u2713\u2713"),
        (Hop.BACKEND, backend(Hop.BACKEND), "\u2713\u2713\u2713\u00b7\u2717\u00b7"),
        (Hop.APPLICATION, backend(Hop.APPLICATION), "\u2713\u2713\u2713\u00b7\u2713\u2717"),
    ],
)
def test_where_the_cause_is_known_it_alone_fails(cause: Hop, behind: Walk, expected: str):
    assert marks(failing(Hop.PROXY, backend=behind), cause) == expected


def test_a_socket_that_works_has_passed_every_hop():
    assert marks(made()) == "\u2713" * 6


def test_without_tls_there_is_no_such_hop():
    seen = made(site={"url": "ws://chat.example.com/ws"})
    assert "TLS" not in drawn(seen)[0]
    assert marks(seen) == "\u2713" * 5


def test_what_was_measured_stands_below_its_hop():
    top, below = drawn(timed(failing(Hop.PROXY)))
    assert below.index("2 ms") == top.index("\u2713 DNS")
    assert below.index("11 ms") == top.index("\u2713 TCP 443")
    assert below.index("30 ms") == top.index("\u2713 TLS")


def test_a_phase_that_failed_says_how():
    phases = (Phase("resolve", 0.002), Phase("connect", 5.0, Failure.TIMEOUT))
    seen = failing(Hop.TCP)
    assert seen.outside is not None
    top, below = drawn(replace(seen, outside=replace(seen.outside, phases=phases)))
    assert below.index("timeout") == top.index("\u2717 TCP 443")


URLS = [
    "wss://chat.example.com/api/chat/ws/{user}",
    "wss://a-rather-long-name-of-a-host.subdomain.example.com:8443/ws",
    "ws://[2001:db8:1111:2222:3333:4444:5555:6666]:8080/ws",
    "ws://x/",
]
SICK = [
    "nginx-upgrade-headers-missing/own-location",
    "backend-crash-loop/dies-at-start",
    "fw-drops-http/443-not-allowed",
    "tls-cert-expired/no-other",
    "env-not-loaded/unit-does-not-read-it",
]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("name", SICK)
def test_the_path_fits_a_terminal_of_80_columns(name: str, url: str):
    seen = case(name)
    seen = replace(seen, site=type(seen.site).model_validate({**seen.site.model_dump(), "url": url}))
    cause = judge(seen).cause
    lines = drawn(seen, cause.hop if cause else None)
    assert [len(line) for line in lines if len(line) > 78] == []
    assert len(lines) == 2


def test_without_a_backend_in_the_inventory_the_hop_has_a_word():
    bare = Observation(type(made().site).model_validate({"name": "x", "url": "wss://x/"}))
    assert (
        drawn(bare)[0]
        == "client \u2500 \u00b7 DNS \u2500 \u00b7 TCP 443 \u2500 \u00b7 TLS \u2500 \u00b7 nginx \u2500 \u00b7 backend \u2500 \u00b7 application"
    )
