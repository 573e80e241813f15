"""Case 004: Django and Channels, gunicorn for plain HTTP and Daphne for the sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.lab.breaks import Break, breaks
from tests.lab.demo.story import Act, Story
from tests.lab.systems.parkmate import WS_PATH

if TYPE_CHECKING:
    from tests.lab.browser import Page
    from tests.lab.host import Host
    from tests.lab.state import HostCard

SCRIPT: Final = "/var/www/parkmate/app.js"
OWN, LOCAL = "`${protocol}//${window.location.host}/ws/", "`ws://127.0.0.1:8000/ws/"


def visit(page: Page, card: HostCard) -> str:
    """Load the car park's page and hear of its socket."""
    page.visit(f"https://{card.site}/")
    return page.socket()


def hardcoded(host: Host) -> None:
    """The page opens ws://127.0.0.1:8000: the visitor's own machine."""
    host.edit(SCRIPT, OWN, LOCAL)


def corrected(host: Host) -> None:
    """the page's own scheme and host instead of ws://127.0.0.1:8000, as if built anew."""
    host.edit(SCRIPT, LOCAL, OWN)


STORY: Final = Story(
    "004-split",
    (
        "Case 004: a car park. nginx with TLS in front of Django: gunicorn on 8000 for pages and REST, Daphne on 8001 for",
        "wss://HOST/ws/notifications/ID/, joined by Redis. The write-up had a 404 for the handshake, and blames the URL that",
        "its page had hard-coded, and an ASGI file that was not as Channels recommends.",
    ),
    (
        Act(
            "As the write-up claims: the page has a URL with 127.0.0.1:8000 in it.",
            Break("fe-hardcoded-localhost", "", hardcoded, "101", "", WS_PATH, system="004-split"),
            "fe-hardcoded-localhost",
            "A fault, but it gives no 404: nobody answers there, and the server is well, as the scripted client shows.",
            mend=corrected,
            drift=True,
            visit=visit,
        ),
        Act(
            "As it more probably was: the socket's path goes to a WSGI server, which can't speak WebSocket.",
            breaks("004-split")["gunicorn-without-websocket-route"],
            "nginx-upstream-wrong-port",
            "A 404 is an answer: gunicorn got the request as a plain GET. No ASGI file is read on that way.",
            visit=visit,
        ),
    ),
)
