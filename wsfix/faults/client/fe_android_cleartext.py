"""The app asks for ws://, and Android lets no release build speak without TLS.

Seen as: works in debug, fails in the released APK with `CLEARTEXT communication not permitted`; nothing reaches the server.
Told apart: the site is ws://, and the app's AndroidManifest.xml has neither usesCleartextTraffic="true" nor a network security
configuration.
Changed: nothing: TLS for the site is the remedy; the attribute is the way round it.
Source: Android, "Network security configuration" (cleartext is off by default from API level 28 on).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.application.sources import line_of, page_sources
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Finding, Safety, Severity
from wsfix.model.hop import Hop

FAULT = Fault("WS710", "fe-android-cleartext", Hop.CLIENT, Safety.ADVICE)
_SAYS = re.compile(r"""android:usesCleartextTraffic\s*=\s*["']true["']|android:networkSecurityConfig\s*=""")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where the manifest lies among the page's files."""
    if seen.site.tls:
        return
    for source in page_sources(seen):
        if source.name == "AndroidManifest.xml" and source.whole and not _SAYS.search(source.text):
            line = next((n for n, text in source.lines if "<application" in text), 1)
            yield FAULT.finding(
                f"a release build of the app may not open {seen.site.url}: Android wants TLS",
                line_of(source, line),
                severity=Severity.WARNING,
                advice='Serve the site over TLS and ask for wss://; or add `android:usesCleartextTraffic="true"` to <application>.',
            )
            return
