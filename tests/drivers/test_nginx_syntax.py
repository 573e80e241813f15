"""The span reader: what nginx's own reader makes of words, quotes, comments and blocks (ngx_conf_read_token)."""

from __future__ import annotations

import time

import pytest

from wsfix.drivers.nginx import splice
from wsfix.drivers.nginx.syntax import read
from wsfix.drivers.text import decode, encode
from wsfix.errors import CannotEdit, UnreadableConfig


def words(text: str | bytes) -> list[list[str]]:
    data = text if isinstance(text, bytes) else text.encode()
    return [[word.value for word in directive.words] for directive in read(data).walk()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a b c;", [["a", "b", "c"]], id="plain"),
        pytest.param("a\tb\r\nc\n;", [["a", "b", "c"]], id="any white space"),
        pytest.param("a 'b c' \"d;{}\";", [["a", "b c", "d;{}"]], id="quotes"),
        pytest.param(r'a "b\"c\\d\n\x" e\;f;', [["a", 'b"c\\d\n\\x', "e\\;f"]], id="escapes undone are few"),
        pytest.param("a b#c; # d; {", [["a", "b#c"]], id="a comment begins a word only"),
        pytest.param("a # b ;\n c;", [["a", "c"]], id="a comment between words"),
        pytest.param("a ${b}c$d{e f;}", [["a", "${b}c$d"], ["e", "f"]], id="a variable's brace opens nothing"),
        pytest.param("a{b c;}d{}", [["a"], ["b", "c"], ["d"]], id="one line"),
        pytest.param('a "b"{c d;}', [["a", "b"], ["c", "d"]], id="a block right after a quote"),
        pytest.param('if ($a = "b") {}', [["if", "($a", "=", "b", ")"]], id="a parenthesis right after a quote"),
        pytest.param("a b}c;", [["a", "b}c"]], id="a brace within a word"),
        pytest.param("map $a $b { '' close; default \"\"; }", [["map", "$a", "$b"], ["", "close"], ["default", ""]], id="empty words"),
        pytest.param(b"a \xff\xc3\xa9;", [["a", "\udcffé"]], id="bytes that are not UTF-8"),
        pytest.param("a\fb;", [["a\fb"]], id="a form feed is no white space"),
        pytest.param("# only\n", [], id="a comment alone"),
        pytest.param("", [], id="nothing"),
        pytest.param("content_by_lua_block { s = '}' -- }\n [[ } ]] t = {} } a b;", [["content_by_lua_block"], ["a", "b"]], id="Lua is opaque"),
        pytest.param("server_name content_by_lua_block ;", [["server_name", "content_by_lua_block"]], id="Lua's name as a word"),
    ],
)  # fmt: skip
def test_words(text: str | bytes, expected: list[list[str]]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a {\n b c;\n", 1, "does not close"),
        ("a;\n}\n", 2, 'unexpected "}"'),
        ("a {\n b\n}\n", 3, '"b" has no ";"'),
        ("a\n b", 1, 'has no ";"'),
        ("a;\n;", 2, 'unexpected ";"'),
        ("a {;}", 1, 'unexpected ";"'),
        ("\n{ }", 2, 'unexpected "{"'),
        ('a "b', 1, "quote that does not close"),
        ("a;\nb 'c'd;", 2, 'unexpected "d"'),
        ("content_by_lua_block { '}'", 1, "does not close"),
        ("a \\", 1, "does not end"),
    ],
)
def test_refused(text: str, line: int, reason: str) -> None:
    with pytest.raises(UnreadableConfig) as refused:
        read(text.encode(), "/etc/nginx/x.conf")
    assert (refused.value.path, refused.value.line) == ("/etc/nginx/x.conf", line)
    assert reason in refused.value.reason


def test_places() -> None:
    data = b"http { # one\r\n\tserver {\r\n\t\tlisten '80';\r\n\t}\r\n}"
    document = read(data)
    http, server, listen = document.walk()
    assert [d.line for d in (http, server, listen)] == [1, 2, 3]
    assert data[listen.start : listen.end] == b"listen '80';"
    assert data[server.start : server.end] == b"server {\r\n\t\tlisten '80';\r\n\t}"
    assert (data[http.opens :][:1], data[http.closes :][:1]) == (b"{", b"}")
    assert document.raw(listen.words[1]) == b"'80'"
    assert listen.words[1].quote == "'"
    assert data[document.comments[0].start : document.comments[0].end] == b"# one\r"


