"""Which hop it is, by comparing what the places answered and never by one answer alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from wsfix.model.after import Silence
from wsfix.model.hop import Hop
from wsfix.model.observation import Observation
from wsfix.model.walk import Place, Walk

_WORD = {
    Place.OUTSIDE: "from outside",
    Place.PROXY: "through the proxy on its host",
    Place.BACKEND: "straight at the backend",
}
_SLACK_SECONDS, _SLACK = 2.0, 0.05
"""So far apart, or by this part of the time, two sockets may end and still have been ended by the same hop."""


class Suspect(StrEnum):
    """Where the comparison points."""

    BEFORE = "what lies before the proxy (DNS, packet filter, certificate, CDN or load balancer)"
    TLS = "TLS, which both meet at the proxy"
    PROXY = "the proxy"
    ROUTE = "the proxy leads elsewhere than to the backend that was asked"
    ELSEWHERE = "the public name leads to another machine or another virtual host"
    BACKEND = "the backend, or what keeps it running"
    MOVED = "the backend listens on another port"
    REFUSED = "the application refuses this client, wherever it is asked from"
    BEHIND = "the proxy or what stands behind it"
    UNKNOWN = "the hop cannot be told by comparing"
    NOBODY = ""


def suspect(observation: Observation) -> Suspect:
    """Return what the answers at the three places say together."""
    outside, proxy, backend = observation.outside, observation.proxy, observation.backend
    works = tuple(None if walk is None else walk.sound for walk in (outside, proxy, backend))
    if works[0]:
        return _works_outside(works)
    asked = [walk for walk in (outside, proxy, backend) if walk is not None]
    if len(asked) > 1 and all(walk.refused for walk in asked):
        return Suspect.REFUSED
    moved = any(walk.sound for walk in observation.candidates)
    found = Suspect.UNKNOWN
    match works:
        case (_, True, _):
            found = Suspect.NOBODY if works[0] is None else Suspect.BEFORE
        case (_, False, True):
            found = Suspect.TLS if _both_at_tls(outside, proxy) else Suspect.PROXY
        case (_, _, False):
            found = Suspect.MOVED if moved else Suspect.BACKEND
        case (_, False, None):
            found = Suspect.BEHIND
    return found


def _works_outside(works: tuple[bool | None, ...]) -> Suspect:
    if works[2] is False:
        return Suspect.ROUTE
    return Suspect.ELSEWHERE if works[1] is False else Suspect.NOBODY


def _both_at_tls(outside: Walk | None, proxy: Walk | None) -> bool:
    return proxy is not None and proxy.wall is Hop.TLS and (outside is None or outside.wall is Hop.TLS)


def comparison(observation: Observation) -> str:
    """Return the comparison as a sentence; empty where nothing was asked."""
    walks = [walk for walk in (observation.outside, observation.proxy, observation.backend) if walk is not None]
    fails = [_WORD[walk.place] for walk in walks if not walk.sound]
    works = [_WORD[walk.place] for walk in walks if walk.sound]
    told = [f"{word} {_listed(places)}" for word, places in (("fails", fails), ("works", works)) if places]
    if not told:
        return ""
    found = suspect(observation)
    if found is Suspect.UNKNOWN and observation.inside is None:
        return f"{', '.join(told)}; the host was not asked, so answers cannot be compared"
    return ", ".join(told) + (f": {found.value}" if found else "") + _identity(walks, found)


def _identity(walks: Iterable[Walk], found: Suspect) -> str:
    """Add what the identity test says: the same answer as to a plain request means that nobody upgraded."""
    same = any(walk.same_as_plain for walk in walks)
    return "; nobody upgraded there (identity test)" if same and found is not Suspect.REFUSED else ""


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


@dataclass(frozen=True, slots=True)
class Ended:
    """A silent socket that was ended from outside, and the hop that did it, as far as comparing tells."""

    silence: Silence
    by: Suspect
    beside: tuple[Silence, ...]
    """The other silent sockets that it was compared with."""
    pinged: Silence | None = None
    """The socket from outside on which this side pinged meanwhile."""

    @property
    def of_silence(self) -> bool | None:
        """Whether it was the silence that ended it: a socket on which this side pinged lived on. None: not known."""
        if self.pinged is None or not self.pinged.opened or self.pinged.displaced:
            return None
        return self.pinged.survived or not _together(self.pinged, self.silence)


def ended(observation: Observation) -> Ended | None:
    """Return how the silent socket from outside ended; None where it lived, or where that was not seen."""
    silent = {each.place: each for each in observation.silences if each.pinged_every is None and _tells(each)}
    outside = silent.get(Place.OUTSIDE)
    if outside is None or not outside.ended:
        return None
    beside = tuple(silent[place] for place in (Place.PROXY, Place.BACKEND) if place in silent)
    by = _by(outside, silent.get(Place.PROXY), silent.get(Place.BACKEND))
    pinged = next((each for each in observation.silences if each.pinged_every is not None), None)
    return Ended(outside, by, beside, pinged)


def _tells(silence: Silence) -> bool:
    return silence.opened and not silence.displaced


def _by(outside: Silence, proxy: Silence | None, backend: Silence | None) -> Suspect:
    if backend is not None and _together(backend, outside):
        return Suspect.BACKEND
    if proxy is not None and not _together(proxy, outside):
        return Suspect.BEFORE
    if proxy is not None:
        return Suspect.PROXY if backend is not None else Suspect.BEHIND
    return Suspect.UNKNOWN


def _together(one: Silence, other: Silence) -> bool:
    """Whether both ended, and at about the same time."""
    return one.ended and abs(one.held - other.held) <= max(_SLACK_SECONDS, _SLACK * other.held)


def lasting(observation: Observation) -> tuple[str, ...]:
    """Return in sentences what was seen after the 101; none where that was not asked."""
    lines = [f"{_whose(each)}: {fate(each)}" for each in observation.silences]
    found = ended(observation)
    if found is not None and found.beside:
        lines.append(f"ended by {found.by.value}" if found.by is not Suspect.UNKNOWN else found.by.value)
    told = observation.delivery
    if told is not None and told.published:
        lines.append(f"one message, told by {told.way.value}: {told.heard} of {told.opened} sockets heard it")
    elif told is not None:
        lines.append(f"delivery is not known: {told.reason}")
    return tuple(lines)


def lasts(observation: Observation) -> bool | None:
    """Whether all that was asked after the 101 went well; None where nothing was asked, or something could not be seen."""
    outside = [each for each in observation.silences if each.place is Place.OUTSIDE and each.pinged_every is None]
    known = [each.survived if _tells(each) else None for each in outside]
    told = observation.delivery
    known += [told.whole if told.published else None] if told is not None else []
    if False in known:
        return False
    return True if known and None not in known else None


def _whose(silence: Silence) -> str:
    kept = f", pinged by this side every {silence.pinged_every:g} s" if silence.pinged_every else ", silent"
    return f"{_WORD[silence.place]}{kept}"


def fate(silence: Silence) -> str:
    """Return in words what became of a silent socket, and who pinged."""
    if not silence.opened:
        return f"not opened: {silence.reason}"
    if silence.displaced:
        return "ended as another socket of the same user was opened; that tells nothing of silence"
    if silence.survived:
        return f"lives after {silence.held:.0f} s; {_pings(silence)}"
    if silence.vanished:
        return f"dead after {silence.held:.0f} s, and no end was seen: a ping is not answered; {_pings(silence)}"
    code = silence.close_code
    how = "without a close frame" if code in {None, 1006} else f"with code {code}"
    words = f" ({silence.close_reason})" if silence.close_reason else ""
    return f"ended after {silence.held:.1f} s {how}{words}; {_pings(silence)}"


def _pings(silence: Silence) -> str:
    beats = silence.heartbeats
    if not beats:
        return "the server never pinged"
    kind = "frames" if silence.pings else "messages of Engine.IO"
    return f"the server pinged {len(beats)} time{'s' if len(beats) > 1 else ''} by {kind}, first after {beats[0]:.0f} s"
