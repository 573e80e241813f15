"""Texts of an application and of its page, read by the real shell: what is left out, cut, and masked on the host."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facts.shells import HostShell, write
from wsfix.facts import application
from wsfix.facts.fragment import HIDE
from wsfix.model.application import Source

CANARY = "c4n4ry7f3A9c"
SETTINGS = f"""SECRET_KEY = '{CANARY}'
TOKEN = os.environ.get("JWT_SECRET", "{CANARY}")
DATABASES = {{'default': {{'PASSWORD': '{CANARY}', 'URL': "postgres://user:{CANARY}@db/chat"}}}}
INSTALLED_APPS = ["rest_framework.authtoken", "daphne"]
API_TOKEN: str = f"{CANARY}"
BEARER = 'eyJhbGciOiJIUzI1NiJ9.{CANARY}.{CANARY}'
ANY = "{CANARY * 4}"
EMAIL = "{CANARY[:6]}"
"""
BUNDLE = (
    "x" * 5000 + 'fetch("http://localhost:8000/api/v1");' + "y" * 5000 + 'new WebSocket("wss://chat.example.com/ws")'
)


def ask(
    shell: HostShell, *, directories: tuple[Path, ...] = (), pages: tuple[Path, ...] = (), hidden: str = ""
) -> dict[str, Source]:
    asked = application.fragment(map(str, directories), map(str, pages))
    return application.read_sources(shell.lines(f"{HIDE}hidden='{hidden}'\n{asked}"))


@pytest.fixture
def host(place: Path) -> Path:
    write(place / "app/settings.py", SETTINGS)
    write(place / "app/with space/server.py", '@app.websocket("/ws/{user}")\r\nasync def room(): ...\n')
    write(place / "app/plain.py", "print('nothing about sockets')\n")
    write(place / "app/.env", f"SECRET={CANARY} websocket\n")
    write(place / "app/.hidden/x.py", "websocket\n")
    write(place / "app/venv/pyvenv.cfg", "home = /usr\n")
    write(place / "app/venv/lib/x.py", "websocket\n")
    write(place / "app/node_modules/x/a.js", "WebSocket\n")
    write(place / "app/keys.py", "websocket = '''-----BEGIN RSA PRIVATE KEY-----'''\n")
    write(place / "page/src/setupProxy.js", "createProxyMiddleware({ target: 'http://localhost:8001' })\n")
    write(place / "page/build/main.js", BUNDLE)
    write(place / "page/build/main.js.map", BUNDLE)
    return place


def test_what_words_a_socket_is_read_and_nothing_else(shell: HostShell, host: Path):
    seen = ask(shell, directories=(host / "app",), pages=(host / "page",))
    names = ("app/settings.py", "app/with space/server.py", "page/src/setupProxy.js", "page/build/main.js")
    assert {path: source.whole for path, source in seen.items()} == {
        f"{host}/{n}": n != "page/build/main.js" for n in names
    }
    server = seen[f"{host}/app/with space/server.py"]
    assert server.lines == ((1, '@app.websocket("/ws/{user}")'), (2, "async def room(): ..."))
    assert server.modified == (host / "app/with space/server.py").stat().st_mtime // 1


def test_a_built_file_gives_only_the_places_that_word_an_address(shell: HostShell, host: Path):
    pieces = ask(shell, pages=(host / "page/build",))[f"{host}/page/build/main.js"].lines
    assert [number for number, _ in pieces] == [1, 1]
    assert 'fetch("http://localhost:8000/api/v1")' in pieces[0][1]
    assert 'new WebSocket("wss://chat.example.com/ws")' in pieces[1][1]
    assert all(len(text) < 400 for _, text in pieces)


def test_secrets_stay_on_the_host(shell: HostShell, host: Path):
    text = ask(shell, directories=(host / "app",), hidden=CANARY[:6])[f"{host}/app/settings.py"].text
    assert CANARY not in text
    assert '"rest_framework.authtoken", "daphne"' in text
    assert text.count("***") >= 7
    compile(text, "settings.py", "exec")


def test_values_of_env_files_are_hidden_where_they_stand_in_a_source(shell: HostShell, host: Path):
    write(host / "app/other.py", f"websocket = connect('{CANARY}-and-more')\n")
    seen = ask(shell, directories=(host / "app",), hidden=f"{CANARY}-and-more")
    assert seen[f"{host}/app/other.py"].lines == ((1, "websocket = connect('***')"),)


def test_files_by_name_are_read_and_env_files_and_keys_are_not(shell: HostShell, host: Path):
    write(host / "page/.env.local", f"REACT_APP_X=ws://{CANARY}\n")
    write(host / "page/tls.key", "ws://localhost\n")
    asked = [host / "page" / name for name in (".env.local", "tls.key", "src/setupProxy.js", "absent.js")]
    assert list(ask(shell, pages=tuple(asked))) == [f"{host}/page/src/setupProxy.js"]


def test_there_is_a_limit_to_files_and_bytes(shell: HostShell, place: Path):
    for number in range(application.MOST_FILES + 5):
        write(place / f"app/m{number:03}.py", "# websocket\n" + "x = 1\n" * 5000)
    seen = ask(shell, directories=(place / "app",))
    assert len(seen) == application.MOST_FILES
    assert sum(len(source.text) for source in seen.values()) <= application.MOST_BYTES


def test_a_link_out_of_the_folder_is_not_followed(shell: HostShell, host: Path):
    write(host / "elsewhere/secret.py", f"websocket {CANARY}\n")
    (host / "app/link.py").symlink_to(host / "elsewhere/secret.py")
    assert f"{host}/app/link.py" not in ask(shell, directories=(host / "app",))
