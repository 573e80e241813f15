"""The site's file lies in sites-available and nothing includes it.

Seen as: the old behaviour, another site's page, or a certificate of another name; edits of the file do nothing.
Told apart: from apache-wrong-vhost by a file that does name this host and is not among those that Apache reads.
Changed: a link in sites-enabled, as a2ensite makes it; no file is edited.
Source: a2ensite(8); README.Debian of the package apache2, sites-available.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsfix.faults import enabling
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.change import Link
from wsfix.model.finding import Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS463", "apache-site-not-enabled", Hop.PROXY, Safety.SAFE)


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where no loaded virtual host has the name, and a file that is not loaded has."""
    yield from enabling.not_enabled(FAULT, seen)


def cure(seen: Seen, finding: Finding) -> Iterator[Link]:
    """Link the file."""
    yield from enabling.enabled(FAULT, seen, finding, f"..{enabling.AVAILABLE}")
