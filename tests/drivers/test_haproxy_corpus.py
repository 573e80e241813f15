"""Configurations as people write them, Debian's own among them: read without losing a byte, and asked for a few routes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drivers import real_haproxy
from tests.drivers.alike import only_added
from tests.drivers.certificate import pair
from tests.drivers.real_haproxy import needs_haproxy
from wsfix.drivers.haproxy import Config, splice
from wsfix.drivers.haproxy.syntax import Document, read
from wsfix.errors import UnreadableConfig
from wsfix.model.route import Route, RouteKind

FOLDER = Path(__file__).with_name("haproxy_corpus")
SAMPLES = sorted(FOLDER.glob("*.cfg"))
LAB = Path(__file__).parents[1] / "lab" / "files" / "haproxy" / "haproxy.cfg"
samples = pytest.mark.parametrize("path", [*SAMPLES, LAB], ids=lambda path: path.stem)


def config(name: str, **more: bytes) -> Config:
    files = {"/etc/haproxy/haproxy.cfg": (FOLDER / f"{name}.cfg").read_bytes()}
    return Config.read(files | {f"/etc/haproxy/{k}.map": v for k, v in more.items()}, {}, version="2.6.12")


def ask(name: str, host: str, port: int, path: str, *, tls: bool = False, **more: bytes) -> Route:
    return config(name, **more).route(host, port, tls, path)


@samples
def test_spans_cover_every_byte(path: Path) -> None:
    document = read(path.read_bytes(), path.name)
    rest = bytearray(document.data)
    for start, end in [(w.start, w.end) for d in document.directives for w in d.words] + [
        (c.start, c.end) for c in document.comments
    ]:
        assert 0 not in rest[start:end]
        rest[start:end] = bytes(end - start)
    assert not bytes(rest).strip(b" \t\r\n\0")


@samples
def test_a_line_put_in_changes_no_other(path: Path) -> None:
    document = read(path.read_bytes(), path.name)
    for directive in document.directives:
        for put in (splice.insert_before, splice.insert_after):
            changed: Document = put(document, directive, ["timeout tunnel 1h"])
            assert only_added(document.data, changed.data)
        gone = splice.delete(document, directive) if not directive.name.startswith(".") else document
        assert len(gone.directives) in {len(document.directives) - 1, len(document.directives)}


@samples
def test_it_is_read_without_a_problem(path: Path) -> None:
    assert Config.read({"/etc/haproxy/haproxy.cfg": path.read_bytes()}, {}, version="2.6.12").problems == ()


def test_words_are_those_of_haproxy() -> None:
    document = read((FOLDER / "quoting.cfg").read_bytes())
    held = {
        d.words[2].value: d.words[3].value
        for d in document.directives
        if d.words[1:2] and d.words[1].value == "set-header"
    }
    assert held == {"X-Name": 'it\'s "$NAME"', "X-Quoted": "a # b", "X-Escaped": "a b#c"}
    regexes = [d.words[3].value for d in document.directives if d.name == "acl"]
    assert regexes == ["^/[a-z]{2,3}/\\d+$"] * 2
    route = ask("quoting", "chat.test", 8443, "/app.js")
    assert (route.backend_path, [h.value for h in route.headers]) == (
        "/app.mjs",
        ['it\'s "a b"', "a b#c"],
    )
    assert ask("quoting", "chat.test", 8443, "/ab/12").match == "use_backend one for ~ ^/[a-z]{2,3}/\\d+$"
    assert ask("quoting", "chat.test", 1, "/").kind is RouteKind.NONE


def test_debians_own_file_listens_nowhere() -> None:
    assert config("debian-12").servers() == ()
    assert ask("debian-12", "chat.test", 443, "/", tls=True).kind is RouteKind.NONE


def test_tls_that_passes_through_is_told_by_its_name() -> None:
    route = ask("sni-passthrough", "chat.example.com", 443, "/ws", tls=True)
    assert (route.upstream and route.upstream.address, route.forwards_upgrade, route.idle_seconds) == (
        "10.0.0.5:443",
        True,
        60,
    )
    assert route.backend_path == "/ws"
    other = ask("sni-passthrough", "a.example.com", 443, "/", tls=True)
    assert other.upstream is not None
    assert (other.upstream.host, other.server_names) == ("fd00::7", ("chat.example.com", "*.example.com"))


def test_maps_ranges_and_templates() -> None:
    hosts = b"# name backend\nchat.test chat\n"
    route = ask("maps", "chat.test", 8080, "/ws", hosts=hosts)
    assert (route.upstream and route.upstream.port, route.idle_seconds, route.named) == (8000, 7200, True)
    assert ask("maps", "shop.test", 82, "/ws", hosts=hosts).match.startswith("use_backend sockets")
    pages = ask("maps", "shop.test", 80, "/admin", hosts=hosts)
    assert pages.upstream is not None
    assert (pages.upstream.scheme, pages.upstream.address) == ("https", "pages.internal:8443")
    assert ask("maps", "chat.test", 80, "/old", hosts=hosts).redirect == "https://chat.test/"
    assert ask("maps", "x", 8404, "/stats").kind is RouteKind.OTHER
    assert ask("maps", "chat.test", 80, "/").uncertain, "the map was not seen"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("defaults\n  mode 'http\n", "not closed"),
        (".if 1\nglobal\n", "not closed"),
        ("global\n.endif\n", "without .if"),
    ],
)
def test_what_does_not_close_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UnreadableConfig, match=reason):
        read(text.encode())


@needs_haproxy
@samples
def test_haproxy_takes_it(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("/etc/haproxy/hosts.map", str(tmp_path / "hosts.map"))
    for name in ("/etc/haproxy/certs/", "/etc/haproxy/errors/503.http", "/var/www/shop/index.html"):
        text = text.replace(name, str(tmp_path / "any.pem"))
    text = "\n".join(line for line in text.split("\n") if "errorfile" not in line)
    (tmp_path / "hosts.map").write_text("chat.test chat\n", encoding="utf-8")
    (tmp_path / "any.pem").write_bytes(pair())
    main = tmp_path / "haproxy.cfg"
    main.write_text(text, encoding="utf-8")
    told = real_haproxy.tested(main)
    assert told.returncode == 0, told.stderr
