"""Specifications: every complaint names the host, the field, the value and what is allowed; a secret's value never."""

from __future__ import annotations

from typing import Any

import pytest

from wsfix.errors import SpecError
from wsfix.model.site import Site
from wsfix.spec import sites_of

GOOD: dict[str, Any] = {"name": "chat", "url": "wss://chat.example.com/ws"}
CANARY = "canary-7f3a9c"
NAMED = 'must be a text, or name a secret: {"from_env": "NAME"} or {"from_file": "PATH"}'


def complaints(value: object) -> list[str]:
    with pytest.raises(SpecError) as caught:
        sites_of("web1", value)
    return str(caught.value).splitlines()


def env(**values: object) -> dict[str, object]:
    return {"env": {"file": "/etc/chat.env", "values": values}}


WRONG = [
    pytest.param({"url": None}, ".url: must be a text (given: None)", id="no text"),
    pytest.param({"name": "a b"}, ".name: String should match pattern '^[A-Za-z0-9][A-Za-z0-9._-]*$' (given: 'a b')", id="name"),
    pytest.param({"nmae": 1}, ".nmae: unknown key; did you mean name?", id="unknown key with a suggestion"),
    pytest.param({"zzzz": 1}, ".zzzz: unknown key; allowed keys: address, backend, client, env, firewall, idle_seconds, name, origins, probe, protocol, provision, proxy, service, socketio, url", id="unknown key without one"),
    pytest.param({"backend": {"port": 1, "hots": "x"}}, ".backend.hots: unknown key; did you mean host?", id="unknown key within"),
    pytest.param({"service": {"name": "chat", "zzz": 1}}, ".service.zzz: unknown key; allowed keys: ecosystem, home, manager, name, user", id="keys of the place"),
    pytest.param({"backend": {}}, ".backend: name the port on which the backend listens, or its unix socket by `socket`, and not both", id="required"),
    pytest.param({"backend": {"port": 1, "socket": "/run/chat.sock"}}, ".backend: name the port on which the backend listens, or its unix socket by `socket`, and not both", id="two places"),
    pytest.param({"backend": {"socket": "chat.sock"}}, ".backend.socket: must be an absolute path on the server, such as /etc/chat/chat.env (given: 'chat.sock')", id="a socket without a path"),
    pytest.param({"backend": {"port": 70000}}, ".backend.port: Input should be less than or equal to 65535 (given: 70000)", id="port too large"),
    pytest.param({"backend": {"port": 0}}, ".backend.port: Input should be greater than or equal to 1 (given: 0)", id="port zero"),
    pytest.param({"backend": {"port": "http"}}, ".backend.port: must be a whole number (given: 'http')", id="port by name"),
    pytest.param({"backend": {"port": 1, "host": "10.0.0.1"}}, ".backend.host: '10.0.0.1' is not allowed; allowed: '127.0.0.1', '::1' or 'localhost'", id="a choice"),
    pytest.param({"proxy": {"kind": "traefik"}}, ".proxy.kind: 'traefik' is not allowed; allowed: 'nginx', 'apache', 'caddy' or 'haproxy'", id="another proxy"),
    pytest.param({"protocol": "sse"}, ".protocol: 'sse' is not allowed; allowed: 'websocket' or 'socketio'", id="another protocol"),
    pytest.param({"backend": 8000}, ".backend: must be a mapping of keys to values (given: 8000)", id="a number for a mapping"),
    pytest.param({"service": ["chat"]}, ".service: must be a mapping of keys to values", id="a list for a mapping"),
    pytest.param({"env": {"file": "/e", "values": ["A=1"]}}, ".env.values: must be a mapping of keys to values", id="a list of values"),
    pytest.param({"origins": "https://x"}, ".origins: must be a list (given: 'https://x')", id="a text for a list"),
    pytest.param({"firewall": {"open": 80}}, ".firewall.open: must be a list (given: 80)", id="a number for a list"),
    pytest.param({"origins": ["https://x/"]}, ".origins.0: must be an origin: scheme and host and no path, such as https://chat.example.com (RFC 6454) (given: 'https://x/')", id="an origin with a path"),
    pytest.param({"env": {"file": "chat.env"}}, ".env.file: must be an absolute path on the server, such as /etc/chat/chat.env (given: 'chat.env')", id="a relative path"),
    pytest.param({"env": {"file": "/e", "origins_key": "it's"}}, ".env.origins_key: String should match pattern '^[A-Za-z_][A-Za-z0-9_]*$'", id="a variable with a quote"),
    pytest.param({"service": {"name": "a b; id"}}, ".service.name: must be a unit's name, such as chat or chat.service (systemd.unit(5)) (given: 'a b; id')", id="a unit with blanks"),
    pytest.param({"firewall": {"open": [1, 2], "closed": [2]}}, ".firewall: port 2 is listed as open and as closed", id="open and closed"),
    pytest.param({"idle_seconds": 5}, ".idle_seconds: Input should be greater than or equal to 30 (given: 5)", id="too short"),
    pytest.param({"address": "web1"}, ".address: value is not a valid IPv4 or IPv6 address (given: 'web1')", id="a name for an address"),
    pytest.param({"probe": {"path_values": {"user": "a/b"}}}, ".probe.path_values.user: String should match pattern '^[A-Za-z0-9._~-]+$' (given: 'a/b')", id="a slash in a path value"),
    pytest.param({"probe": {"timeout_seconds": 0}}, ".probe.timeout_seconds: Input should be greater than 0 (given: 0)", id="no time"),
    pytest.param({"url": "https://x/ws"}, ": url must begin with wss:// or ws://, not 'https'", id="a page"),
    pytest.param({"url": ""}, ": url must begin with wss:// or ws://, not ''", id="empty"),
    pytest.param({"url": "wss://"}, ": url must name a host, such as wss://chat.example.com/ws", id="no host"),
    pytest.param({"url": "wss://x/ws#a"}, ": url must not have a fragment (RFC 6455 section 3)", id="fragment"),
    pytest.param({"url": "wss://x:99999/ws"}, ": url: Port out of range 0-65535", id="port out of range"),
    pytest.param({"url": "wss://x:0/ws"}, ": url must not have port 0, a blank or a control character", id="port 0"),
    pytest.param({"url": "wss://x/a b"}, ": url must not have port 0, a blank or a control character", id="a blank"),
    pytest.param({"url": "wss://x/a\nHost: y"}, ": url must not have port 0, a blank or a control character", id="a line break"),
    pytest.param({"url": "wss://[::1/ws"}, ": url: Invalid IPv6 URL", id="half an address"),
    pytest.param(env(LOG=5), f".env.values.LOG: {NAMED} (given: 5)", id="a number in an env file"),
    pytest.param(env(**{"A-B": "x"}), ".env.values.A-B.[key]: String should match pattern '^[A-Za-z_][A-Za-z0-9_]*$' (given: 'A-B')", id="no variable"),
    pytest.param(env(LOG="a\nb"), ".env: LOG must be one line", id="two lines"),
    pytest.param(env(JWT={"from_env": "A B"}), ".env.values.JWT.from_env: String should match pattern '^[A-Za-z_][A-Za-z0-9_]*$' (given: 'A B')", id="a secret's wrong name"),
    pytest.param(env(JWT={"from_file": ""}), ".env.values.JWT.from_file: String should have at least 1 character (given: '')", id="a secret's empty path"),
    pytest.param(env(JWT=["a"]), f".env.values.JWT: {NAMED}", id="a list for a secret"),
    pytest.param(env(JWT_SECRET=CANARY), '.env: JWT_SECRET looks like a secret and is written out; name it: {"from_env": "JWT_SECRET"} or {"from_file": "PATH"}', id="a secret written out"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), WRONG)
