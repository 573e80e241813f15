"""Command lines of test programs: what each option makes of a command, and that no line at all makes the reader fail."""

from __future__ import annotations

import json
import random

import pytest

from wsfix.drivers.client import read
from wsfix.errors import UnreadableCommand
from wsfix.judge import judge_command
from wsfix.model.command import Checks, Command, Reach, Version
from wsfix.report.colour import Paint
from wsfix.report.command import command_document, command_lines

UPGRADE = "-H 'Upgrade: websocket'"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("curl https://a.example/", Version.NEGOTIATED),
        ("curl http://a.example/", Version.HTTP11),
        ("curl a.example", Version.HTTP11),
        ("curl --http1.1 https://a.example/", Version.HTTP11),
        ("curl --no-alpn https://a.example/", Version.HTTP11),
        ("curl -0 https://a.example/", Version.HTTP10),
        ("curl --http2 http://a.example/", Version.NEGOTIATED),
        ("curl --http1.1 --http2 https://a.example/", Version.NEGOTIATED),
        ("curl --http2 --http1.1 https://a.example/", Version.HTTP11),
        ("curl --http2-prior-knowledge http://a.example/", Version.HTTP2),
        ("curl --http3-only https://a.example/", Version.HTTP3),
        ("curl wss://a.example/", Version.HTTP11),
    ],
)
def test_the_version_that_curl_speaks(text: str, version: Version):
    assert read(text).version is version


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("curl http://a/", "GET"),
        ("curl -I http://a/", "HEAD"),
        ("curl -sSI http://a/", "HEAD"),
        ("curl --head http://a/", "HEAD"),
        ("curl -d x http://a/", "POST"),
        ("curl --json '{}' http://a/", "POST"),
        ("curl -G -d x=1 http://a/", "GET"),
        ("curl -XPUT http://a/", "PUT"),
        ("curl -X get -I http://a/", "GET"),
        ("curl --request=DELETE http://a/", "DELETE"),
    ],
)
def test_the_method_of_curl(text: str, method: str):
    assert read(text).method == method


@pytest.mark.parametrize(
    ("text", "dialled"),
    [
        ("curl --resolve a.example:443:127.0.0.1 https://a.example/", "127.0.0.1"),
        ("curl --resolve a.example:443:[::1] https://a.example/", "::1"),
        ("curl --resolve '*:443:192.0.2.1,192.0.2.2' https://a.example/", "192.0.2.1"),
        ("curl --resolve b.example:443:127.0.0.1 https://a.example/", ""),
        ("curl --resolve a.example:80:127.0.0.1 https://a.example/", ""),
        ("curl --connect-to a.example:443:localhost:8443 https://a.example/", "localhost"),
        ("curl --connect-to ::localhost: https://a.example/", "localhost"),
        ("curl --connect-to ::: https://a.example/", ""),
        ("curl --unix-socket /run/app.sock http://a/", "unix:/run/app.sock"),
    ],
)
def test_where_curl_goes_instead(text: str, dialled: str):
    assert read(text).dials == dialled


@pytest.mark.parametrize(
    ("text", "checks"),
    [
        ("curl https://a/", Checks.STRICT),
        ("curl -k https://a/", Checks.OFF),
        ("curl -ksS https://a/", Checks.OFF),
        ("curl -k http://a/", Checks.NOTHING),
        ("wscat -n -c wss://a/", Checks.OFF),
        ("wscat -c wss://a/", Checks.STRICT),
        ("websocat -k wss://a/", Checks.OFF),
        ("python -m websockets --insecure wss://a/", Checks.OFF),
        ("openssl s_client -connect a:443", Checks.TOLD),
        ("openssl s_client -verify_return_error -connect a:443", Checks.TOLD),
        ("openssl s_client -verify_return_error -verify_hostname a a:443", Checks.STRICT),
    ],
)
def test_what_becomes_of_a_bad_certificate(text: str, checks: Checks):
    assert read(text).checks is checks


