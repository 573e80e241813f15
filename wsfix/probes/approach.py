"""From which place, over which way and with which words a site is asked: everything that a walk needs to begin."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wsfix.errors import SpecError
from wsfix.model.site import Site
from wsfix.model.walk import Headers, Place, other_spelling
from wsfix.probes import engineio
from wsfix.probes.dns import Lookup, ascii_name, is_address, look_up
from wsfix.probes.masking import Mask
from wsfix.probes.named import Named, named
from wsfix.probes.opening import Opening, checked_header, fresh_key, fresh_nonce, query_of
from wsfix.probes.stream import Clock, Deadline, Dial, dial_tcp
from wsfix.probes.tls import lax_context, strict_context
from wsfix.probes.websocket import Proof

NO_ORIGIN = ""
"""Send no Origin header, as tools do and browsers never."""


@dataclass(frozen=True, slots=True)
class Approach:
    """One way to ask one site. The bytes asked are the same from every place, so that answers can be compared."""

    site: Site
    place: Place
    host: str
    """What is dialled: the public name, or an address that a host knows."""
    port: int
    opening: Opening
    mask: Mask
    name: str
    """The public name, for SNI and the certificate."""
    secrets: Named = field(default_factory=Named, repr=False)
    auth: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What a client of Socket.IO gives as `auth`."""
    context: ssl.SSLContext | None = field(default=None, repr=False)
    """The roots that are trusted, read before the first connection; None without TLS."""
    dial: Dial = field(default=dial_tcp, repr=False)
    lookup: Lookup = field(default=look_up, repr=False)
    clock: Clock = field(default=time.monotonic, repr=False)

    @property
    def target(self) -> str:
        """What is asked, without its query."""
        return f"{_with_port(self.host, self.port)}{self.opening.path}"

    def unverified(self) -> Approach:
        """Return the approach to a server whose certificate is bad: it may be anybody, so no secret is told to it."""
        return replace(self.anonymous(), context=lax_context())

    def anonymous(self) -> Approach:
        """Return the same approach without anything that the inventory names as a secret."""
        return replace(self, opening=self.opening.without_secrets(), auth={}, secrets=Named())

    def uncompressed(self) -> Approach:
        """Return the same approach by a client that offers no compression."""
        return replace(self, opening=replace(self.opening, compresses=False))

    def respelled(self) -> Approach:
        """Return the same approach to the path with a slash more or fewer at its end."""
        return replace(self, opening=replace(self.opening, path=other_spelling(self.opening.path)))

    def by(self, origin: str) -> Approach:
        """Return the same approach from a page of another origin."""
        return replace(self, opening=replace(self.opening, origin=origin or None))

    @property
    def proof(self) -> Proof:
        """What shall cross the socket."""
        return Proof(self.site.probe.send, self.site.probe.expect)

    def deadline(self) -> Deadline:
        """Begin the time of one phase."""
        return Deadline.after(self.site.probe.timeout_seconds, self.clock)


def from_outside(
    site: Site,
    *,
    secrets: Mapping[str, str] | None,
    origin: str | None,
    dial: Dial,
    lookup: Lookup,
    clock: Clock,
) -> Approach:
    """Ask as a browser does, at the public name."""
    held = named(site, secrets)
    return Approach(
        site=site,
        place=Place.OUTSIDE,
        host=_public_name(site),
        port=site.port,
        opening=_opening(site, held, origin, site.path, ()),
        mask=held.mask,
        secrets=held,
        auth=held.auth,
        name=_public_name(site),
        context=strict_context(site.probe.ca_file) if site.tls else None,
        dial=dial,
        lookup=lookup,
        clock=clock,
    )


def from_host(
    site: Site,
    place: Place,
    dial: Dial,
    host: str,
    port: int,
    *,
    tls: bool,
    path: str,
    secrets: Mapping[str, str] | None,
    origin: str | None,
    clock: Clock,
) -> Approach:
    """Ask the same inside; straight at the backend, with the headers that a proxy would have added."""
    held = named(site, secrets)
    forwarded = _forwarded(site) if place is Place.BACKEND else ()
    return Approach(
        site=site,
        place=place,
        host=host,
        port=port,
        opening=_opening(site, held, origin, path, forwarded),
        mask=held.mask,
        secrets=held,
        auth=held.auth,
        name=_public_name(site),
        context=strict_context(site.probe.ca_file) if tls else None,
        dial=dial,
        clock=clock,
    )


def _opening(site: Site, held: Named, origin: str | None, path: str, forwarded: Headers) -> Opening:
    probe, spoken = site.probe, site.socketio
    own = tuple(checked_header(name, value, probe.headers_from_env[name]) for name, value in held.headers.items())
    of_a_session = site.protocol == "socketio"
    asked = {**held.query, **held.auth} if of_a_session and spoken.engine == engineio.OLD else held.query
    return Opening(
        host=_host_header(site),
        path=path,
        origin=site.page_origins[0] if origin is None else origin or None,
        nonce=fresh_nonce(),
        key=fresh_key(),
        query=query_of(asked),
        transport=engineio.query(spoken.engine, "websocket") if of_a_session else "",
        subprotocols=probe.offered,
        headers=own,
        forwarded=forwarded,
    )


def _forwarded(site: Site) -> Headers:
    """Return what a proxy adds; the address is the one from which this walk really comes, so it claims no privilege."""
    return (("X-Forwarded-Proto", "https" if site.tls else "http"), ("X-Forwarded-For", "127.0.0.1"))


def _public_name(site: Site) -> str:
    if is_address(site.host):
        return site.host
    try:
        return ascii_name(site.host)
    except ValueError as error:
        raise SpecError(f"{site.name}: url: {error}") from None


def _host_header(site: Site) -> str:
    """Return the public name with its port where that is not the scheme's own (RFC 9110 section 7.2)."""
    name = _public_name(site)
    default = 443 if site.tls else 80
    if site.port != default:
        return _with_port(name, site.port)
    return f"[{name}]" if ":" in name else name


def _with_port(host: str, port: int) -> str:
    if host.startswith("/"):
        return f"unix:{host}:"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
