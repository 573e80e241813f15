"""The eight configuration points: fine only with a proof, at fault by a fault's code, else not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.faults.observing import HERE, observation
from tests.report.scenes import made
from wsfix.judge import judge
from wsfix.model.observation import Observation
from wsfix.model.points import Place, Point, State
from wsfix.report.colour import Paint
from wsfix.report.points import points_document, points_lines

ENV = {"path": "/srv/page/.env.local", "values": {"REACT_APP_BACKEND_URL": "https://chat.example.com"}}
SITE = {
    "client": {
        "env_file": "/srv/page/.env.local",
        "values": {"REACT_APP_BACKEND_URL": "https://chat.example.com"},
        "files": ["/srv/page"],
    }
}
SOURCES = {
    "/srv/page/src/setupProxy.js": [
        "app.use('/api', createProxyMiddleware({ target: 'http://localhost:8000', ws: true }));"
    ],
    "/srv/page/src/WebSocketContext.js": ["new WebSocket(`${scheme}//${window.location.host}/api/chat/ws/${user}`);"],
}
WANTED = {"/srv/page/.env.local|REACT_APP_BACKEND_URL": "https://chat.example.com"}


def whole(**more: Any) -> Observation:
    """Return a healthy host on which every point can be proved."""
    return made(**{"site": SITE, "sources": SOURCES, "page_env": ENV, "wanted": WANTED, **more})


def states(seen: Observation) -> dict[Place, State]:
    return {point.place: point.state for point in judge(seen).points}


def at(seen: Observation, place: Place) -> Point:
    return next(point for point in judge(seen).points if point.place is place)


def test_all_eight_are_fine_where_each_is_proved():
    diagnosis = judge(whole())
    assert diagnosis.findings == ()
    assert {point.place: point.state for point in diagnosis.points} == dict.fromkeys(Place, State.FINE)
    assert all(point.proof for point in diagnosis.points)


def test_what_the_inventory_does_not_name_was_not_seen():
    unseen = {Place.CLIENT_ENV, Place.DEV_PROXY, Place.BROWSER_URL}
    assert {place for place, state in states(made()).items() if state is State.UNSEEN} == unseen


@pytest.mark.parametrize(
    ("case", "place", "code"),
    [
        ("env-value-wrong/page-env", Place.CLIENT_ENV, "WS601"),
        ("env-value-wrong/origin-missing", Place.BACKEND_ENV, "WS601"),
        ("env-not-loaded/process-is-older", Place.BACKEND_ENV, "WS602"),
        ("nginx-upgrade-headers-missing/own-location", Place.PROXY, "WS420"),
        ("backend-not-running/stopped", Place.BACKEND, "WS503"),
        ("ws-route-missing/route-differs", Place.BACKEND, "WS603"),
        ("fe-dev-proxy-no-ws/setup-proxy", Place.DEV_PROXY, "WS700"),
        ("tls-cert-expired/no-other", Place.CERTIFICATE, "WS301"),
        ("fw-backend-exposed/allowed-and-public", Place.FIREWALL, "WS202"),
        ("fe-hardcoded-localhost/bundle", Place.BROWSER_URL, "WS701"),
    ],
)
def test_a_fault_stands_at_its_point(case: str, place: Place, code: str):
    point = at(observation(HERE / case), place)
    assert point.state is State.FAULT
    assert code in point.codes


def test_a_note_is_no_fault_of_a_point():
    assert at(observation(HERE / "backend-reload-flag-prod/uvicorn"), Place.BACKEND).state is State.FINE


@pytest.mark.parametrize(
    ("part", "places"),
    [
        ("env", {Place.CLIENT_ENV, Place.BACKEND_ENV}),
        ("processes", {Place.BACKEND_ENV}),
        ("firewall", {Place.FIREWALL}),
        ("listeners", {Place.FIREWALL}),
        ("sources", {Place.DEV_PROXY, Place.BROWSER_URL, Place.CLIENT_ENV}),
    ],
)
def test_what_was_not_seen_is_never_fine(part: str, places: set[Place]):
    seen = whole()
    assert seen.inside is not None
    blind = replace(seen, inside=replace(seen.inside, **{part: None}, missing={part: "not asked"}))
    told = states(blind)
    assert {place for place, state in told.items() if state is not State.FINE} == places
    assert State.FAULT not in told.values()


def test_from_outside_alone_there_is_no_table():
    diagnosis = judge(Observation(made().site, outside=made().outside))
    assert points_lines(diagnosis, Paint()) == []
    assert points_document(diagnosis) == []


def test_the_table_has_eight_rows_of_at_most_eighty_signs():
    lines = points_lines(judge(whole(sources={})), Paint())
    assert [line[4] for line in lines[2:] if line[4] != " "] == [str(place.value) for place in Place]
    assert all(len(line) <= 80 for line in lines)


def test_the_document_says_the_same():
    document = points_document(judge(observation(HERE / "fe-hardcoded-localhost/bundle")))
    assert [(row["number"], row["point"]) for row in document] == [(place.value, place.word) for place in Place]
    assert document[-1]["state"] == "at fault"
    assert document[-1]["codes"] == ["WS701"]
