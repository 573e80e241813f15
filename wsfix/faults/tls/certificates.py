"""What the faults about certificates share: what was served, what better lies on the host, and how it is put to use."""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.paths import Filesystem, TooManyLinksError
from wsfix.drivers.pem import Leaf, Pair, covers, read_chain
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.change import Reload
from wsfix.model.finding import Evidence, Finding, Safety, Severity
from wsfix.model.hop import Hop
from wsfix.model.walk import Certificate, Failure, Walk

EXPIRED = 10
NOT_YET_VALID = 9
SELF_SIGNED = 18
UNTRUSTED_ROOT = 19
NO_ISSUER = frozenset({19, 20, 21})
WRONG_NAME = frozenset({62, 64})
OF_TLS = frozenset(
    {Failure.NOT_TLS, Failure.TLS_FAILED, Failure.TLS_VERSION, Failure.TLS_NAME, Failure.TLS_CLIENT, Failure.CLOSED}
)


def served(seen: Seen) -> Certificate:
    """Return what the server presented to the walk from outside, or through the proxy."""
    for walk in (seen.observation.outside, seen.observation.proxy):
        if walk is not None and walk.certificate is not None:
            return walk.certificate
    raise NotApplicable


def failure_of(walk: Walk | None) -> Failure | None:
    """Return how TLS failed on a walk that ended there for another reason than the certificate."""
    if walk is None or walk.wall is not Hop.TLS:
        return None
    told = [phase.failure for phase in walk.phases if phase.failure in OF_TLS]
    said = walk.handshake.failure if walk.handshake is not None else None
    return told[0] if told else said if said in OF_TLS else None


def can_look(seen: Seen) -> bool:
    """Whether the proxy's files were seen: what was served is a fault without them, too."""
    inside = seen.observation.inside
    return inside is not None and inside.files is not None and inside.proxy is not None


def better_pair(seen: Seen) -> Pair | None:
    """Return a certificate with its key on the host that is valid now and for this name, if exactly one leaf is.

    One that is signed by nobody else is no better than any other: no client trusts it.
    """
    good = [
        pair
        for pair in seen.pairs
        if covers(pair.chain[0], seen.site.host) and pair.valid_at(seen.inside.clock) and not pair.chain[0].self_issued
    ]
    if len({pair.chain[0].sha256 for pair in good}) != 1:
        return None
    return max(good, key=lambda pair: len(pair.chain))


def pair_with_chain(seen: Seen, leaf: str) -> Pair | None:
    """Return a file that holds the leaf of that digest and at least one certificate more."""
    found = [pair for pair in seen.pairs if pair.chain[0].sha256 == leaf and len(pair.chain) > 1]
    return max(found, key=lambda pair: len(pair.chain)) if found else None


def finding(fault: Fault, seen: Seen, message: str, said: str, pair: Pair | None, better: str, advice: str) -> Finding:
    """Word the finding: what was presented, the line that names it, and the pair that is to be used instead."""
    evidence = [Evidence("TLS", said)]
    if can_look(seen) and seen.route.certificate_position is not None:
        evidence.append(seen.at(seen.route.certificate_position))
    if pair is not None:
        evidence.append(Evidence(named_path(seen, pair.certificate), better))
    return fault.finding(
        message,
        *evidence,
        severity=Severity.ERROR,
        safety=Safety.SAFE if pair is not None else Safety.ADVICE,
        advice=advice,
    )


def aimed(fault: Fault, seen: Seen, pair: Pair | None, *, with_key: bool = True) -> Iterator[ProxyConfig | Reload]:
    """Aim the server at a pair; load it where the server names it already."""
    if pair is None:
        return
    if uses(seen, pair):
        yield Reload((fault.code,))
        return
    key = named_path(seen, pair.key) if with_key else None
    yield seen.config.set_certificate(seen.route.server, named_path(seen, pair.certificate), key)


def uses(seen: Seen, pair: Pair) -> bool:
    """Whether the server block already names that certificate, be it by a link."""
    named = seen.route.certificate
    return named is not None and real_path(seen, named) == real_path(seen, pair.certificate)


def real_path(seen: Seen, path: str) -> str:
    """Return where a file lies, links followed."""
    folder = seen.proxy.config_path.rpartition("/")[0]
    try:
        return Filesystem({}, seen.inside.links).resolve(path if path.startswith("/") else f"{folder}/{path}")
    except TooManyLinksError:
        return path


def named_path(seen: Seen, path: str) -> str:
    """Return the link that certbot keeps for a file, where there is one: a renewal moves the link to another file."""
    links = sorted(link for link in seen.inside.links if link.endswith(".pem") and real_path(seen, link) == path)
    return links[0] if len(links) == 1 else path


def on_disk(seen: Seen) -> tuple[str, Leaf] | None:
    """Return the file that the server names as its certificate, and the leaf in it."""
    named = seen.route.certificate
    if named is None or not seen.route.named:
        return None
    path = real_path(seen, named)
    file = seen.file(path)
    chain = read_chain(file.content) if file is not None else ()
    return (path, chain[0]) if chain else None
