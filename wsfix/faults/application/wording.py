"""What the answers of a site's walks say by themselves, whoever gave them."""

from __future__ import annotations

from wsfix.drivers.refusals import Fingerprint, Refusal, known
from wsfix.faults.seen import NotApplicable, Seen
from wsfix.model.walk import Walk


def said(seen: Seen, *means: Refusal) -> tuple[Walk, Fingerprint]:
    """Return the walk nearest to the application whose answer says one of these; NotApplicable where none does."""
    if seen.works:
        raise NotApplicable
    held = (seen.observation.backend, seen.observation.proxy, seen.observation.outside)
    for walk in (each for each in held if each is not None and not each.sound):
        found = known(walk.handshake.reply if walk.handshake else None, *means)
        if found is not None:
            return walk, found
    raise NotApplicable


def remedy(seen: Seen, found: Fingerprint) -> str:
    """Return what is set where, with the site's own names."""
    return found.remedy.replace("{origin}", seen.site.page_origins[0]).replace("{host}", seen.site.host)
