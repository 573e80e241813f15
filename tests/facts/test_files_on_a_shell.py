"""The proxy's files, fetched from real trees: everything that belongs to the configuration, and never a private key."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.facts import files
from wsfix.model.inside import FileSeen, LinkSeen

KEY = "-----BEGIN PRIVATE KEY-----\ncanary7f3a9c\n-----END PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
MAIN = "user www-data;\nevents {}\nhttp { include conf.d/*.conf; }\n"


def fetch(shell: HostShell, tree: Path, *extra: Path) -> dict[str, FileSeen | LinkSeen]:
    lines = shell.lines(files.fragment(str(tree / "nginx.conf"), tuple(str(path) for path in extra)))
    return files.read_archive("".join(lines)) if lines else {}


def below(tree: Path, seen: dict[str, FileSeen | LinkSeen]) -> set[str]:
    return {str(Path(path).relative_to(tree)) for path in seen if Path(path).is_relative_to(tree)}


@pytest.fixture
def tree(place: Path) -> Path:
    write(place / "etc/nginx/nginx.conf", MAIN)
    return place / "etc/nginx"


def test_a_file_arrives_byte_for_byte_with_owner_mode_and_time(shell: HostShell, tree: Path):
    content = bytes(range(256)) * 3
    path = write(tree / "conf.d/noise.conf", content)
    path.chmod(0o604)
    os.utime(path, (1500, 1500))
    seen = fetch(shell, tree)[str(path)]
    assert isinstance(seen, FileSeen)
    assert (content, 0o604, 1500.0) == (seen.content, seen.mode, seen.modified)
    assert (hashlib.sha256(content).hexdigest(), path.owner()) == (seen.sha256, seen.owner)


@pytest.mark.parametrize(
    "name",
    ["with space.conf", "a'quote.conf", 'a"double.conf', "$HOME.conf", "*.conf", "-rf.conf", "\u00fcml\u00e4ut.conf", "a\tb.conf", ";id"],
)  # fmt: skip
def test_a_file_of_an_odd_name_arrives(shell: HostShell, tree: Path, name: str):
    path = write(tree / "conf.d" / name, "x")
    assert str(path) in fetch(shell, tree)


def test_a_link_is_a_link_and_its_target_comes_too(shell: HostShell, tree: Path, place: Path):
    outside = write(place / "elsewhere/chat.conf", "server {}")
    (tree / "sites-enabled").mkdir()
    link = tree / "sites-enabled/chat.conf"
    link.symlink_to(outside)
    seen = fetch(shell, tree)
    made = seen[str(link)]
    assert isinstance(made, LinkSeen)
    assert (made.target, int(made.modified)) == (str(outside), int(link.lstat().st_mtime))
    assert isinstance(seen[str(outside)], FileSeen)


def test_the_folder_itself_may_be_a_link(shell: HostShell, tree: Path, place: Path):
    link = place / "etc/other"
    link.symlink_to(tree)
    assert str(link / "nginx.conf") in fetch(shell, link)


def test_circles_and_dangling_links_do_no_harm(shell: HostShell, tree: Path):
    (tree / "one").symlink_to("two")
    (tree / "two").symlink_to("one")
    (tree / "up").symlink_to("..")
    (tree / "gone.conf").symlink_to("nowhere.conf")
    seen = fetch(shell, tree)
    assert {"nginx.conf", "one", "two", "up", "gone.conf"} == below(tree, seen)
    dangling = seen[str(tree / "gone.conf")]
    assert isinstance(dangling, LinkSeen)
    assert dangling.target == "nowhere.conf"


def test_what_a_link_leads_to_is_not_fetched_where_it_is_no_small_file(shell: HostShell, tree: Path, place: Path):
    write(place / "modules/many.so", b"\x7fELF" * 1000)
    log = write(place / "log/access.log", b"x" * (files.MAX_FILE_BYTES + 1024))
    os.mkfifo(place / "pipe")
    (tree / "modules").symlink_to(place / "modules")
    (tree / "access.log").symlink_to(log)
    (tree / "pipe").symlink_to(place / "pipe")
    seen = fetch(shell, tree)
    assert {str(tree / name) for name in ("nginx.conf", "modules", "access.log", "pipe")} == set(seen)


def test_what_an_include_names_elsewhere_comes_too(shell: HostShell, tree: Path, place: Path):
    one, two = write(place / "snippets/one.conf", "# 1"), write(place / "snippets/two.conf", "# 2")
    other = write(place / "snippets/three.txt", "# 3")
    write(tree / "conf.d/a.conf", f'include {place}/snippets/*.conf; # and more\n  include "{place}/none.conf";\n')
    seen = set(fetch(shell, tree))
    assert {str(one), str(two)} <= seen
    assert str(other) not in seen


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("conf.d/key.conf", KEY, id="a key in a .conf file"),
        pytest.param("conf.d/both.conf", MAIN + CERTIFICATE + KEY, id="behind configuration"),
        pytest.param("ssl/server", KEY.replace("PRIVATE", "RSA PRIVATE"), id="an old key without an ending"),
        pytest.param("ssl/server.crt", CERTIFICATE + KEY.replace("PRIVATE", "EC PRIVATE"), id="beside its certificate"),
        pytest.param("ssl/locked.txt", KEY.replace("PRIVATE", "ENCRYPTED PRIVATE"), id="a locked key"),
        pytest.param("ssl/ssh.txt", KEY.replace("PRIVATE", "OPENSSH PRIVATE"), id="a key of SSH"),
        pytest.param("ssl/server.key", "canary7f3a9c", id="by its name, whatever it holds"),
        pytest.param(".htpasswd", "admin:canary7f3a9c", id="passwords of visitors"),
        pytest.param("conf.d/.chat.conf.swp", "canary7f3a9c", id="an editor's leavings"),
    ],
)
def test_a_private_key_is_never_sent(shell: HostShell, tree: Path, name: str, content: str):
    path = write(tree / name, content)
    write(tree / "conf.d/names.conf", f"ssl_certificate {path};\ninclude {path};\nssl_certificate_key {path};\n")
    (tree / "link.conf").symlink_to(path)
    seen = fetch(shell, tree)
    assert str(path) not in seen
    assert b"canary7f3a9c" not in b"".join(each.content for each in seen.values() if isinstance(each, FileSeen))


def test_a_file_that_only_speaks_of_private_keys_is_sent(shell: HostShell, tree: Path):
    path = write(tree / "conf.d/tls.conf", "# the PRIVATE KEY lies beside it\nssl_certificate_key x;\n")
    assert str(path) in fetch(shell, tree)


def test_certificates_come_with_their_neighbours_and_no_key(shell: HostShell, tree: Path, place: Path):
    live = place / "live/chat.example.com"
    for name in ("fullchain.pem", "chain.pem", "renewed.crt"):
        write(live / name, CERTIFICATE)
    write(live / "privkey.pem", KEY)
    write(
        tree / "conf.d/a.conf", f"  ssl_certificate {live}/fullchain.pem;\n  ssl_certificate_key {live}/privkey.pem;\n"
    )
    seen = {Path(path).name for path in fetch(shell, tree) if Path(path).is_relative_to(live)}
    assert {"fullchain.pem", "chain.pem", "renewed.crt"} == seen


def test_a_file_that_is_too_large_stays(shell: HostShell, tree: Path):
    write(tree / "geo.conf", b"#" * (files.MAX_FILE_BYTES + 1))
    assert {"nginx.conf"} == below(tree, fetch(shell, tree))


def test_further_files_come_where_they_are(shell: HostShell, tree: Path, place: Path):
    rules = write(place / "etc/ufw/user.rules", "*filter\n")
    assert str(rules) in fetch(shell, tree, rules, place / "etc/ufw/user6.rules")


def test_what_may_not_be_read_is_left_out(shell: HostShell, tree: Path):
    write(tree / "conf.d/locked.conf", "x").chmod(0)
    write(tree / "closed/a.conf", "x").parent.chmod(0)
    try:
        assert {"nginx.conf"} == below(tree, fetch(shell.unprivileged(), tree))
    finally:
        (tree / "closed").chmod(0o755)


def test_a_host_without_the_folder_answers_nothing(shell: HostShell, place: Path):
    assert fetch(shell, place / "no/nginx") == {}


@pytest.mark.parametrize("text", ["", "!", "AAAA", "H4sIAAAAAAAAA", "H4sIAAAAAAAAA0tMSkYGAJ3WxsoIAAAA"])
def test_an_archive_that_is_none_is_said_to_be_none(text: str):
    with pytest.raises(ValueError, match="could not be read"):
        files.read_archive(text)


def test_what_apache_includes_and_its_certificates_come_too(shell: HostShell, tree: Path, place: Path):
    one, two = write(place / "snippets/one.conf", "# 1"), write(place / "folder/two", "# 2")
    leaf = write(place / "tls/leaf.pem", "-----BEGIN CERTIFICATE-----\n")
    lines = f"Include {place}/snippets/*.conf\n  IncludeOptional '{place}/folder'\nSSLCertificateFile {leaf}\nInclude conf.d\n"
    write(tree / "apache2.conf", lines)
    seen = fetch(shell, tree)
    assert {str(one), str(two), str(leaf)} <= set(seen)
