"""The words of a server's command: which are certain, what is taken out, how a unit takes them."""

from __future__ import annotations

import pytest

from wsfix.drivers.commands import LONGEST, for_a_unit, plain_words, replaced, without

UVICORN = "/opt/chat/venv/bin/uvicorn server:app --host 127.0.0.1 --port 8000"


@pytest.mark.parametrize(
    "command",
    [
        "",
        "uvicorn server:app",
        f"{UVICORN} --token ***",
        f'{UVICORN} --title "a b"',
        f"{UVICORN} ; sh",
        f"{UVICORN} {'x' * LONGEST}",
    ],
)
def test_words_that_are_not_certain(command):
    assert plain_words(command) is None


@pytest.mark.parametrize(
    ("more", "flags", "valued"),
    [
        ("--ws none", (), ("--ws",)),
        ("--ws=none", (), ("--ws",)),
        ("--reload", ("--reload",), ()),
        ("--reload --reload-dir /opt/chat", ("--reload",), ("--reload-dir",)),
        ("-w4", (), ("-w",)),
        ("-w 4", (), ("-w",)),
    ],
)
def test_an_option_is_taken_out_however_it_is_written(more, flags, valued):
    words = plain_words(f"{UVICORN} {more}")
    assert words is not None
    assert without(words, flags, valued) == tuple(UVICORN.split())


def test_others_that_begin_alike_stay():
    words = ("/bin/uvicorn", "--ws-max-size", "9", "--reload-delay", "2")
    assert without(words, ["--reload"], ["--ws"]) == words


def test_a_word_is_exchanged_and_a_percent_sign_is_no_specifier():
    assert replaced(("a", "b:c", "d"), "b:c", "e:f") == ("a", "e:f", "d")
    assert for_a_unit(("/bin/x", "--format=%h", "$PORT")) == "/bin/x --format=%%h $PORT"
