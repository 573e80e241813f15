"""The hop is told by comparing places, for handshakes and for silent sockets; also where no rule fires."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from tests.faults.observing import HERE, observation
from wsfix.judge import judge
from wsfix.model.after import Delivery, Ear, Silence, Way
from wsfix.model.hop import Hop
from wsfix.model.observation import Observation
from wsfix.model.walk import Failure, Handshake, Place, Reply, Walk
from wsfix.plan import Consent, plan
from wsfix.triage import Suspect, comparison, ended, fate, lasting, lasts, suspect

HEALTHY = observation(HERE / "no-heartbeat" / "sound-pinged")
PLACES = (Place.OUTSIDE, Place.PROXY, Place.BACKEND)


def walk(place: Place, works: bool | None, status: int = 502, wall: Hop = Hop.PROXY) -> Walk | None:
    if works is None:
        return None
    if works:
        return Walk(place, "x", handshake=Handshake(None, accepted=True, proved=True))
    return Walk(place, "x", handshake=Handshake(None, Reply(status, "", ()), failure=Failure.STATUS), wall=wall)


def seen(*works: bool | None, status: int = 502, wall: Hop = Hop.PROXY) -> Observation:
    outside, proxy, backend = (walk(place, said, status, wall) for place, said in zip(PLACES, works, strict=True))
    return replace(HEALTHY, silences=(), outside=outside, proxy=proxy, backend=backend)


TRIAGE = [
    ((False, True, True), Suspect.BEFORE),
    ((False, False, True), Suspect.PROXY),
    ((False, False, False), Suspect.BACKEND),
    ((True, True, True), Suspect.NOBODY),
    ((True, True, False), Suspect.ROUTE),
    ((True, False, True), Suspect.ELSEWHERE),
    ((True, None, None), Suspect.NOBODY),
    ((False, None, None), Suspect.UNKNOWN),
    ((False, False, None), Suspect.BEHIND),
    ((False, True, None), Suspect.BEFORE),
    ((False, None, True), Suspect.UNKNOWN),
    ((False, None, False), Suspect.BACKEND),
    ((None, False, True), Suspect.PROXY),
    ((None, False, False), Suspect.BACKEND),
]


@pytest.mark.parametrize(("works", "found"), TRIAGE, ids=str)
def test_three_answers_name_the_hop(works: tuple[bool | None, ...], found: Suspect):
    assert suspect(seen(*works)) is found


def test_a_refusal_everywhere_is_the_application_s():
    assert suspect(seen(False, False, False, status=403)) is Suspect.REFUSED
    assert suspect(seen(False, False, True, status=403)) is Suspect.PROXY


def test_tls_at_both_is_met_at_the_proxy():
    assert suspect(seen(False, False, True, wall=Hop.TLS)) is Suspect.TLS


def test_a_backend_on_another_port_is_told():
    found = walk(Place.BACKEND, works=True)
    assert found is not None
    assert suspect(replace(seen(False, False, False), candidates=(found,))) is Suspect.MOVED


@pytest.mark.parametrize(
    "works", [each for each in product([True, False, None], repeat=3) if any(w is False for w in each)]
)
def test_every_comparison_says_who_fails_and_who_works(works: tuple[bool | None, ...]):
    said = comparison(seen(*works))
    assert "fails" in said
    assert ("works" in said) is (True in works)


def test_the_comparison_stands_where_no_rule_fires():
    odd = replace(seen(False, False, True), inside=None)
    diagnosis = judge(odd)
    assert diagnosis.unexplained
    assert diagnosis.compared.startswith(
        "fails from outside and through the proxy on its host, works straight at the backend: the proxy"
    )


def test_seen_only_from_outside_nothing_is_compared():
    assert "cannot be compared" in comparison(replace(seen(False, None, None), inside=None))
    assert comparison(seen(None, None, None)) == ""


def silence(place: Place, held: float, *, ends: bool = True, **more: object) -> Silence:
    failure = Failure.EARLY_CLOSE if ends else None
    met = Handshake(None, accepted=True)
    return replace(Silence(65, held, failure, close_code=1006 if ends else None, handshake=met, place=place), **more)  # type: ignore[arg-type]


OUTSIDE = silence(Place.OUTSIDE, 60.0)
ENDS = [
    ((), Suspect.UNKNOWN),
    ((silence(Place.PROXY, 60.4), silence(Place.BACKEND, 65, ends=False)), Suspect.PROXY),
    ((silence(Place.PROXY, 65, ends=False), silence(Place.BACKEND, 65, ends=False)), Suspect.BEFORE),
    ((silence(Place.PROXY, 60.4), silence(Place.BACKEND, 59.2)), Suspect.BACKEND),
    ((silence(Place.PROXY, 60.4),), Suspect.BEHIND),
    ((silence(Place.BACKEND, 65, ends=False),), Suspect.UNKNOWN),
    ((silence(Place.PROXY, 0.1, displaced=True), silence(Place.BACKEND, 65, ends=False)), Suspect.UNKNOWN),
    ((silence(Place.PROXY, 0, handshake=None),), Suspect.UNKNOWN),
]


@pytest.mark.parametrize(("beside", "by"), ENDS)
def test_who_ends_a_silent_socket_is_told_by_comparing(beside: tuple[Silence, ...], by: Suspect):
    found = ended(replace(HEALTHY, silences=(*beside, OUTSIDE)))
    assert found is not None
    assert found.by is by


def test_a_ping_that_keeps_the_socket_tells_that_it_was_the_silence():
    pinged = silence(Place.OUTSIDE, 65, ends=False, pinged_every=20.0)
    found = ended(replace(HEALTHY, silences=(pinged, OUTSIDE)))
    assert found is not None
    assert found.of_silence
    also = ended(replace(HEALTHY, silences=(replace(OUTSIDE, pinged_every=20.0), OUTSIDE)))
    assert also is not None
    assert also.of_silence is False


def test_what_was_seen_afterwards_is_said_in_sentences():
    told = Delivery(Way.REQUEST, (Ear(True, True), Ear(True)), published=True)
    both = replace(HEALTHY, silences=(silence(Place.PROXY, 60.2), OUTSIDE), delivery=told)
    lines = lasting(both)
    assert lines[1] == "from outside, silent: ended after 60.0 s without a close frame; the server never pinged"
    assert lines[2] == "ended by the proxy or what stands behind it"
    assert lines[3] == "one message, told by a request: 1 of 2 sockets heard it"
    assert lasts(both) is False
    assert lasts(replace(HEALTHY, silences=())) is None
    assert lasts(replace(HEALTHY, silences=(replace(OUTSIDE, displaced=True),))) is None
    assert "no end was seen" in fate(replace(OUTSIDE, failure=Failure.NO_ECHO))


def test_a_limit_that_nobody_asked_about_is_raised_only_with_consent():
    measured = observation(HERE / "nginx-proxy-read-timeout" / "seen-to-end-and-none-asked")
    diagnosis = judge(measured)
    assert plan("web1", [(measured, diagnosis)]).empty
    allowed = plan("web1", [(measured, diagnosis)], Consent(confirm=frozenset({"nginx-proxy-read-timeout"})))
    assert "+        proxy_read_timeout 3600s;" in allowed.diff()
    named = next(finding for finding in diagnosis.findings if finding.name == "nginx-proxy-read-timeout")
    assert "outside, silent" in [evidence.source for evidence in named.evidence]