def test_a_wrong_site_is_refused_with_one_complaint(change: dict[str, Any], expected: str):
    said = {**GOOD, **change}
    assert complaints([said]) == [f"web1: sites[{said['name']}]{expected}"]


def test_a_misspelt_secret_is_told_by_its_own_complaints():
    told = complaints([{**GOOD, **env(JWT={"from_evn": "A"})}])
    prefix = "web1: sites[chat].env.values.JWT"
    assert told == [f"{prefix}.from_env: is required", f"{prefix}.from_evn: unknown key; did you mean from_env?"]


def test_every_complaint_of_every_site_is_told_at_once():
    told = complaints([{**GOOD, "url": "x", "zzz": 1}, 5, {"name": "b"}, GOOD, {**GOOD}])
    assert [line.partition(":")[2].partition("]")[0].strip() for line in told] == [
        "sites[chat", "sites[1", "sites[b", "two sites are named chat",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(env(JWT_SECRET=CANARY), id="written out"),
        pytest.param(env(JWT_SECRET=[CANARY]), id="in a list"),
        pytest.param(env(JWT_SECRET={"from_env": f"{CANARY} b"}), id="as the name of its variable"),
        pytest.param(env(API_KEY={"value": CANARY}), id="under a key of its own"),
        pytest.param({"url": f"wss://user:{CANARY}@x/ws"}, id="in the URL's password"),
        pytest.param({"url": f"wss://{CANARY}@x/ws"}, id="in the URL's user"),
        pytest.param({"url": f"wss://x/ws?token={CANARY}"}, id="in the URL's query"),
        pytest.param({"origins": [f"https://u:{CANARY}@x/y"]}, id="in an origin"),
        pytest.param({"probe": {"headers_from_env": {"Authorization": [CANARY]}}}, id="in a header"),
        pytest.param({"probe": {"query_from_env": {"token": [CANARY]}}}, id="in a query"),
        pytest.param({"probe": {"token": CANARY}}, id="under an unknown key"),
    ],
)
def test_a_secret_is_never_repeated(change: dict[str, Any]):
    assert CANARY not in "\n".join(complaints([{**GOOD, **change}]))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (5, "int"),
        ("chat", "str"),
        (b"chat", "bytes"),
        (GOOD, "dict"),
        ({"chat"}, "set"),
        (iter([GOOD]), "list_iterator"),
    ],
)
def test_what_is_no_list_is_refused(value: object, kind: str):
    assert complaints(value) == [f"web1: sites must be a list of sites, not {kind}"]


@pytest.mark.parametrize("item", [5, None, "chat", [GOOD], True])
def test_what_is_no_site_is_refused(item: object):
    (told,) = complaints([item])
    assert told.startswith("web1: sites[0]: must be a mapping of keys to values")


def test_no_sites_are_no_complaint():
    assert sites_of("web1", None) == sites_of("web1", []) == ()


def test_a_site_that_is_one_already_is_taken_as_it_is():
    site = Site.model_validate(GOOD)
    taken, read = sites_of("web1", (site, {**GOOD, "name": "other"}))
    assert taken is site
    assert read == site.model_copy(update={"name": "other"})


def test_two_sites_of_one_name_are_refused_also_where_one_is_an_instance():
    assert complaints([Site.model_validate(GOOD), GOOD]) == ["web1: two sites are named chat"]


def test_two_proxies_on_one_host_are_refused():
    other = {**GOOD, "name": "shop", "proxy": {"kind": "apache"}}
    asked = "web1: sites[shop].proxy.kind is apache, and that of chat is nginx"
    allowed = "all sites of one host must have the same proxy: correct one, or list them under two hosts"
    assert complaints([GOOD, {**GOOD, "name": "blog"}, other]) == [f"{asked}; {allowed}"]
