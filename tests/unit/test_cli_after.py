"""`wsfix check --idle` and `--delivery`: what is said on which stream, and with which status."""

from __future__ import annotations

import json

import pytest

from tests.probes.servers import Visit, frame, serving
from tests.unit.test_cli import FINDINGS, OK, USAGE, Told, healthy, wsfix  # noqa: F401 - fixtures
from wsfix.cli import UNCHECKED
from wsfix.commands.options import with_numbers


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["check", "wss://x", "--idle"], ["check", "wss://x", "--idle", "65"]),
        (["check", "--idle", "wss://x"], ["check", "--idle", "65", "wss://x"]),
        (["check", "--idle", "9.5", "wss://x"], ["check", "--idle", "9.5", "wss://x"]),
        (["check", "--delivery", "-i", "x.py"], ["check", "--delivery", "8", "-i", "x.py"]),
        (["check", "--idle=9"], ["check", "--idle=9"]),
        ([], []),
    ],
)
def test_an_option_may_stand_without_its_number(words: list[str], found: list[str]):
    assert with_numbers(words) == found


@pytest.mark.parametrize("words", [("--idle", "0"), ("--idle=x",), ("--delivery", "1"), ("--delivery", "999")])
def test_numbers_out_of_range_are_refused(wsfix, words: tuple[str, ...]):  # noqa: F811
    told: Told = wsfix("check", "ws://127.0.0.1:1/ws", *words)
    assert (told.status, told.out) == (USAGE, "")


def test_a_socket_that_lives_is_told_so(wsfix, healthy: int):  # noqa: F811
    told: Told = wsfix("check", f"ws://127.0.0.1:{healthy}/ws", "--idle", "1.2")
    assert told.status == OK, told.out
    assert "after the 101: from outside, silent: lives after 1 s; the server never" in told.out
    assert told.err.splitlines()[-1] == "wsfix: 127.0.0.1: 1 silent socket: 1 of 1.2 s"


def test_a_socket_that_is_ended_is_no_success(wsfix):  # noqa: F811
    def cut(visit: Visit) -> None:
        """Answer the ping of the proof, and hang up a moment later; a socket that says nothing is cut as well."""
        visit.read_request()
        visit.accept()
        visit.conn.settimeout(0.5)
        try:
            asked = visit.conn.recv(100)
        except TimeoutError:
            return
        key = asked[2:6]
        visit.conn.sendall(frame(0xA, bytes(each ^ key[at % 4] for at, each in enumerate(asked[6:14]))))
        visit.over.wait(0.5)

    with serving(cut) as port:
        told: Told = wsfix("check", f"ws://127.0.0.1:{port}/ws", "--idle", "5", "--format", "json")
    said = json.loads(told.out)["sites"][0]
    assert (told.status, said["healthy"], said["lasts"]) == (FINDINGS, True, False)
    assert "without a close frame" in said["after"][0]
    assert [finding["name"] for finding in said["findings"]] == ["no-heartbeat"]


def test_without_a_word_how_to_publish_delivery_is_not_known(wsfix, healthy: int):  # noqa: F811
    told: Told = wsfix("check", f"ws://127.0.0.1:{healthy}/ws", "--delivery")
    assert "delivery is not known: the inventory does not say how the site publishes" in " ".join(told.out.split())
    assert told.status == UNCHECKED
