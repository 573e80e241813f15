"""The private key that the server names does not belong to its certificate.

Seen as: nothing while the proxy runs with what it read before; the next restart fails and takes every site with it.
Told apart: the public half of the key is not the one in the certificate; nginx's own test says "key values mismatch", while
Apache's does not look, and a graceful restart stops it.
Changed: where the key of that very certificate lies beside it, or another valid pair for this name lies on the host, the
server block is aimed at it. Else the files to compare are named.
Source: ngx_http_ssl_module, ssl_certificate_key; mod_ssl, SSLCertificateKeyFile; SSL_CTX_check_private_key(3).
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.drivers import apache
from wsfix.drivers.config import ProxyConfig
from wsfix.drivers.pem import Leaf, Pair
from wsfix.faults.fault import Fault
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.faults.tls.certificates import aimed, better_pair, named_path, on_disk, real_path
from wsfix.faults.tls.settings import in_force
from wsfix.model.change import Reload
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS306", "tls-key-mismatch", Hop.TLS, Safety.SAFE)
_SAYS = ("key values mismatch", "do not match")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the test refuses the pair, and the public halves differ."""
    if not seen.site.tls or seen.observation.inside is None:
        raise NotApplicable
    output = seen.proxy.test_output
    said = next((line for line in output.splitlines() if any(word in line for word in _SAYS)), "")
    refused = seen.proxy.test_passed is False and bool(said)
    held = on_disk(seen)
    if held is None or not (_is_others(seen, held[1]) and (refused or _is_only_one(seen))):
        return
    path, pair = held[0], _pair(seen)
    evidence = [Evidence(f"{seen.site.proxy.word}'s own test", said.strip())] if refused else []
    if seen.route.certificate_position is not None:
        evidence.append(seen.at(seen.route.certificate_position, around=2))
    if pair is not None:
        evidence.append(Evidence(named_path(seen, pair.key), f"the key of {named_path(seen, pair.certificate)}"))
    yield FAULT.finding(
        f"the private key that {seen.site.proxy.word} is told does not belong to {path}",
        *evidence,
        severity=seen.severity,
        safety=Safety.SAFE if pair is not None else Safety.ADVICE,
        advice=f"`openssl x509 -pubkey -noout -in {path}` and `openssl pkey -pubout -in KEY` must print the same.",
        inhibits=""
        if pair is not None
        else f"{seen.site.proxy.word} could not be reloaded: key and certificate differ",
        subject=path,
    )


def _is_only_one(seen: Seen) -> bool:
    """Whether an Apache server names one pair: its test does not compare the two, and a graceful restart stops it."""
    if not isinstance(seen.config, apache.Config):
        return False
    server = seen.config.server(seen.route.server)
    return len(server.all("sslcertificatefile")) == 1 == len(server.all("sslcertificatekeyfile"))


def _is_others(seen: Seen, leaf: Leaf) -> bool:
    """Whether the key that the server names was read, and is another one than the certificate's."""
    named = in_force(seen, "ssl_certificate_key", "SSLCertificateKeyFile")
    path = real_path(seen, named.args[0]) if named else ""
    return path in seen.inside.keys and seen.inside.keys[path] != leaf.public_key


def _pair(seen: Seen) -> Pair | None:
    """Return the certificate with its true key, else another pair that is good for this name."""
    held = on_disk(seen)
    own = [pair for pair in seen.pairs if held is not None and real_path(seen, pair.certificate) == held[0]]
    return own[0] if own and own[0].valid_at(seen.inside.clock) else better_pair(seen)


def cure(seen: Seen, _finding: Finding) -> Iterator[ProxyConfig | Reload]:
    """Name the key that belongs to the certificate."""
    pair = _pair(seen)
    if pair is None:
        return
    held = on_disk(seen)
    if held is not None and real_path(seen, pair.certificate) == held[0]:
        named = seen.route.certificate or held[0]
        yield seen.config.set_certificate(seen.route.server, named, named_path(seen, pair.key))
    else:
        yield from aimed(FAULT, seen, pair)
