"""The span reader: what Apache's own reader makes of lines, words, sections and comments (ap_cfg_getline, ap_getword_conf)."""

from __future__ import annotations

import time

import pytest

from wsfix.drivers.apache import splice
from wsfix.drivers.apache.syntax import read
from wsfix.drivers.text import decode, encode
from wsfix.errors import CannotEdit, UnreadableConfig


def words(text: str | bytes) -> list[list[str]]:
    data = text if isinstance(text, bytes) else text.encode()
    return [[word.value for word in directive.words] for directive in read(data).walk()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("A b c\n", [["A", "b", "c"]], id="plain"),
        pytest.param("  A\tb \r\nC", [["A", "b"], ["C"]], id="any white space, no final newline"),
        pytest.param('A "b c" \'d "e"\' f"g\n', [["A", "b c", 'd "e"', 'f"g']], id="quotes"),
        pytest.param(r'A "b\"c\\d\n" e\\f', [["A", 'b"c\\d\\n', "e\\f"]], id="escapes undone are few"),
        pytest.param('A "b c', [["A", "b c"]], id="a quote may stay open"),
        pytest.param('A "b\\"', [["A", 'b"']], id="an escaped quote closes nothing"),
        pytest.param('A "b"c', [["A", "b", "c"]], id="a word begins right after a quote"),
        pytest.param("A b # c\n#d\n  # e \\\n f\nG", [["A", "b", "#", "c"], ["G"]], id="comments stand on lines of their own"),
        pytest.param("Docu\\\nmentRoot \\\n  /x", [["DocumentRoot", "/x"]], id="joined lines, within a word too"),
        pytest.param("A b\\\r\nc", [["A", "bc"]], id="joined lines of Windows"),
        pytest.param('<Location ~ "a>b">\nB\n</LOCATION>', [["Location", "~", "a>b"], ["B"]], id="a bracket in a tag"),
        pytest.param("<VirtualHost *:80 >\n</VirtualHost> rest\n", [["VirtualHost", "*:80"]], id="space before the bracket"),
        pytest.param("<Loc\\\nation /x>\n</Location>", [["Location", "/x"]], id="a tag on two lines"),
        pytest.param("<A>\n<B c>\n</B>\n</A>", [["A"], ["B", "c"]], id="nesting"),
        pytest.param(r"RewriteRule ^/a\ b\.c$ '/x y' [P,L]", [["RewriteRule", r"^/a\ b\.c$", "/x y", "[P,L]"]], id="rewriting keeps backslashes"),
        pytest.param(r'rewritecond "%{A}" "a\\b" [NC, OR]', [["rewritecond", "%{A}", r"a\\b", "[NC,", "OR]"]], id="and does not undo them"),
        pytest.param("<Perl>\n <x \n if (1) { }\n</Perl>\nA", [["Perl"], ["A"]], id="Perl is opaque"),
        pytest.param(b"A \xff\xc3\xa9\n", [["A", "\udcff\u00e9"]], id="bytes that are not UTF-8"),
        pytest.param("", [], id="nothing"),
    ],
)  # fmt: skip
def test_words(text: str | bytes, expected: list[list[str]]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("A\n<B>\nC\n", 2, "<B> is not closed"),
        ("A\n</B>\n", 2, "closes what was not opened"),
        ("<A>\n<B>\n</A>\n</B>\n", 3, "</A> where </B> should be"),
        ("\n<A b\n", 2, "no >"),
        ("<>\n", 1, "no name"),
        ("< A>\n</A>", 1, "no name"),
        ("<A>\n</A\n", 2, "</A where </A> should be"),
        ("A\n<Perl>\n}\n", 2, "<Perl> is not closed"),
    ],
)
def test_refused(text: str, line: int, reason: str) -> None:
    with pytest.raises(UnreadableConfig) as refused:
        read(text.encode(), "/etc/apache2/x.conf")
    assert (refused.value.path, refused.value.line) == ("/etc/apache2/x.conf", line)
    assert reason in refused.value.reason


def test_places() -> None:
    data = b"# one\r\n\r\n<VirtualHost *:80>\r\n\tServerName \\\r\n  'a b' \r\n</VirtualHost>\r\n"
    document = read(data)
    host, name = document.walk()
    assert [d.line for d in (host, name)] == [3, 4]
    assert data[name.start : name.end] == b"ServerName \\\r\n  'a b'"
    assert document.raw(name.words[1]) == b"'a b'"
    assert (name.words[1].quote, document.head(name)) == ("'", "ServerName   'a b'")
    assert data[host.start : host.opens] == b"<VirtualHost *:80>"
    assert data[host.closes : host.end] == b"</VirtualHost>"
    assert data[document.comments[0].start : document.comments[0].end] == b"# one"


def test_ten_times_the_lines_take_ten_times_as_long() -> None:
    host = b"<VirtualHost *:80>\n    ServerName a.test\n    # c\n    ProxyPass /ws ws://127.0.0.1:8000/\n    RewriteRule ^/x$ /y [L]\n    Header set A b\n    DocumentRoot /srv\n</VirtualHost>\n\n\n"
    few, many = (_quickest(host * times) for times in (100, 1000))
    assert many < 30 * few, "reading is linear; measured side by side, so that a busy machine slows both"


