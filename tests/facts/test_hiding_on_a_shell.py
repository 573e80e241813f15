"""hide(): what stands in an env file, a unit or an environment never crosses the wire, wherever else it turns up."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.facts.fragment import HIDE, hidden_values

CANARY = "canary-7f3a9c-value"
NO_SYSTEMD = {"systemctl": "exit 1"}


def hidden(shell: HostShell, env_file: bytes | str, said: str, *, only: str = "", public: tuple[str, ...] = ()) -> str:
    """Return what is left of a text on a host that has this env file."""
    folder = Path(shell.path.partition(":")[0]).parent if ":" in shell.path else Path(shell.path).parent
    path = write(folder / "of hiding" / "chat.env", env_file)
    script = (
        HIDE + hidden_values((), [str(path)], public) + f"printf '%s' {shlex.quote(said)} | hide {shlex.quote(only)}"
    )
    return "\n".join([*shell.lines(f"{script}\n")])


@pytest.fixture
def shell(shell: HostShell, place: Path) -> HostShell:
    return shell.with_programs(place / "programs", NO_SYSTEMD)


@pytest.mark.parametrize(
    ("text", "said", "left"),
    [
        pytest.param(f"A={CANARY}\n", f"x {CANARY} y {CANARY}", "x *** y ***", id="twice in a line"),
        pytest.param(f"A={CANARY}", f"{CANARY}", "***", id="no newline at the end of the file"),
        pytest.param(f"A={CANARY}\r\n", f"<{CANARY}>", "<***>", id="lines end as on Windows"),
        pytest.param(f'A="{CANARY}"\n', f"a{CANARY}b", "a***b", id="double quotes"),
        pytest.param(f"A='{CANARY}'\n", f"a{CANARY}b", "a***b", id="single quotes"),
        pytest.param(f"export A={CANARY}\n", CANARY, "***", id="exported"),
        pytest.param(f"A = {CANARY}\n", CANARY, "***", id="blanks around the sign"),
        pytest.param(f"#A={CANARY}\n", CANARY, "***", id="commented out"),
        pytest.param(f"; export A={CANARY}\n", CANARY, "***", id="commented out and exported"),
        pytest.param(f'A="first line 1\n{CANARY}"\n', f"got {CANARY}", "got ***", id="the second line of a value"),
        pytest.param("K='\ncanary7f3a9c==\n'\n", "got canary7f3a9c==", "got ***", id="a line that ends like base64"),
        pytest.param("A=abcdefgh\nB=abcdefghijkl\n", "abcdefghijkl abcdefgh", "*** ***", id="one begins with the other"),
        pytest.param("A=a.*[b]&\\1/|$\n", "x a.*[b]&\\1/|$ y", "x *** y", id="signs of sed and awk"),
        pytest.param("A=a.......z\n", "abcdefghz", "abcdefghz", id="a value is no pattern"),
        pytest.param("A=secret with blanks\n", "a secret with blanks", "a ***", id="blanks"),
        pytest.param(f"A={CANARY}\nB=***\n", CANARY, "***", id="a value of stars"),
        pytest.param("A=abcabcabcabc\n", "abcabcabcabcabc", "***abc", id="it overlaps itself"),
        pytest.param("PORT=8000800080\nHOST=10.20.30.40\n", "10.20.30.40:8000800080", "10.20.30.40:8000800080", id="no secret by name"),
        pytest.param("LEVEL=info\nWORKERS=4\n", "info: 4 workers", "info: 4 workers", id="short values stay"),
        pytest.param("# a prose comment of chat.service\n", "chat.service", "chat.service", id="prose is no value"),
        pytest.param("", "nothing to hide", "nothing to hide", id="an empty file"),
    ],
)  # fmt: skip
def test_a_value_is_hidden_and_nothing_else(shell: HostShell, text: str, said: str, left: str):
    assert left == hidden(shell, text, f"{said}\n")


def test_a_public_value_stays(shell: HostShell):
    text = "ORIGINS=https://chat.example.com\nURL=https://other.example.com\n"
    said = "https://chat.example.com https://other.example.com\n"
    assert hidden(shell, text, said, public=("ORIGINS",)) == "https://chat.example.com ***"


def test_only_lines_of_the_named_keys_are_touched(shell: HostShell):
    said = f"unit {CANARY}\nexec {CANARY}\nlogger {CANARY}\nlog {CANARY}\n"
    expected = f"unit {CANARY}\nexec ***\nlogger {CANARY}\nlog ***"
    assert expected == hidden(shell, f"A={CANARY}\n", said, only="exec|log")


def test_bytes_that_are_no_text_pass_through(shell: HostShell):
    said = "gr\udcfc\udcdfe \x1b[31m \x01 end\n"
    assert said.rstrip("\n") == hidden(shell, b"A=gr\xfc\xdfe-long\n", said)


def test_a_value_of_latin_1_is_hidden(shell: HostShell):
    assert hidden(shell, b"A=gr\xfc\xdfe-long\n", "a gr\udcfc\udcdfe-long\n") == "a ***"


SYSTEMCTL = r"""
case "$*" in
  *MainPID*) echo "$FAKE_PID" ;;
  *EnvironmentFiles*) echo "$FAKE_FILE (ignore_errors=no)" ;;
  *Environment*) echo 'PLAIN=from-the-unit-1 "QUOTED=from unit-two-22" NOTE=x' ;;
esac
"""


def test_values_of_the_unit_its_files_and_its_process_are_hidden(shell: HostShell, place: Path):
    path = write(place / "of the unit.env", "FILE=from-the-file-3\n")
    running = HostShell(shell.words, shell.path, {"FAKE_FILE": str(path), "INHERITED": "from-the-process-4"})
    running = running.with_programs(place / "units", {"systemctl": SYSTEMCTL.replace('"$FAKE_PID"', '"$PPID"')})
    said = "from-the-unit-1 from unit-two-22 from-the-file-3 from-the-process-4 end"
    script = HIDE + hidden_values(["chat.service"], (), ()) + f"echo '{said}' | hide\n"
    assert running.lines(script) == ["*** *** *** *** end"]
