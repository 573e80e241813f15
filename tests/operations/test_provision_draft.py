"""What is left to do on a host, from what is wanted and what is there; and what is refused instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.operations.provisioned import BLANK, SECRET, drafted, layout, observed, site
from wsfix.model.change import Action, Edit, EnvChange, Link
from wsfix.model.finding import Diagnosis
from wsfix.model.ground import Application, Ground, HeldFile, User
from wsfix.model.inside import EnvFile, EnvLine, Firewall, Listener, Process, Rule
from wsfix.operations.transaction import Proof
from wsfix.provision.draft import Draft, asked_of
from wsfix.provision.laying import script
from wsfix.provision.layout import Layout
from wsfix.provision.proxying import NGINX_MAP
from wsfix.provision.settle import verdict

ABSENT = frozenset({"nginx", "apache2", "python3-venv", "nodejs", "npm", "ufw", "redis-server", "certbot"})
ENV = {"file": "/etc/chat/chat.env", "values": {"JWT_SECRET": {"from_env": "X"}}}
SITES = {
    "systemd": {"env": ENV},
    "pm2": {
        "service": {"manager": "pm2", "name": "chat", "user": "chat", "ecosystem": "/opt/chat/ecosystem.config.js"}
    },
    "apache": {"proxy": {"kind": "apache"}},
    "split": {"provision": {"http": {"entrypoint": "x.wsgi:app", "port": 8001}}},
}


def edits(found: Draft) -> dict[str, Edit]:
    return {change.path: change for change in found.plan.changes if isinstance(change, Edit)}


def titles(found: Draft) -> list[str]:
    return [action.title for action in found.plan.actions]


def made(one: Layout, found: Draft, ground: Ground = BLANK) -> Ground:
    """The host after all of a draft was done."""
    asked = asked_of([one])
    files = {path: HeldFile(path, edit.sha256_after or "", edit.after) for path, edit in edits(found).items()}
    links = {change.path: change.target for change in found.plan.changes if isinstance(change, Link)}
    folders: dict[str, tuple[str, ...]] = {}
    for path in links:
        folder, _, name = path.rpartition("/")
        folders[folder] = (*folders.get(folder, ()), name)
    if one.site.proxy.kind == "apache":  # its package enables these
        folder = "/etc/apache2/mods-enabled"
        folders[folder] += ("mime.conf", "mime.load", "setenvif.conf", "setenvif.load")
    return replace(
        ground,
        absent=frozenset(),
        users={one.user: User(one.user, one.user, f"/var/lib/{one.user}")},
        present=frozenset((*asked.releases, *asked.environments, *asked.paths)),
        files={path: held for path, held in files.items() if path != NGINX_MAP},
        links={**links, one.current: f"releases/{one.parcel.digest}"},
        folders=folders,
        active=frozenset(asked.units),
        enabled=frozenset(asked.units),
        applications={(user, name): Application(True, True, True) for user, name, _ in asked.applications},
    )


def after(one: Layout, found: Draft) -> dict[str, Any]:
    """What a look then sees of the files that the draft does not ask for itself."""
    env = one.site.env
    digest = observed(one.site).inside.digest(SECRET)  # type: ignore[union-attr]
    lines = tuple(EnvLine(n, key, digest, None) for n, key in enumerate(env.values, 1)) if env else ()
    held = {env.file: EnvFile(env.file, True, lines, "0")} if env else {}
    return {"env": held, "files": {NGINX_MAP: edits(found)[NGINX_MAP]} if NGINX_MAP in edits(found) else {}}


@pytest.mark.parametrize("name", SITES)
def test_the_planned_planned_again_gives_nothing(name: str):
    one = layout(site(**SITES[name]))
    first = drafted(one, ground=replace(BLANK, absent=ABSENT))
    assert not first.empty
    seen = after(one, first)
    if seen["files"]:
        seen["files"] = {NGINX_MAP: type("Held", (), {"content": edits(first)[NGINX_MAP].after})}
    second = drafted(one, ground=made(one, first), **seen)
    assert (second.empty, second.plan.changes, second.steps) == (True, (), ())


def test_a_blank_host_is_given_all_of_it_in_order():
    found = drafted(
        layout(site(env=ENV, firewall={"open": [80, 443], "enabled": True})), ground=replace(BLANK, absent=ABSENT)
    )
    assert found.packages == ("nginx", "python3-venv", "ufw")
    assert [step.title.split(" in ")[0].split(" as ")[0] for step in found.steps] == [
        "make the system user chat",
        "lay the source",
        "make a virtual environment",
        "lay the certificate",
    ]
    assert titles(found) == [
        "make systemd read its units again",
        "ufw allow 22/tcp",
        "ufw allow 443/tcp",
        "ufw allow 80/tcp",
        "switch ufw on, now and at boot",
        "switch /opt/chat/current to release 0123456789abcdef",
        "start chat.service",
        "enable chat.service at boot",
    ]
    assert found.plan.reload_proxy


def test_no_secret_is_in_what_is_shown_or_in_a_command():
    one = layout(site(env=ENV))
    found = drafted(one)
    shown = found.plan.diff() + repr(found) + "".join(a.do + a.undo + a.title for a in found.plan.actions)
    assert SECRET not in shown
    assert "JWT_SECRET=*** (new)" in shown
    assert SECRET not in script(found.steps), "a key goes in base64 through standard input"
    change = next(change for change in found.plan.changes if isinstance(change, EnvChange))
    assert (change.mode, change.owner, change.group) == (0o640, "root", "chat")


def test_the_port_of_this_very_connection_is_let_in_first():
    found = drafted(layout(site(firewall={"enabled": True})), ground=replace(BLANK, ssh_port=2222))
    names = titles(found)
    assert (
        names.index("ufw allow 2222/tcp")
        < names.index("ufw allow 443/tcp")
        < names.index("switch ufw on, now and at boot")
    )


def test_a_filter_that_is_off_stays_off():
    assert not [title for title in titles(drafted(layout(site(firewall={"open": [80, 443]})))) if "ufw" in title]


def test_a_filter_that_is_on_is_given_only_what_is_missing():
    rules = tuple(Rule("allow", frozenset({443}), "tcp", "any", family, "") for family in ("v4", "v6"))
    held = Firewall("ufw", active=True, default_incoming="deny", rules=rules)
    found = drafted(layout(site(firewall={"open": [80, 443]})), firewall=held)
    assert [title for title in titles(found) if "ufw" in title] == ["ufw allow 80/tcp"]


def test_another_filter_is_named_and_left():
    held = Firewall("firewalld", active=True, default_incoming="unknown")
    found = drafted(layout(site(firewall={"open": [443], "enabled": True})), firewall=held)
    assert any("firewalld is on" in note for note in found.notes)
    assert not [title for title in titles(found) if "ufw" in title]


@pytest.mark.parametrize("name", SITES)
def test_a_file_that_somebody_edited_is_left_alone_and_named(name: str):
    one = layout(site(**SITES[name]))
    first = drafted(one)
    ground = made(one, first)
    for path, held in ground.files.items():
        spoiled = replace(held, content=(held.content or b"") + b"# mine\n")
        found = drafted(
            one, ground=replace(ground, files={**ground.files, path: spoiled}), env=after(one, first)["env"]
        )
        assert path not in edits(found)
        assert any(path in note and "left alone" in note for note in found.notes)


def test_a_file_as_it_was_made_is_made_anew_where_the_inventory_asks_for_more():
    one = layout(site())
    ground = made(one, drafted(one))
    found = drafted(layout(site(idle_seconds=7200)), ground=ground)
    assert "+        proxy_read_timeout 7200s;" in found.plan.diff()


@pytest.mark.parametrize("name", ["systemd", "apache", "split"])
def test_a_file_that_somebody_else_made_is_refused(name: str):
    one = layout(site(**SITES[name]))
    for path in asked_of([one]).files:
        found = drafted(one, ground=replace(BLANK, files={path: HeldFile(path, "0" * 64)}))
        assert found.plan.empty
        assert [why for why in found.refusals if why.startswith(f"{path} was not made by wsfix and is not overwritten")]


@pytest.mark.parametrize(
    ("ground", "said"),
    [
        (replace(BLANK, root=False), "needs root's rights"),
        (replace(BLANK, distribution="alpine"), "for Debian with systemd, and this is alpine 13"),
        (replace(BLANK, systemd=False), "and this is debian 13 without systemd"),
        (replace(BLANK, links={"/opt/chat/current": ""}), "/opt/chat/current is a directory and no link"),
    ],
)
def test_a_host_that_is_not_fit_is_refused(ground: Ground, said: str):
    assert any(said in why for why in drafted(layout(), ground=ground).refusals)


@pytest.mark.parametrize(
    ("port", "name", "said"),
    [
        (443, "apache2", "port 443 is held by apache2, and the site wants nginx there"),
        (8000, "python3", "port 8000 is held by old.service; stop that first"),
    ],
)
def test_a_port_that_another_program_holds_is_refused(port: int, name: str, said: str):
    process = Process(7, name, name, "/", f"/usr/bin/{name}", "root", "old.service", 0.0)
    found = drafted(layout(), listeners=(Listener("0.0.0.0", port, (7,)),), processes={7: process})
    assert any(said in why for why in found.refusals)


def test_two_sites_that_would_make_the_same_are_refused():
    found = drafted(layout(site()), layout(site(name="other")))
    assert any("sites chat and other have the same URL's host and port" in why for why in found.refusals)


def test_an_env_file_within_a_release_is_refused():
    wanted = site(env={"file": "/opt/chat/current/.env"})
    assert any("which the next release replaces" in why for why in drafted(layout(wanted)).refusals)


def test_a_second_site_is_enabled_behind_the_first():
    ground = replace(BLANK, folders={"/etc/nginx/sites-enabled": ("default", "shop.conf")})
    links = [change.path for change in drafted(layout(), ground=ground).plan.changes if isinstance(change, Link)]
    assert links == ["/etc/nginx/sites-enabled/zz-chat.conf"]
    alone = replace(BLANK, folders={"/etc/nginx/sites-enabled": ("default",)})
    links = [change.path for change in drafted(layout(), ground=alone).plan.changes if isinstance(change, Link)]
    assert links == ["/etc/nginx/sites-enabled/chat.conf"]


def test_a_new_release_is_switched_to_and_started_and_the_old_one_is_the_way_back():
    one = layout(site())
    ground = made(one, drafted(one))
    newer = layout(site(), parcel=replace(one.parcel, digest="f" * 16))
    found = drafted(
        newer, ground=ground, files={NGINX_MAP: type("Held", (), {"content": b"map x $websocket_connection {"})}
    )
    assert titles(found) == [f"switch /opt/chat/current to release {'f' * 16}", "restart chat.service"]
    switch, restart = found.plan.actions
    assert f"releases/{one.parcel.digest}" in switch.undo
    assert restart.undo == restart.do, "it is taken back after the files"


def test_a_proxy_that_is_stopped_is_started_and_not_reloaded():
    found = drafted(layout())
    assert "start nginx.service, now and at boot" in titles(found)
    assert not found.plan.reload_proxy


def words(framework: str, **provision: Any) -> str:
    return " ".join(layout(site(backend={"framework": framework, "port": 8000}, provision=provision)).words())


@pytest.mark.parametrize(
    ("framework", "entry", "runtime", "said"),
    [
        ("fastapi", "server:app", "python", "bin/uvicorn server:app --host 127.0.0.1 --port 8000"),
        ("channels", "x.asgi:application", "python", "bin/daphne -b 127.0.0.1 -p 8000 x.asgi:application"),
        ("aiohttp", "server.py", "python", "bin/python server.py"),
        ("socketio", "server.js", "node", "node server.js"),
    ],
)
def test_the_framework_says_the_command(framework: str, entry: str, runtime: str, said: str):
    assert words(framework, entrypoint=entry, runtime=runtime).endswith(said)


def test_a_command_is_taken_from_the_application_s_environment_unless_it_has_a_slash():
    one = layout(site(provision={"entrypoint": None, "command": ["hypercorn", "server:app"]}))
    assert one.words() == (f"{one.environment}/bin/hypercorn", "server:app")
    one = layout(site(provision={"entrypoint": None, "command": ["/usr/bin/app", "50%", "a b"]}))
    unit = edits(drafted(one))["/etc/systemd/system/chat.service"].after or b""
    assert b'ExecStart=/usr/bin/app 50%% "a b"\n' in unit


def diagnosis(name: str, *, healthy: bool) -> Diagnosis:
    return Diagnosis(site=site(name=name), host="web1", findings=(), healthy=healthy, reason="no answer")


@pytest.mark.parametrize(
    ("before", "now", "proof"),
    [
        ((True, False), (True, True), Proof.CURED),
        ((True, False), (True, False), Proof.SAME),
        ((True, False), (False, True), Proof.WORSE),
        ((False, False), (False, True), Proof.CURED),
    ],
)
def test_what_was_made_stays_only_if_it_works_and_harms_no_other(before, now, proof):
    old, new = (
        tuple(diagnosis(name, healthy=well) for name, well in zip(("old", "chat"), state, strict=True))
        for state in (before, now)
    )
    assert verdict(old, new, frozenset({"chat"})).proof is proof


@pytest.mark.parametrize("name", SITES)
def test_every_action_can_be_taken_back(name: str):
    found = drafted(layout(site(**SITES[name])))
    assert found.plan.actions
    assert all(isinstance(action, Action) and action.undo for action in found.plan.actions)
