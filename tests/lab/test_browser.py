"""A real browser: it loads the page over TLS, trusts the lab's authority and nothing else, and opens the socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.lab.breaks import break_host
from tests.lab.browser import browsing
from tests.lab.host import Host
from tests.lab.machine import LabError
from tests.lab.systems import hotel
from tests.lab.systems.system import ACCOUNT

Fresh = Callable[..., Host]

LOGIN = """
fetch('https://%(site)s%(path)s', {
  method: 'POST', credentials: 'include', headers: {'Content-Type': 'application/json'},
  body: JSON.stringify({email: '%(email)s', password: '%(password)s'}),
}).then((reply) => reply.status)
"""


@pytest.mark.parametrize(("system", "broken"), [("000", "apache-proxypass-order"), ("004", "wsgi-not-asgi")])
def test_a_page_opens_its_socket_and_feels_a_break_as_1006(healthy_host: Fresh, system: str, broken: str) -> None:
    host = healthy_host(release=12, system=system)
    with browsing(host.card) as page:
        page.visit(f"https://{host.card.site}/")
        assert page.socket() == "open hello"
        break_host(host, broken)
        page.visit(f"https://{host.card.site}/")
        assert page.socket() == "closed 1006"


def test_a_page_on_another_port_logs_in_and_opens_its_socket(healthy_host: Fresh) -> None:
    host = healthy_host(release=13, system="003")
    words = {"site": host.card.site, "path": hotel.LOGIN, "email": ACCOUNT}
    with browsing(host.card) as page:
        page.visit(f"{hotel.page(host.card)}/")
        assert page.socket() == "closed, token refused with 401"
        assert page.evaluate(LOGIN % {**words, "password": "guessed"}) == 401
        assert page.evaluate(LOGIN % {**words, "password": host.card.secret("account_password")}) == 200
        page.visit(f"{hotel.page(host.card)}/")
        assert page.socket() == "open hello"
        break_host(host, "fe-hardcoded-localhost")
        page.visit(f"{hotel.page(host.card)}/?again")
        assert page.socket().startswith("closed, ")


def test_a_bundle_that_names_the_visitors_own_machine_opens_nothing(healthy_host: Fresh) -> None:
    host = healthy_host(release=13, system="000")
    break_host(host, "fe-hardcoded-localhost")
    with browsing(host.card) as page:
        page.visit(f"https://{host.card.site}/")
        assert page.socket() == "closed 1006"


def test_a_certificate_that_ran_out_is_a_page_that_does_not_load(healthy_host: Fresh) -> None:
    host = healthy_host(release=13, system="000")
    break_host(host, "tls-cert-expired")
    with browsing(host.card) as page, pytest.raises(LabError, match="ERR_CERT_DATE_INVALID"):
        page.visit(f"https://{host.card.site}/")
