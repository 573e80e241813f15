"""What provisioning takes from this machine: sources, certificates and keys, read and checked before anything is done."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from wsfix.drivers.pem import covers, read_chain
from wsfix.errors import SpecError
from wsfix.model.provision import GivenCertificate
from wsfix.model.site import Site
from wsfix.provision.layout import Certificate, Layout
from wsfix.provision.parcel import pack


def layouts_of(sites: Collection[Site]) -> tuple[Layout, ...]:
    """Return the sites that are to be made, with what is read for them here; raises SpecError."""
    for site in sites:
        if site.provision and site.backend and site.backend.port is None:
            raise SpecError(
                f"{site.name}.backend: provisioning gives the backend a port; name it by `port`, not by `socket`"
            )
    return tuple(
        Layout(site, site.provision, site.backend, site.service, pack(site, site.provision), _certificate(site))
        for site in sites
        if site.provision and site.backend and site.service
    )


def _certificate(site: Site) -> Certificate | None:
    given = site.provision.certificate if site.provision else None
    if given is None:
        return None
    place = f"site {site.name}: provision.certificate"
    chain, key = _read(place, "certificate", given.certificate), _read(place, "key", given.key)
    leaves = read_chain(chain)
    if not leaves:
        raise SpecError(f"{place}.certificate: {given.certificate} holds no certificate in PEM")
    if not covers(leaves[0], site.host):
        raise SpecError(f"{place}.certificate: it is for {', '.join(leaves[0].names)}, not for {site.host}")
    if not leaves[0].not_before <= time.time() <= leaves[0].not_after:
        ended = time.strftime("%F", time.gmtime(leaves[0].not_after))
        raise SpecError(f"{place}.certificate: it is not valid now; it ends on {ended}")
    if _public_key(place, given, key) != leaves[0].public_key:
        raise SpecError(f"{place}.key: {given.key} is not the key of {given.certificate}")
    return Certificate(chain, key)


def _read(place: str, word: str, path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise SpecError(f"{place}.{word}: {path} cannot be read: {error.strerror}") from None


def _public_key(place: str, given: GivenCertificate, key: bytes) -> str:
    try:
        public = load_pem_private_key(key, password=None).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SpecError(f"{place}.key: {given.key} holds no private key in PEM without a passphrase") from None
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
