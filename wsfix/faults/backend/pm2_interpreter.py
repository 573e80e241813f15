"""PM2 runs a Python program with node.

Seen as: 502; PM2 says `errored`, or starts it again and again.
Told apart: the interpreter is node, the script is no JavaScript, and the error log holds a SyntaxError of node.
Changed: nothing, since an ecosystem file is a program; the line is shown.
Source: PM2, "Ecosystem File" (interpreter; `none` for what runs by itself).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsfix.faults.backend.ours import ours
from wsfix.faults.fault import Fault
from wsfix.faults.seen import Seen
from wsfix.model.finding import Evidence, Finding, Safety
from wsfix.model.hop import Hop

FAULT = Fault("WS524", "pm2-interpreter", Hop.BACKEND, Safety.ADVICE)
_JAVASCRIPT = (".js", ".cjs", ".mjs", ".ts", ".coffee")
_COMPLAINT = re.compile(r"^SyntaxError: |^\S+SyntaxError: ")


def detect(seen: Seen) -> Iterator[Finding]:
    """Fire where node could not read what it was given."""
    held = ours(seen)
    app = held.application
    program = app.interpreter.rpartition("/")[2]
    if program not in {"node", "nodejs"} or app.script.endswith(_JAVASCRIPT) or seen.backend_works:
        return
    said = next((line for line in reversed(app.log) if _COMPLAINT.search(line)), None)
    if said is None:
        return
    anew = f"delete {held.name} && pm2 start {held.file or 'FILE'} --only {held.name} && pm2 save"
    wanted = "python3" if app.script.endswith(".py") else "none"
    where = f"at {held.place('interpreter')}" if held.declared else "in its ecosystem file"
    yield FAULT.finding(
        f"PM2 runs {app.script} with node",
        Evidence(app.error_log, said),
        Evidence(f"pm2 jlist of {held.user}", f"interpreter {app.interpreter}, script {app.script}"),
        severity=seen.severity,
        advice=(f"Write `interpreter: '{wanted}'` {where}, then {held.by_hand(anew)}."),
    )
