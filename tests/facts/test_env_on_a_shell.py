"""Env files as people write them, read by the real shell; the values stay where they are."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.facts import env
from wsfix.model.inside import EnvFile

SALT = "0123456789abcdef"
CANARY = "canary-7f3a9c-value"


def read(shell: HostShell, *paths: Path, public: tuple[str, ...] = ()) -> dict[str, EnvFile]:
    return env.read_files(shell.lines(env.fragment([str(path) for path in paths], public, SALT)))


def digest(value: bytes | str) -> str:
    return hashlib.sha256(SALT.encode() + (value.encode() if isinstance(value, str) else value)).hexdigest()


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        pytest.param(b"A=plain\n", "A", "plain", id="plain"),
        pytest.param(b"A=plain", "A", "plain", id="no newline at the end"),
        pytest.param(b"A=plain\r\nB=1\r\n", "A", "plain", id="lines end as on Windows"),
        pytest.param(b"export A=plain\n", "A", "plain", id="exported"),
        pytest.param(b"  export   A=plain  \n", "A", "plain", id="indented and trailed"),
        pytest.param(b"A = plain\n", "A", "plain", id="blanks around the sign"),
        pytest.param(b"A\t=\tplain\n", "A", "plain", id="tabs around the sign"),
        pytest.param(b'A="in quotes"\n', "A", "in quotes", id="double quotes"),
        pytest.param(b"A='in quotes'\n", "A", "in quotes", id="single quotes"),
        pytest.param(b'A="\n', "A", '"', id="one quote alone"),
        pytest.param(b"A=it's\n", "A", "it's", id="a quote inside"),
        pytest.param(b"A=\n", "A", "", id="empty"),
        pytest.param(b"A=b=c=d\n", "A", "b=c=d", id="signs inside of the value"),
        pytest.param(b"A=first\nA=second\n", "A", "second", id="the last one counts"),
        pytest.param(b"A=$(id) `id` $HOME\n", "A", "$(id) `id` $HOME", id="nothing is run"),
        pytest.param(b"A=\\n \\t %s %d\n", "A", "\\n \\t %s %d", id="nothing is expanded"),
        pytest.param(b"A=.*[x]&/1|\n", "A", ".*[x]&/1|", id="signs of sed and awk"),
        pytest.param("A=gr\u00fc\u00dfe\n".encode(), "A", "gr\u00fc\u00dfe", id="letters of UTF-8"),
        pytest.param(b"A=gr\xfc\xdfe\n", "A", b"gr\xfc\xdfe", id="letters of latin-1"),
        pytest.param(b"\n\n# A=old\n;A=older\nA=plain\n", "A", "plain", id="after comments"),
        pytest.param(b'M="first\nA=in the value\nlast"\nA=plain\n', "A", "plain", id="after a value of several lines"),
        pytest.param(b'M="it is \\"quoted\\nA=1\nend"\nA=plain\n', "A", "plain", id="an escaped quote ends nothing"),
        pytest.param(b"M=one\\\nA=in the value\nA=plain\n", "A", "plain", id="after a continued line"),
        pytest.param(b"M='one\nA=in the value\n'\nA=plain\n", "A", "plain", id="after single quotes over lines"),
        pytest.param(b'M="unbalanced\nA=plain\n', "A", "plain", id="a stray quote hides nothing"),
        pytest.param(b"M=don't\nA=plain\n", "A", "plain", id="a stray single quote hides nothing"),
        pytest.param(b"_A1=plain\n", "_A1", "plain", id="an underscore and a digit"),
    ],
)
def test_a_variable_has_the_digest_of_its_value(shell: HostShell, place: Path, text: bytes, key: str, value: str):
    path = write(place / "chat.env", text)
    line = read(shell, path)[str(path)].last(key)
    assert line is not None
    assert (digest(value), None) == (line.digest, line.value)


@pytest.mark.parametrize(
    "text",
    [
        "# A=1",
        "; A=1",
        "",
        "   ",
        "A",
        "1A=1",
        "A-B=1",
        "A B=1",
        "=1",
        "a.b=1",
        "[section]",
        "A+=1",
        "-----BEGIN X-----",
    ],
)
def test_a_line_that_is_no_variable_is_only_counted(shell: HostShell, place: Path, text: str):
    path = write(place / "chat.env", f"{text}\nLAST=1\n")
    lines = read(shell, path)[str(path)].lines
    assert [(line.number, line.key) for line in lines] == [(1, None), (2, "LAST")]


def test_only_a_public_value_is_printed(shell: HostShell, place: Path):
    path = write(place / "chat.env", f"LOG_LEVEL=info  debug\nLOG_LEVEL_2={CANARY}\nSECRET={CANARY}\n")
    lines = read(shell, path, public=("LOG_LEVEL",))[str(path)].lines
    assert [line.value for line in lines] == ["info  debug", None, None]


PEM = f"""KEY="-----BEGIN PRIVATE KEY-----
{CANARY.replace("-", "")}AAAA
canary7f3a9c==
canary7f3a9d=
-----END PRIVATE KEY-----"
BARE=-----BEGIN PRIVATE KEY-----
canary7f3a9e==
-----END PRIVATE KEY-----
JSON='{{
 canary7f3a9f=1
}}'
AFTER=1
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PEM, id="a key over several lines"),
        pytest.param(f"A={CANARY}\n#A={CANARY}\n; {CANARY}\n{CANARY}\n", id="in comments and stray lines"),
        pytest.param(f'A="{CANARY} \\\\ & / \\1 .* [ \' $ `"\n', id="among the signs of sed, awk and the shell"),
        pytest.param(f"A='{CANARY}\nstill {CANARY}'\n", id="over two lines"),
        pytest.param(f"A={CANARY}\\\n{CANARY}=1\n", id="in a continued line"),
        pytest.param(f"A='-{CANARY}'\nB=-n\nC=-e {CANARY}\n", id="what echo would take for an option"),
        pytest.param(f"PIN={CANARY[:6]}\n", id="a short value"),
    ],
)
def test_no_secret_leaves_the_host(shell: HostShell, place: Path, text: str):
    path = write(place / "chat.env", text)
    done = shell.run(env.fragment([str(path)], (), SALT))
    assert (done.stderr, b"canary" in done.stdout) == (b"", False)


