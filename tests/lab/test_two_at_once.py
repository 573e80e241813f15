"""Between plan and repair somebody else acts: a colleague with an editor, or a second wsfix."""

from __future__ import annotations

from tests.lab.apps import held_behind_proxy, let_in, until_asked
from tests.lab.breaks import break_host
from tests.lab.client import echo
from tests.lab.runs import Run
from tests.lab.site import NGINX_SITE
from tests.lab.transactions import remembered

PATIENT = {"probe": {"timeout_seconds": 30}}


def test_a_file_that_changed_since_the_plan_was_shown_is_refused(healthy_host):
    host = healthy_host(release=12)
    break_host(host, "nginx-upgrade-headers-missing")
    with Run("deploys/websocket.py", host=host.name) as run:
        run.until_it_asks()
        host.write(NGINX_SITE, host.read(NGINX_SITE) + "# Marta was here\n")
        edited = host.digests()
        run.answer()
        assert run.end() != 0
        assert (
            f"{host.name}: refused. nothing was written: drift failed: changed since the look: {NGINX_SITE}" in run.text
        )
    assert host.digests() == edited
    assert remembered(host) == [], "a refused transaction leaves nothing behind"


def test_of_two_runs_the_second_is_refused_and_told_whose_the_first_is(healthy_host):
    host = healthy_host(release=12)
    held_behind_proxy(host)
    break_host(host, "nginx-upgrade-headers-missing")
    with (
        Run("deploys/websocket.py", host=host.name, site=PATIENT) as first,
        Run("deploys/websocket.py", host=host.name, site=PATIENT) as second,
    ):
        first.until_it_asks()
        second.until_it_asks()
        first.answer()
        until_asked(host)
        second.answer()
        assert second.end() != 0
        assert f"{host.name}: refused. nothing was written" in second.text
        assert f"pid {first.pid}" in second.text
        let_in(host)
        assert first.end() == 0
        assert f"{host.name}: fixed" in first.text
    assert len(remembered(host)) == 1
    assert echo(host.card) == "hello"
