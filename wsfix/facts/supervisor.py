"""supervisor's programs, asked only where supervisorctl is installed (supervisorctl(1), supervisord.conf)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wsfix.facts.fragment import HIDE, Fact
from wsfix.model.supervisor import Supervised
from wsfix.redact import mask_text, printable

FRAGMENT = r"""
command -v supervisorctl >/dev/null || { echo none; exit 0; }
# supervisorctl takes a fifth of a second to say that nobody answers
if [ ! -S /run/supervisor.sock ] && [ ! -S /var/run/supervisor.sock ] && [ ! -S /tmp/supervisor.sock ] &&
  command -v systemctl >/dev/null && ! systemctl is-active -q supervisor.service supervisord.service; then
  echo "silent its daemon does not run"; exit 0
fi
limit() { if command -v timeout >/dev/null; then timeout 5 "$@"; else "$@"; fi; }
said=$(limit supervisorctl status 2>&1); code=$?
# 3: it answers, and not everything runs; without a daemon it answers 4 and names its socket
case $code in 0|3) ;; *) echo "silent $(printf '%s' "$said" | head -n 1 | cut -c1-200)"; exit 0 ;; esac
echo answers
printf '%s\n' "$said" | head -n 200 | cut -c1-300 | sed 's/^/status /'
for f in /etc/supervisor/supervisord.conf /etc/supervisord.conf /etc/supervisor/conf.d/*.conf /etc/supervisord.d/*.ini; do
  [ -f "$f" ] && awk -v file="$f" '/^\[/ { on = /^\[program:/ }
    on && /^\[program:|^(command|directory)[ \t]*=/ { print "section " file ":" NR " " $0 }' "$f"
done | cut -c1-500 | hide section
"""

_STATUS = re.compile(r"^(\S+)\s+([A-Z]+)\s*(.*)$")
_SECTION = re.compile(r"^(\S+:\d+) (.*)$")


class Programs(Fact):
    """The programs by state: `pyinfra HOST fact wsfix.facts.supervisor.Programs`."""

    def command(self) -> str:
        """Word the fragment."""
        return f"{HIDE}hidden=\n{FRAGMENT}"

    @classmethod
    def read(cls, lines: list[str]) -> tuple[Supervised, ...] | None:
        """Return what supervisor keeps."""
        return read_programs(lines)


def read_programs(lines: list[str]) -> tuple[Supervised, ...] | None:
    """Join states with sections; nothing where it is not installed, None where its daemon does not answer."""
    if "none" in lines:
        return ()
    if "answers" not in lines:
        return None
    sections = _sections(line.partition(" ")[2] for line in lines if line.startswith("section "))
    found = []
    for line in lines:
        match = _STATUS.match(line.removeprefix("status ")) if line.startswith("status ") else None
        if match is None:
            continue
        name, state, said = match.groups()
        held = sections.get(name.rpartition(":")[2], {})
        found.append(
            Supervised(
                name,
                state,
                printable(mask_text(said), 200),
                printable(mask_text(held.get("command", "")), 400),
                held.get("directory", ""),
                held.get("place", ""),
            )
        )
    return tuple(found)


def _sections(lines: Iterable[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    name = ""
    for line in lines:
        match = _SECTION.match(line)
        if match is None:
            continue
        place, text = match.groups()
        if text.startswith("[program:"):
            name = text.removeprefix("[program:").partition("]")[0]
            found[name] = {"place": place}
        elif name:
            key, _, value = text.partition("=")
            found[name][key.strip()] = value.strip()
    return found