def test_a_variable_after_a_key_of_several_lines_is_still_seen(shell: HostShell, place: Path):
    path = write(place / "chat.env", PEM)
    assert [line.key for line in read(shell, path)[str(path)].lines if line.key] == ["KEY", "BARE", "JSON", "AFTER"]


def test_a_file_is_told_with_digest_owner_mode_and_time(shell: HostShell, place: Path):
    path = write(place / "with space.env", "A=1\n")
    path.chmod(0o640)
    os.utime(path, (1000, 1000))
    link = place / "link.env"
    link.symlink_to(path)
    seen = read(shell, path, link)
    for each in (seen[str(path)], seen[str(link)]):
        assert (hashlib.sha256(b"A=1\n").hexdigest(), 0o640, 1000.0) == (each.sha256, each.mode, each.modified)
        assert path.owner() == each.owner


def test_a_missing_file_is_absent_and_what_cannot_be_read_is_left_out(shell: HostShell, place: Path):
    locked = write(place / "locked.env", f"A={CANARY}\n")
    locked.chmod(0)
    dangling = place / "dangling.env"
    dangling.symlink_to(place / "nowhere")
    seen = read(shell.unprivileged(), locked, place, place / "missing.env", dangling)
    assert {str(place / "missing.env"): False, str(dangling): False} == {
        path: each.exists for path, each in seen.items()
    }


def test_a_file_of_zero_bytes_and_one_of_noise(shell: HostShell, place: Path):
    empty, noise = write(place / "empty.env", ""), write(place / "noise.env", bytes(range(1, 256)) * 4)
    seen = read(shell, empty, noise)
    assert seen[str(empty)].lines == ()
    assert hashlib.sha256(noise.read_bytes()).hexdigest() == seen[str(noise)].sha256
