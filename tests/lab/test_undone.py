"""A change that does not help does not stay: refused by nginx, not proved, or proved to do harm."""

from __future__ import annotations

from tests.lab.apps import refusing_behind_proxy, refusing_while
from tests.lab.breaks import break_host
from tests.lab.breaks.steps import edit_site, edit_ws_location, reload_nginx
from tests.lab.client import get, knock
from tests.lab.commands import pyinfra
from tests.lab.runs import flat
from tests.lab.site import NGINX_MAP
from tests.lab.transactions import journal, states

UPGRADE = "        proxy_set_header Upgrade $http_upgrade;\n"
CONNECTION = "        proxy_set_header Connection $connection_upgrade;\n"


def _repaired_in_vain(host):
    """Run the repair, and prove that it failed, left no trace, and that everything works as well as before."""
    before, worked = host.digests(), knock(host.card).word
    repair = pyinfra("deploys/websocket.py", "-y", host=host.name)
    assert repair.returncode != 0, repair.stderr
    assert host.digests() == before
    assert knock(host.card).word == worked
    assert get(host.card, "/api/chat/test").status == 200
    assert get(host.card, name=host.card.shop).status == 200
    assert states(host) == ["undone"]
    assert not host.sh("systemctl list-units 'wsfix*' --all --no-legend").stdout
    return flat(repair.stderr)


def test_nginx_refuses_the_staged_change(healthy_host):
    """The map that the cure makes lands in a folder that one server includes too: nobody saw that it was empty."""
    host = healthy_host(release=12)
    host.sh(f"rm {NGINX_MAP}")
    edit_ws_location(host, UPGRADE + CONNECTION, "")
    host.write("/etc/nginx/snippets/all.conf", "include /etc/nginx/conf.d/*.conf;\n")
    edit_site(host, "    gzip on;\n", "    gzip on;\n    include snippets/all.conf;\n")
    host.sh("nginx -t")
    said = _repaired_in_vain(host)
    assert "test failed" in said
    assert '"map" directive is not allowed here' in said
    assert f"{host.name}: rolled back. the host is as it was before" in said
    assert "replace" not in journal(host), "the change never reached the live files"


def test_a_change_that_does_not_help_is_put_back(healthy_host):
    host = healthy_host(release=12)
    refusing_behind_proxy(host)
    break_host(host, "nginx-upgrade-headers-missing")
    said = _repaired_in_vain(host)
    assert f"{host.name}: rolled back" in said
    assert "chat still fails" in said
    assert "the host is as it was before" in said
    assert "reload" in journal(host), "the change was live for a moment"


def test_a_change_that_does_harm_is_put_back(healthy_host):
    host = healthy_host(release=13)
    host.edit("/etc/nginx/sites-available/backend.chat.conf", "proxy_read_timeout 3600s;", "proxy_read_timeout 300s;")
    reload_nginx(host)
    refusing_while(host, "proxy_read_timeout 3600s;")
    assert knock(host.card).word == "101"
    said = _repaired_in_vain(host)
    assert f"{host.name}: rolled back. chat worked before and does not any more" in said
    assert "the host is as it was before" in said
    assert "reload" in journal(host), "the change was live for a moment"