@pytest.mark.parametrize(
    ("text", "program", "reach", "host", "port", "path"),
    [
        ("curl -i -N -o /dev/null http://a/x?y=1", "curl", Reach.PAGE, "a", 80, "/x"),
        (f"curl {UPGRADE} https://a:8443", "curl", Reach.SOCKET, "a", 8443, "/"),
        ("curl --url https://[::1]:9/x -s", "curl", Reach.PAGE, "::1", 9, "/x"),
        ("npx -y wscat -c a.example/ws", "wscat", Reach.SOCKET, "a.example", 80, "/ws"),
        ("/usr/local/bin/wscat --connect=wss://a/ws", "wscat", Reach.SOCKET, "a", 443, "/ws"),
        ("echo ping | websocat -n1 ws://a/ws", "websocat", Reach.SOCKET, "a", 80, "/ws"),
        ("websocat -t - autoreconnect:wss://a/ws", "websocat", Reach.SOCKET, "a", 443, "/ws"),
        ("python3 -m websockets ws://a:1/", "websockets", Reach.SOCKET, "a", 1, "/"),
        ("websockets wss://a/", "websockets", Reach.SOCKET, "a", 443, "/"),
        ("openssl s_client -connect a:8443 </dev/null", "openssl", Reach.TLS, "a", 8443, "/"),
        ("timeout 5 openssl s_client -connect 192.0.2.1:443 -servername a", "openssl", Reach.TLS, "a", 443, "/"),
        ("nc -vz -w 3 a 443", "nc", Reach.TCP, "a", 443, "/"),
        ("$ sudo -u www curl http://a/", "curl", Reach.PAGE, "a", 80, "/"),
        ("HTTPS_PROXY= time curl http://a/", "curl", Reach.PAGE, "a", 80, "/"),
        ("docker exec app curl http://a/", "curl", Reach.PAGE, "a", 80, "/"),
        ("cd /srv && curl http://a/ || true", "curl", Reach.PAGE, "a", 80, "/"),
        ("curl \\\n  http://a/ \\\r\n  -s", "curl", Reach.PAGE, "a", 80, "/"),
    ],
)
def test_what_is_asked(text: str, program: str, reach: Reach, host: str, port: int, path: str):
    seen = read(text)
    assert (seen.program, seen.reach, seen.host, seen.port, seen.path) == (program, reach, host, port, path)


def test_the_headers_of_curl_are_those_that_it_sends():
    seen = read("curl -H 'A: 1' -HB:2 --header='C:  3' -H 'Gone:' -H 'Empty;' -b k=v -u me:secret http://a/")
    names = [name for name, _ in seen.headers]
    assert names == ["A", "B", "C", "Cookie", "Authorization"]
    assert (seen.header("a"), seen.header("b"), seen.header("c"), seen.header("gone")) == ("1", "2", "3", None)
    assert "secret" not in str(seen.headers)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("wscat -c ws://a/?x=1&y=2", "y=2"),
        ("wscat -c 'ws://a/?x=1&y=2'", ""),
        ('wscat -c "ws://a/?x=1&y=2"', ""),
        ("wscat -c ws://a/?x=1\\&y=2", ""),
        ("wscat -c ws://a/?x=1 & sleep 1", ""),
        ("wscat -c ws://a/ & A=1 b", ""),
    ],
)
def test_what_the_shell_cuts_off(text: str, cut: str):
    assert read(text).cut == cut


WORDS = (
    *("curl", "wscat", "websocat", "openssl", "s_client", "nc", "npx", "sudo", "python -m websockets", "-H", "-c", "-k", "-X"),
    *("Upgrade: websocket", "ws://x/ws", "wss://[::1]:8/a?b=c&d", "https://\u00e9.example/%zz", "-connect", "a:b:c", "[::1]:443"),
    *("--http2", "&", "|", ";", "'", '"', "$(", "`x`", "-", "--", "", "\\", "\x00", "\udcff", "--resolve", "a:443:b", "x:99999"),
    *("http://a:99999/", "http://[x/", "ws:///", "-s", "--origin", "null", "https://", "\n", "\\\n", "Origin: https://[", "-l"),
    *("Sec-WebSocket-Key: \u00e9", "Sec-WebSocket-Protocol: x", "-servername", "-zv", "80", "\x1b[2J", "-d", "@-", "token=c4n4ry"),
)  # fmt: skip


def test_whatever_the_line_it_is_read_or_refused_with_a_sentence():
    draw = random.Random(20)
    heads = ("", "", "curl ", "wscat -c ", "websocat ", "openssl s_client -connect ", "nc ")
    read_, refused, sentences = 0, 0, list[str]()
    for _ in range(1500):
        words = (draw.choice(WORDS) for _ in range(draw.randint(0, 9)))
        text = draw.choice(heads) + draw.choice((" ", "", " ")).join(words)
        try:
            reading = judge_command(read(text))
        except UnreadableCommand as error:
            refused += 1
            sentences.append(str(error))
            continue
        read_ += 1
        told = "\n".join(command_lines(reading, Paint())) + json.dumps(command_document(reading))
        assert [sign for sign in told if not sign.isprintable() and sign != "\n"] == []
    assert [sentence for sentence in sentences if not sentence or "\n" in sentence] == []
    assert min(read_, refused) > 200


def test_a_line_without_end_is_refused():
    with pytest.raises(UnreadableCommand, match="longer than"):
        read("curl " + "a" * 30_000)


def test_the_secrets_of_a_command_are_in_none_of_its_words():
    seen: Command = read("curl -H 'X-Anything: c4n4ry1' -b 'sid=c4n4ry2' 'https://a/ws?auth=c4n4ry3&EIO=4'")
    reading = judge_command(seen)
    told = "\n".join(command_lines(reading, Paint())) + json.dumps(command_document(reading)) + repr(reading)
    assert "c4n4ry" not in told
    assert "EIO=4" in told


@pytest.mark.parametrize("url", ["https://me:c4n4ry/x", "wss://me:c4n4ry@[/x", "https://a:c4n4ry"])
def test_a_complaint_holds_no_password(url: str):
    with pytest.raises(UnreadableCommand) as refused:
        read(f"curl {url}")
    assert "c4n4ry" not in str(refused.value)
