"""The eight configuration points of a site: fine where something proves it, at fault where a fault was found, else not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wsfix.drivers.javascript import derives_address, dev_proxies
from wsfix.errors import NotObserved
from wsfix.faults.application.sources import page_sources
from wsfix.faults.client.fe_dev_proxy_no_ws import FILES, is_for_socket
from wsfix.faults.client.fe_hardcoded_localhost import served
from wsfix.faults.envfile import client_file, client_values, wanted_values
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.finding import Finding, Severity
from wsfix.model.hop import Hop
from wsfix.model.inside import Inside
from wsfix.model.points import Place, Point, State

_OF_HOP = {
    Hop.TEST: Place.BROWSER_URL,
    Hop.DNS: Place.BROWSER_URL,
    Hop.TCP: Place.FIREWALL,
    Hop.TLS: Place.CERTIFICATE,
    Hop.PROXY: Place.PROXY,
    Hop.BACKEND: Place.BACKEND,
    Hop.APPLICATION: Place.BACKEND,
    Hop.CLIENT: Place.BROWSER_URL,
}
_OF_FAULT = {
    "env-value-wrong": Place.BACKEND_ENV,
    "env-not-loaded": Place.BACKEND_ENV,
    "pm2-env-cached": Place.BACKEND_ENV,
    "fe-env-baked-at-build": Place.CLIENT_ENV,
    "fe-dev-proxy-no-ws": Place.DEV_PROXY,
}


def points(seen: Seen, findings: Iterable[Finding], unasked: Iterable[str]) -> tuple[Point, ...]:
    """Return all eight; `unasked` names the faults that could not be asked."""
    held = [finding for finding in findings if finding.severity is not Severity.NOTE]
    blind = frozenset(unasked)
    return tuple(_point(seen, place, [each for each in held if _place(each) is place], blind) for place in Place)


def _place(finding: Finding) -> Place:
    if finding.name == "env-value-wrong" and finding.subject:
        return Place.CLIENT_ENV
    return _OF_FAULT.get(finding.name) or _OF_HOP[finding.hop]


def _point(seen: Seen, place: Place, found: list[Finding], blind: frozenset[str]) -> Point:
    if found:
        first = next((finding for finding in found if not finding.because), found[0])
        return Point(place, State.FAULT, first.message, tuple(dict.fromkeys(finding.code for finding in found)))
    asked = [name for name, of in _OF_FAULT.items() if of is place]
    if blind.intersection(asked):
        return Point(place, State.UNSEEN, "its faults could not be asked")
    try:
        proof = _PROOFS[place](seen)
    except NotApplicable:
        return Point(place, State.UNSEEN, _WHERE[place])
    except NotObserved as error:
        return Point(place, State.UNSEEN, error.why or f"{error.what} was not seen")
    return Point(place, State.FINE if proof else State.UNSEEN, proof or _WHERE[place])


_WHERE = {
    Place.CLIENT_ENV: "name it by client.env_file and client.values",
    Place.BACKEND_ENV: "name it by env.file and env.values",
    Place.PROXY: "no handshake passed through it",
    Place.BACKEND: "no handshake reached it",
    Place.DEV_PROXY: "no setupProxy.js or vite.config under client.files",
    Place.CERTIFICATE: "the handshake of TLS was not seen",
    Place.FIREWALL: "no connection from outside, or ports that could not be told",
    Place.BROWSER_URL: "no file under client.files words the address",
}


def _client_env(seen: Seen) -> str:
    file = client_file(seen)
    return f"{file.path} as asked" if file.exists and not client_values(seen, file) else ""


def _backend_env(seen: Seen) -> str:
    env = seen.env
    if not env.values and env.origins_key is None:
        raise NotApplicable
    files = seen.inside.known("env", seen.inside.env)
    file = seen.inside.known("env", files.get(env.file))
    return f"{file.path} as asked" if file.exists and not wanted_values(seen, file) else ""


def _proxy(seen: Seen) -> str:
    walks = (seen.observation.outside, seen.observation.proxy)
    closed = any(walk and walk.handshake and walk.handshake.close_code is not None for walk in walks)  # a frame came
    return "the handshake passes" if seen.works_through_proxy or closed else ""


def _backend(seen: Seen) -> str:
    return "takes the socket" if seen.works or seen.backend_works else ""


def _dev_proxy(seen: Seen) -> str:
    for source in page_sources(seen):
        entries = dev_proxies(source.text) if FILES.match(source.name) and source.whole else ()
        if any(entry.sockets and is_for_socket(entry, seen) for entry in entries):
            return f"{source.path} hands sockets on"
    return ""


def _certificate(seen: Seen) -> str:
    if not seen.site.tls:
        raise NotObserved("the certificate", "the URL is ws://: there is none")
    certificate = seen.outside.certificate
    if seen.outside.sound or (certificate is not None and certificate.verify_code == 0):
        return f"a strict client trusts it for {seen.site.host}"
    return ""


def _firewall(seen: Seen) -> str:
    """Prove both halves: the site's port takes a connection from outside, and no closed port does."""
    outside = seen.outside
    came_in = outside.sound or (outside.wall is not None and outside.wall > Hop.TCP)
    inside = seen.inside
    inside.known("firewall", inside.firewall)
    inside.known("listeners", inside.listeners)
    closed = seen.site.firewall.closed
    if not came_in or not all(_is_closed(seen, inside, port) for port in closed):
        return ""
    return f"port {seen.site.port} comes in" + (
        f", {', '.join(map(str, closed))} do{'es' if len(closed) == 1 else ''} not" if closed else ""
    )


def _is_closed(seen: Seen, inside: Inside, port: int) -> bool:
    tried = [each for each in seen.observation.closed_ports if each.port == port]
    if tried:
        return all(each.failure is not None for each in tried)
    return not any(listener.public for listener in seen.listeners(port)) and inside.listeners is not None


def _browser_url(seen: Seen) -> str:
    for source in served(seen):
        if source.whole and derives_address(source.text):
            return f"{source.path} takes the page's own"
        if f"{seen.site.parts.scheme}://{seen.site.parts.netloc}" in source.text:
            return f"{source.path} words it"
    return ""


_PROOFS: dict[Place, Callable[[Seen], str]] = {
    Place.CLIENT_ENV: _client_env,
    Place.BACKEND_ENV: _backend_env,
    Place.PROXY: _proxy,
    Place.BACKEND: _backend,
    Place.DEV_PROXY: _dev_proxy,
    Place.CERTIFICATE: _certificate,
    Place.FIREWALL: _firewall,
    Place.BROWSER_URL: _browser_url,
}
