"""Every sample that other projects publish: read without losing a byte, and a line put in changes no other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.drivers.alike import only_added
from wsfix.drivers.apache import Config, splice
from wsfix.drivers.apache.syntax import Document, read
from wsfix.drivers.span import Directive
from wsfix.errors import UnreadableConfig

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "apache"
Record = Callable[[str, object], None]
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")

REFUSED = {
    "certbot-apache-testdata/debian_apache_2_4/augeas_vhosts/apache2/conf-available/bad_conf_file.conf": "<VirtualHost> is not closed",
    "certbot-apache-testdata/debian_apache_2_4/multiple_vhosts/apache2/conf-available/bad_conf_file.conf": "<VirtualHost> is not closed",
    "httpd-core-test/test07.conf": "<Macro> is not closed",
    "httpd-core-test/test08.conf": "closes what was not opened",
    "httpd-core-test/test15.conf": "</macro> where </directory> should be",
    "httpd-core-test/test16.conf": "</Limit> where </Macro> should be",
    "httpd-core-test/test17.conf": "</Directory> where </Macro> should be",
    "httpd-core-test/test18.conf": "</Location> where </Macro> should be",
    "httpd-core-test/test43.conf": "</Macro> where </Directory> should be",
    "httpd-core-test/test56.conf": "</Macro> where </Directory> should be",
    "httpd-core-test/test58.conf": "no >",
}
"""Files that are broken on purpose: certbot's bad one, and mod_macro's tests of bad nesting."""


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
    record_testsuite_property("apache files", len(samples()))
    record_testsuite_property("apache refused", len(refused))
    assert refused.keys() == REFUSED.keys()
    assert all(REFUSED[path] in reason for path, reason in refused.items())
    assert len(samples()) >= 400


def test_spans_cover_every_byte() -> None:
    for document in readable():
        rest = bytearray(document.data)
        for start, end in _spans(document):
            assert 0 not in rest[start:end], f"{document.path}: spans overlap at {start}"
            rest[start:end] = bytes(end - start)
        left = bytes(rest).replace(b"\\\r\n", b"").replace(b"\\\n", b"").strip(b" \t\r\n\f\v\0")
        assert not left, f"{document.path}: {left[:50]!r}"


def test_a_line_put_in_changes_no_other(record_testsuite_property: Record) -> None:
    insertions = 0
    for document in readable():
        directives = [d for d in document.walk() if not d.opaque]
        for directive in directives[:: max(1, len(directives) // 5)]:
            for changed in _insertions(document, directive):
                assert only_added(document.data, changed.data), document.path
                assert read(changed.data, document.path) == changed
                insertions += 1
    record_testsuite_property("apache insertions", insertions)
    assert insertions > 3_000


def test_a_directive_taken_away_leaves_the_others() -> None:
    for document in readable():
        for directive in [d for d in document.walk() if not d.is_block][:10]:
            changed = splice.delete(document, directive)
            assert len(changed.data) < len(document.data)
            assert len(list(changed.walk())) == len(list(document.walk())) - 1


def test_every_route_of_the_corpus_has_an_answer() -> None:
    asked = 0
    for path in samples():
        if str(path.relative_to(CORPUS)) in REFUSED:
            continue
        config = Config.read({"/etc/apache2/apache2.conf": path.read_bytes() + b"\nListen 80\nListen 443\n"}, {})
        for server in config.servers():
            for listen in server.listens:
                for name in (*server.names[:2], "other.example.com"):
                    config.route(name, listen.port or 80, server.tls, "/ws/1")
                    asked += 1
    assert asked > 500


def test_whole_trees_are_read_with_their_includes() -> None:
    for root in sorted(path.parent for path in CORPUS.rglob("apache2.conf")):
        files = {f"/etc/apache2/{p.relative_to(root)}": p.read_bytes() for p in root.rglob("*") if p.is_file()}
        links = {f"/etc/apache2/{p.relative_to(root)}": str(p.readlink()) for p in root.rglob("*") if p.is_symlink()}
        config = Config.read(files, links)
        main = files["/etc/apache2/apache2.conf"]
        assert len(config.loaded) > 1
        if b"\nInclude ports.conf" in main:
            assert 80 in {listen.port for listen in config.servers()[0].listens}
        known = ("is not closed", "was not found", "nothing matches")
        assert [problem for problem in config.problems if not any(each in problem.message for each in known)] == []


def _spans(document: Document) -> list[tuple[int, int]]:
    spans = [(comment.start, comment.end) for comment in document.comments]
    for directive in document.walk():
        if directive.opens is None or directive.closes is None:
            spans += [(word.start, word.end) for word in directive.words]
        elif directive.opaque:
            spans.append((directive.start, directive.end))
        else:
            spans += [(directive.start, directive.opens), (directive.closes, directive.end)]
    return spans


def _insertions(document: Document, directive: Directive) -> list[Document]:
    lines = ["<Location /wsfix>", "\tProxyPass http://127.0.0.1:1", "</Location>"]
    changed = [
        splice.insert_before(document, directive, lines),
        splice.insert_before(document, directive, lines, over_comments=True, blank=True),
        splice.insert_after(document, directive, lines),
    ]
    if directive.is_block:
        changed += [splice.insert_first(document, directive, lines), splice.insert_last(document, directive, lines)]
    return changed