def _quickest(data: bytes) -> float:
    took = []
    for _ in range(9):
        start = time.perf_counter()
        read(data)
        took.append(time.perf_counter() - start)
    return min(took)


@pytest.mark.parametrize("name", ["ServerName", "RewriteRule"])
@pytest.mark.parametrize("word", ["a", "a b", "a'b", "^/a(.*)$", "a\\.b", "é", "tab\there", "%{HTTP:Upgrade}", "#a", "a#b", "x\\\\y"])  # fmt: skip
def test_a_quoted_word_reads_as_itself(word: str, name: str) -> None:
    text = encode(f"{name} {splice.quoted(word, '', name.lower())} end")
    assert read(text).directives[0].args[0] == word, decode(text)


@pytest.mark.parametrize("word", ["", 'a"b', '"', 'a "b" c', "a\\", "a b\\", "\\\\"])
def test_a_word_with_quotes_reads_as_itself(word: str) -> None:
    text = encode(f"A {splice.quoted(word)} end")
    assert read(text).directives[0].args == (word, "end"), decode(text)


BASE = b"<VirtualHost *:80>\n\tServerName a.test\n\n\t# about\n\t# it\n\tProxyPass /a http://a\n\n\t<Location /x>\n\t\tB 'c' d\n\t</Location>\n</VirtualHost>\n"


def edited(change: str) -> str:
    document = read(BASE)
    host = document.directives[0]
    name, passing, location = host.children
    lines = ["A b", "<C>", "\tD e", "</C>"]
    changes = {
        "before": lambda: splice.insert_before(document, passing, lines),
        "over": lambda: splice.insert_before(document, passing, lines, over_comments=True, blank=True),
        "after": lambda: splice.insert_after(document, name, lines),
        "after block": lambda: splice.insert_after(document, location, ["A b"]),
        "first": lambda: splice.insert_first(document, host, ["A b"]),
        "last": lambda: splice.insert_last(document, host, ["A b"], blank=True),
        "deeper": lambda: splice.insert_last(document, location, ["A b"]),
        "delete": lambda: splice.delete(document, name),
        "delete block": lambda: splice.delete(document, location),
        "replace": lambda: splice.replace_arguments(document, location.children[0], ["it's", "d"]),
        "add": lambda: splice.replace_arguments(document, passing, ["/a", "http://a", "timeout=5"]),
        "move": lambda: splice.move_before(document, passing, name),
        "move block": lambda: splice.move_before(document, location, passing),
        "end": lambda: splice.insert_last(document, None, ["A b"], blank=True),
    }
    return changes[change]().data.decode()


NAME, ABOUT = "\tServerName a.test\n", "\t# about\n\t# it\n"
LOCATION = "\t<Location /x>\n\t\tB 'c' d\n\t</Location>\n"


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        ("before", "\tProxyPass", "\tA b\n\t<C>\n\t\tD e\n\t</C>\n\tProxyPass"),
        ("over", ABOUT, "\tA b\n\t<C>\n\t\tD e\n\t</C>\n\n" + ABOUT),
        ("after", NAME, NAME + "\tA b\n\t<C>\n\t\tD e\n\t</C>\n"),
        ("after block", LOCATION, LOCATION + "\tA b\n"),
        ("first", NAME, "\tA b\n" + NAME),
        ("last", "</Virtual", "\n\tA b\n</Virtual"),
        ("deeper", " d\n", " d\n\t\tA b\n"),
        ("delete", NAME, ""),
        ("delete block", LOCATION, ""),
        ("replace", "'c'", "'it\\'s'"),
        ("add", "http://a", "http://a timeout=5"),
        ("move", NAME + "\n" + ABOUT + "\tProxyPass /a http://a\n", "\tProxyPass /a http://a\n" + NAME + "\n" + ABOUT),
        ("move block", "\tProxyPass /a http://a\n\n" + LOCATION, LOCATION + "\tProxyPass /a http://a\n\n"),
        ("end", "</VirtualHost>\n", "</VirtualHost>\n\nA b\n"),
    ],
)
def test_splices(change: str, old: str, new: str) -> None:
    assert edited(change) == BASE.decode().replace(old, new, 1)


def test_endings_of_windows_and_a_last_line_without_one() -> None:
    document = read(b"<A>\r\n  B c\r\n</A>")
    block = document.directives[0]
    assert splice.insert_last(document, block, ["D e"]).data == b"<A>\r\n  B c\r\n  D e\r\n</A>"
    assert splice.insert_after(document, block, ["D e"]).data == b"<A>\r\n  B c\r\n</A>\r\nD e"


def test_a_line_that_would_close_the_section_is_refused() -> None:
    document = read(b"<A>\n</A>\n")
    with pytest.raises(CannotEdit, match="do not read"):
        splice.insert_last(document, document.directives[0], ["</A>"])
    with pytest.raises(CannotEdit, match="do not read"):
        splice.insert_last(document, document.directives[0], ["<B>"])
    joined = read(b"# a \\\n")
    with pytest.raises(CannotEdit, match="more than it should"):
        splice.insert_last(joined, None, ["A b"])