def test_ten_times_the_lines_take_ten_times_as_long() -> None:
    server = b"server {\n    listen 80;\n    location /ws {\n        proxy_pass http://127.0.0.1:8000;\n        proxy_set_header Host $host; # c\n    }\n    root /var/www;\n}\n\n\n"
    few, many = (_quickest(server * times) for times in (100, 1000))
    assert many < 30 * few, "reading is linear; measured side by side, so that a busy machine slows both"


def _quickest(data: bytes) -> float:
    took = []
    for _ in range(9):
        start = time.perf_counter()
        read(data)
        took.append(time.perf_counter() - start)
    return min(took)


@pytest.mark.parametrize("word", ["a", "", "a b", 'a"b', "a'b", "$a", "${a}b", "a{2}", "~*^x$", "a;b", "a\\.b", r"^/(?<x>\d+)$", "#a", "a#b", "é", "tab\there"])  # fmt: skip
def test_a_quoted_word_reads_as_itself(word: str) -> None:
    text = encode(f"a {splice.quoted(word)};")
    assert read(text).directives[0].args == (word,), decode(text)


BASE = b"server {\n\tlisten 80; # l\n\n\t# about\n\t# it\n\tlocation / { root /x; }\n}\n"


def edited(change: str) -> str:
    document = read(BASE)
    server = document.directives[0]
    listen, location = server.children
    lines = ["a b;", "c {", "\td e;", "}"]
    changes = {
        "before": lambda: splice.insert_before(document, location, lines),
        "over": lambda: splice.insert_before(document, location, lines, over_comments=True, blank=True),
        "after": lambda: splice.insert_after(document, listen, lines),
        "first": lambda: splice.insert_first(document, server, ["a b;"]),
        "last": lambda: splice.insert_last(document, server, ["a b;"], blank=True),
        "inline": lambda: splice.insert_last(document, location, ["a b;", "# lost", "c d;"]),
        "inline after": lambda: splice.insert_after(document, location.children[0], ["a b;"]),
        "delete": lambda: splice.delete(document, listen),
        "delete inline": lambda: splice.delete(document, location.children[0]),
        "replace": lambda: splice.replace_arguments(document, listen, ["8080", "default server"]),
        "end": lambda: splice.insert_last(document, None, ["a b;"], blank=True),
    }
    return changes[change]().data.decode()


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        ("before", "\tlocation", "\ta b;\n\tc {\n\t\td e;\n\t}\n\tlocation"),
        ("over", "\t# about", "\ta b;\n\tc {\n\t\td e;\n\t}\n\n\t# about"),
        ("after", " # l\n", " # l\n\ta b;\n\tc {\n\t\td e;\n\t}\n"),
        ("first", "\tlisten", "\ta b;\n\tlisten"),
        ("last", "}\n}", "}\n\n\ta b;\n}"),
        ("inline", "/x; }", "/x; a b; c d; }"),
        ("inline after", "/x; }", "/x; a b; }"),
        ("delete", "listen 80; # l", "# l"),
        ("delete inline", "{ root /x; }", "{ }"),
        ("replace", "80;", '8080 "default server";'),
        ("end", "}\n}\n", "}\n}\n\na b;\n"),
    ],
)
def test_splices(change: str, old: str, new: str) -> None:
    assert edited(change) == BASE.decode().replace(old, new, 1)


def test_a_comment_between_words_is_not_written_over() -> None:
    document = read(b"server_name a # x\n b c;\n")
    with pytest.raises(CannotEdit, match="a comment stands between"):
        splice.replace_arguments(document, document.directives[0], ["d", "e"])
    kept = splice.replace_arguments(document, document.directives[0], ["a", "b", "d"])
    assert kept.data == b"server_name a # x\n b d;\n"


def test_a_line_that_would_close_the_block_is_refused() -> None:
    document = read(b"server { }\n")
    with pytest.raises(CannotEdit, match="do not read"):
        splice.insert_last(document, document.directives[0], ["} a {"])
