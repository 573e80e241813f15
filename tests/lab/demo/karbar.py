"""Case 000: Apache in front of FastAPI under a prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.lab.breaks import breaks
from tests.lab.demo.story import Act, Story
from tests.lab.demo.telling import check

if TYPE_CHECKING:
    from tests.lab.browser import Page
    from tests.lab.host import Host
    from tests.lab.state import HostCard


def visit(page: Page, card: HostCard) -> str:
    """Load the hub's page and hear of its socket."""
    page.visit(f"https://{card.site}/")
    return page.socket()


def without_wstunnel(host: Host) -> None:
    """Show that the module of the write-up is not needed."""
    check(
        "the healthy site runs without proxy_wstunnel, the module that the write-up says is missing",
        lambda: (
            "proxy_wstunnel" not in host.sh("apache2ctl -M 2>/dev/null").stdout
            and host.system.echo(host.card) == "hello"
        ),
    )


STORY: Final = Story(
    "000",
    (
        "Case 000: a mobility hub. Apache with TLS hands /be/ to FastAPI on port 8001; the pages open wss://HOST/be/ws/ID.",
        "The write-up finds eight places to look at, and suspects a missing module first: enable proxy_wstunnel, restart.",
        "It also says that the socket needs a ProxyPass and a RewriteRule, both.",
    ),
    (
        Act(
            "As the write-up claims: a module is missing (the one that does matter here, proxy_http).",
            breaks("000")["apache-mod-missing-proxy_http"],
            "apache-mod-missing",
            "A missing module answers 500 to every path of /be/, REST too; a graceful reload loads it, no restart.",
            visit=visit,
        ),
        Act(
            "As it more probably was: the broad ProxyPass stands first, as in the write-up's own example.",
            breaks("000")["apache-proxypass-order"],
            "apache-proxypass-order",
            "The first ProxyPass that matches wins. One line moves; no module, no RewriteRule, no restart.",
            visit=visit,
        ),
    ),
    besides=without_wstunnel,
)
