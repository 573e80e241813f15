"""Cures of the way in that need consent: held back and named without it, made with it, and not planned twice."""

from __future__ import annotations

import pytest

from tests.faults.observing import HERE, observation
from tests.unit.applying import changed
from wsfix.judge import judge
from wsfix.plan import Consent, plan

CURES = [
    ("dns-aaaa-no-listener/works-by-ipv4", "+    listen [::]:443 ssl;"),
    ("tls-old-protocol/own-directive", "+    ssl_protocols       TLSv1.2 TLSv1.3;"),
    ("scheme-wss-to-plain-port/another-port-of-nginx", "+    listen 8443 ssl;"),
    ("fw-ufw-lockout/another-port", "ufw allow 2222/tcp"),
    ("fw-rejects-looks-closed/default-rejects", "ufw allow 443/tcp"),
]


@pytest.mark.parametrize(("case", "line"), CURES)
def test_it_is_made_with_consent_alone(case: str, line: str) -> None:
    name = case.partition("/")[0]
    seen = observation(HERE / case)
    held = plan("web1", [(seen, judge(seen))])
    assert held.empty
    assert any(f"WSFIX_CONFIRM={name}" in each.why for each in held.held)
    made = plan("web1", [(seen, judge(seen))], Consent(confirm=frozenset({name})))
    done = [*made.diff().splitlines(), *(action.do for action in made.actions)]
    assert line in done


@pytest.mark.parametrize(("case", "_line"), CURES)
def test_what_was_made_is_not_asked_for_again(case: str, _line: str) -> None:
    seen, allowed = observation(HERE / case), Consent(confirm=frozenset({"all"}))
    after = changed(seen, plan("web1", [(seen, judge(seen))], allowed))
    again = plan("web1", [(after, judge(after))], allowed)
    assert [action.do for action in again.actions] == []
    assert again.diff() == ""
