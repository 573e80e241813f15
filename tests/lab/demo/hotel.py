"""Case 003: a log-in, a token for five minutes, then the socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.lab.breaks import breaks
from tests.lab.demo.story import Act, Story
from tests.lab.machine import LabError
from tests.lab.systems import hotel
from tests.lab.systems.system import ACCOUNT

if TYPE_CHECKING:
    from tests.lab.browser import Page
    from tests.lab.host import Host
    from tests.lab.state import HostCard

LOCAL, OWN = "'http://localhost:8000/api/v1'", "`https://${window.location.hostname}/api/v1`"
LOGIN = """
fetch(%s, {
  method: 'POST', credentials: 'include', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(%s),
}).then((reply) => reply.status)
"""


def visit(page: Page, card: HostCard) -> str:
    """Log in on the hotel's page, load it again and hear of its socket."""
    page.visit(f"{hotel.page(card)}/")
    typed = {"email": ACCOUNT, "password": card.secret("account_password")}
    status = page.evaluate(LOGIN % (json.dumps(f"https://{card.site}{hotel.LOGIN}"), json.dumps(typed)))
    if status != 200:
        raise LabError(f"the log-in answered {status}")
    page.visit(f"{hotel.page(card)}/?again")
    return page.socket()


def corrected(host: Host) -> None:
    """the page's own host instead of localhost, as if built anew."""
    host.edit(hotel.BUNDLE, LOCAL, OWN)


STORY: Final = Story(
    "003",
    (
        "Case 003: a hotel. nginx with TLS in front of FastAPI; a log-in sets a cookie, with it the page fetches a token of",
        "five minutes, and with that it opens the socket. The write-up says that the backend on localhost:8000 did not run,",
        "starts uvicorn in a terminal, and declares the matter resolved.",
    ),
    (
        Act(
            "As the write-up claims: the backend does not run.",
            breaks("003")["backend-not-running"],
            "backend-not-running",
            "It is started as the unit that it is; a terminal would take it along when it closes.",
        ),
        Act(
            "As it more probably was: the bundle asks localhost:8000, which in a browser is the visitor's own machine.",
            breaks("003")["fe-hardcoded-localhost"],
            "fe-hardcoded-localhost",
            "The server is well, so the scripted client gets 101; no visitor does, whatever is started on the server.",
            mend=corrected,
            drift=True,
            visit=visit,
        ),
    ),
)
