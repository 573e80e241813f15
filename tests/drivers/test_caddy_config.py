"""Caddyfiles as people write them: imports, snippets, no braces, words in quotes; and what is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.drivers.real_caddy import CADDY, adapted, needs_caddy
from wsfix.drivers.caddy import Config
from wsfix.drivers.caddy.syntax import read
from wsfix.errors import CannotEdit, UnreadableConfig
from wsfix.model.route import Asks, Route, RouteKind

MAIN = "/etc/caddy/Caddyfile"
DEBIAN = """# The Caddyfile is an easy way to configure your Caddy web server.

:80 {
	# Set this path to your site's directory.
	root * /usr/share/caddy

	# Enable the static file server.
	file_server

	# reverse_proxy localhost:8080
}
"""
SAMPLES = {
    "Debian's own": DEBIAN,
    "without braces": "chat.test\n\nencode gzip\nreverse_proxy /ws/* localhost:8000 # sockets\nfile_server\n",
    "several addresses": 'a.test,\nb.test {\n\trespond `he said "hi"`\n}\n:8080, http://c.test {\n\trespond ok\n}\n',
    "a heredoc": "a.test {\n\trespond <<HTML\n\t\t<p>}</p>\n\t\tHTML 200\n}\n",
    "variables": "{$SITE:chat.test} {\n\treverse_proxy {$UP:localhost:8000} \\\n\t\tother:9000\n}\n",
    "a snippet": "(log) {\n\tlog {\n\t\toutput file {args.0}\n\t}\n}\na.test {\n\timport log /tmp/a\n}\n",
    "options": "{\n\temail a@b.test\n\torder rewrite after uri\n\tservers {\n\t\ttimeouts {\n\t\t\tidle 1m\n\t\t}\n\t}\n}\n",
    "one line": "a.test {\n\thandle /x { respond y }\n}\n",
    "line ends of DOS": "a.test {\r\n\trespond ok\r\n}\r\n",
}


def of(text: str, **more: str) -> Config:
    files = {MAIN: text.encode(), **{path: data.encode() for path, data in more.items()}}
    return Config.read(files, {}, version="2.6.2")


def ask(config: Config, path: str, host: str = "chat.test") -> Route:
    return config.route(host, 443, True, path)


@pytest.mark.parametrize("text", SAMPLES.values(), ids=SAMPLES)
def test_every_byte_has_its_place(text: str) -> None:
    data = text.encode()
    document = read(data, MAIN)
    assert document.data == data
    for directive in document.walk():
        assert data[directive.start : directive.end].startswith(document.raw(directive.words[0]))
        assert all(document.raw(word) for word in directive.words)
    for comment in document.comments:
        assert data[comment.start : comment.end].startswith(b"#")
    config = of(text)
    assert config.problems == ()
    assert config.with_file(MAIN, data) is config


@needs_caddy
@pytest.mark.parametrize(
    "name", ["Debian's own", "without braces", "several addresses", "variables", "a snippet", "options"]
)
def test_caddy_reads_the_samples_too(name: str, tmp_path: Path) -> None:
    path = tmp_path / "Caddyfile"
    path.write_text(SAMPLES[name], encoding="utf-8")
    told = adapted(path)
    assert told.returncode == 0, told.stderr


@needs_caddy
@pytest.mark.parametrize("text", ["a.test {\n\trespond x\n}\n}\n", 'a.test {\n\trespond "x\n}\n'])
def test_what_does_not_close_is_refused_by_both(text: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableConfig):
        of(text)
    path = tmp_path / "Caddyfile"
    path.write_text(text, encoding="utf-8")
    assert CADDY
    assert subprocess.run([CADDY, "adapt", "--config", path], capture_output=True, check=False).returncode != 0


def test_a_site_without_braces_takes_the_whole_file() -> None:
    config = of(SAMPLES["without braces"])
    assert ask(config, "/ws/1").upstream.address == "localhost:8000"
    assert ask(config, "/x").kind is RouteKind.FILES
    added = config.add_websocket_location(ask(config, "/x").server, "/live/", "127.0.0.1", 9000)
    assert ask(added, "/live/1").upstream.address == "127.0.0.1:9000"
    assert added.files[MAIN].startswith(SAMPLES["without braces"].encode())


def test_plain_http_is_sent_to_https_before_a_site_for_everything() -> None:
    config = of("chat.test {\n\trespond tls\n}\n:80 {\n\trespond all\n}\nhttp://chat.test:8080 {\n\trespond plain\n}\n")
    moved = config.route("chat.test", 80, False, "/ws?a=b")
    assert (moved.status, moved.redirect) == (308, "https://chat.test/ws?a=b")
    assert config.route("other.test", 80, False, "/").named is False
    assert config.route("chat.test", 8080, False, "/").status == 200
    assert config.route("nobody.test", 443, True, "/").kind is RouteKind.NONE


def test_files_and_snippets_are_imported_and_shared_ones_are_not_edited() -> None:
    main = "(up) {\n\treverse_proxy {args.0}\n}\nimport sites/*.caddy\n"
    one = "chat.test {\n\timport up localhost:8000\n}\n"
    two = "shop.test {\n\timport up localhost:9000\n}\n"
    config = of(
        main, **{"/etc/caddy/sites/a.caddy": one, "/etc/caddy/sites/b.caddy": two, "/etc/caddy/sites/c.off": one}
    )
    route = ask(config, "/")
    assert route.upstream.address == "localhost:8000"
    assert (route.position.path, route.server.path) == (MAIN, "/etc/caddy/sites/a.caddy")
    assert config.unloaded_names("chat.test") == (("/etc/caddy/sites/c.off", 1, "chat.test"),)
    with pytest.raises(CannotEdit, match=r"argument of an import|imported 2 times"):
        config.retarget(route, "localhost", 8001)


def test_a_star_makes_a_path_a_prefix() -> None:
    config = of("chat.test {\n\t@ws path /ws /socket\n\treverse_proxy @ws :8000\n\tfile_server\n}\n")
    assert [ask(config, path).kind for path in ("/ws", "/WS", "/ws/1")] == [
        RouteKind.PROXY,
        RouteKind.PROXY,
        RouteKind.FILES,
    ]
    position = next(node.position for node in config.tree.walk() if "/ws" in node.words)
    assert ask(config.match_below(position, "/ws"), "/ws/1").upstream.port == 8000


def test_a_header_that_one_browser_alone_sends_is_no_sure_match() -> None:
    text = "chat.test {\n\t@ws {\n\t\theader Connection Upgrade\n\t\theader Upgrade websocket\n\t}\n\treverse_proxy @ws :8000\n}\n"
    assert ask(of(text), "/ws").kind is RouteKind.RETURN
    assert ask(of(text.replace("Connection Upgrade", "Connection *Upgrade*")), "/ws").kind is RouteKind.PROXY


def test_sockets_outlive_a_reload_only_where_caddy_knows_how() -> None:
    config = of("chat.test {\n\treverse_proxy :8000\n}\n")
    with pytest.raises(CannotEdit, match=r"2\.7"):
        config.stream_close_delay(ask(config, "/"), 300)
    newer = Config.read(config.files, {}, version="2.8.4")
    kept = newer.stream_close_delay(ask(newer, "/"), 300)
    assert (newer.keeps_streams, kept.keeps_streams) == (False, True)
    assert kept.files[MAIN] == b"chat.test {\n\treverse_proxy :8000 {\n\t\tstream_close_delay 300s\n\t}\n}\n"


def test_tls_to_a_plain_backend_is_taken_back() -> None:
    text = "chat.test {\n\treverse_proxy https://localhost:8000 {\n\t\ttransport http {\n\t\t\ttls_insecure_skip_verify\n\t\t}\n\t}\n}\n"
    config = of(text)
    assert ask(config, "/").upstream.scheme == "https"
    plain = config.speak_plainly(ask(config, "/"))
    assert ask(plain, "/").upstream.scheme == "http"
    assert b"transport" not in plain.files[MAIN]


GATED = """chat.test {
	basicauth /admin/* {
		bob hash
	}
	forward_auth /api/* 127.0.0.1:9091 {
		uri /verify
	}
	@far not remote_ip 10.0.0.0/8
	handle /api/* {
		handle @far {
			respond "no" 403
		}
		abort @far
		redir @far https://other.test{uri} 307
		reverse_proxy localhost:8000
	}
	handle {
		respond @far 410
		file_server
	}
}
"""


def test_what_lets_in_only_some_stands_on_the_way_in_the_order_in_which_it_is_asked() -> None:
    route = ask(of(GATED), "/api/ws")
    assert route.kind is RouteKind.PROXY
    told = [(gate.asks, gate.status, gate.position.line) for gate in route.gates]
    assert told == [
        (Asks.SERVICE, None, 5),
        (Asks.CLIENT, 307, 14),
        (Asks.CLIENT, 403, 11),
        (Asks.CLIENT, None, 13),
    ]
    service = route.gates[0].service
    assert service is not None
    assert service.address == "127.0.0.1:9091"


def test_what_is_not_asked_for_a_path_is_no_gate_of_it() -> None:
    assert [gate.status for gate in ask(of(GATED), "/page").gates] == [410]
    assert [(gate.asks, gate.status) for gate in ask(of(GATED), "/admin/x").gates][:1] == [(Asks.PASSWORD, 401)]
