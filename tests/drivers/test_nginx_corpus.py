"""Every sample that other projects publish: read without losing a byte, and a line put in changes no other."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drivers.alike import only_added
from tests.drivers.real_nginx import NGINX, needs_nginx
from wsfix.drivers.nginx import Config, splice
from wsfix.drivers.nginx.syntax import Document, read
from wsfix.drivers.span import Directive
from wsfix.errors import UnreadableConfig

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "nginx"
Record = Callable[[str, object], None]
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")

REFUSED = {
    "certbot-nginx-testdata/etc_nginx/broken.conf": "has no",
    "certbot-nginx-testdata/etc_nginx/ubuntu_nginx_1_4_6/default_vhost/nginx/naxsi-ui.conf.1.4.1": "has no",
    "crossplane-tests/includes-globbed/servers/locations/not-included.conf": "has no",
    "crossplane-tests/includes-regular/conf.d/bar.conf": "has no",
    "crossplane-tests/includes-regular/conf.d/foo.conf": "has no",
    "crossplane-tests/missing-semicolon/broken-above.conf": 'unexpected "}"',
    "crossplane-tests/missing-semicolon/broken-below.conf": 'unexpected "}"',
    "crossplane-tests/quote-behavior/nginx.conf": 'unexpected "-"',
    "nginx-tests/ssl_engine_keys.t.1.conf": "has no",
    "nginx-tests/ssl_provider_keys.t.1.conf": "has no",
}
"""Files that nginx's own reader refuses, and files of other programs that lie among them; see the last test."""
NGINX_SAYS = ("unexpected end of file", 'unexpected "}"', 'unexpected "-"', "unknown directive")


def samples() -> list[Path]:
    return sorted(Path(folder) / name for folder, _, names in os.walk(CORPUS) for name in names)


def readable() -> list[Document]:
    named = [(path, str(path.relative_to(CORPUS))) for path in samples()]
    return [read(path.read_bytes(), name) for path, name in named if name not in REFUSED]


def test_the_corpus_is_read_but_for_a_known_few(record_testsuite_property: Record) -> None:
    refused = {}
    for path in samples():
        try:
            read(path.read_bytes(), str(path.relative_to(CORPUS)))
        except UnreadableConfig as error:
            refused[error.path] = error.reason
    record_testsuite_property("nginx files", len(samples()))
    record_testsuite_property("nginx refused", len(refused))
    assert refused.keys() == REFUSED.keys()
    assert all(REFUSED[path] in reason for path, reason in refused.items())
    assert len(samples()) >= 600


def test_spans_cover_every_byte() -> None:
    for document in readable():
        rest = bytearray(document.data)
        for start, end in _spans(document):
            assert rest[start:end].count(0) == 0 or b"\0" in document.data, f"{document.path}: spans overlap at {start}"
            rest[start:end] = bytes(end - start)
        assert not bytes(rest).strip(b" \t\r\n\0"), document.path


def test_a_line_put_in_changes_no_other(record_testsuite_property: Record) -> None:
    insertions = 0
    for document in readable():
        directives = [d for d in document.walk() if not d.opaque]
        chosen = directives[:: max(1, len(directives) // 5)]
        for directive in chosen:
            for changed in _insertions(document, directive):
                _assert_only_added(document, changed)
                insertions += 1
    record_testsuite_property("nginx insertions", insertions)
    assert insertions > 5_000


def test_a_directive_taken_away_leaves_the_others() -> None:
    for document in readable():
        leaves = [d for d in document.walk() if not d.is_block][:10]
        for directive in leaves:
            changed = splice.delete(document, directive)
            assert len(changed.data) < len(document.data)
            assert len(list(changed.walk())) == len(list(document.walk())) - 1


def test_no_variable_of_a_working_configuration_is_called_undefined() -> None:
    for path in samples():
        if path.parent.name != "nginx-tests" or str(path.relative_to(CORPUS)) in REFUSED:
            continue
        config = Config.read({"/etc/nginx/nginx.conf": path.read_bytes()}, {})
        known = {"connection_upgrade"} if b"connection_upgrade" in path.read_bytes() else set()
        assert {use.name for use in config.undefined} <= known, path.name


def test_every_route_of_the_corpus_has_an_answer() -> None:
    for path in samples():
        if str(path.relative_to(CORPUS)) in REFUSED:
            continue
        config = Config.read({"/etc/nginx/nginx.conf": path.read_bytes()}, {})
        if not any(node.name == "http" for node in config.tree.nodes):
            continue
        for server in config.servers():
            for listen in server.listens:
                for name in (*server.names[:2], "other.example.com"):
                    config.route(name, listen.first_port, listen.tls, "/ws/1")


@needs_nginx
@pytest.mark.parametrize("name", REFUSED)
def test_nginx_refuses_them_too(name: str, tmp_path: Path) -> None:
    main = tmp_path / "nginx.conf"
    main.write_bytes((CORPUS / name).read_bytes())
    (tmp_path / "foo.conf").touch()  # what certbot's broken.conf includes first
    assert NGINX
    told = subprocess.run([NGINX, "-t", "-c", main], capture_output=True, text=True, check=False)
    assert told.returncode != 0
    assert any(said in told.stderr for said in NGINX_SAYS), told.stderr


def _spans(document: Document) -> list[tuple[int, int]]:
    spans = [(comment.start, comment.end) for comment in document.comments]
    for directive in document.walk():
        spans += [(word.start, word.end) for word in directive.words]
        if directive.opens is None or directive.closes is None:
            spans.append((directive.end - 1, directive.end))
        elif directive.opaque:
            spans.append((directive.opens, directive.end))
        else:
            spans += [(directive.opens, directive.opens + 1), (directive.closes, directive.closes + 1)]
    return spans


def _insertions(document: Document, directive: Directive) -> list[Document]:
    lines = ["location /wsfix {", "\tproxy_pass http://127.0.0.1:1;", "}"]
    changed = [
        splice.insert_before(document, directive, lines),
        splice.insert_before(document, directive, lines, over_comments=True, blank=True),
        splice.insert_after(document, directive, lines),
    ]
    if directive.is_block:
        changed += [splice.insert_first(document, directive, lines), splice.insert_last(document, directive, lines)]
    return changed


def _assert_only_added(old: Document, new: Document) -> None:
    """The new bytes are the old ones with one piece put in; where nothing else stood on the line, no line changed."""
    assert only_added(old.data, new.data), old.path
    assert read(new.data, old.path) == new
