"""Whether an access log writes the query of requests, in the words of nginx and of Apache."""

from __future__ import annotations

import pytest

from wsfix.drivers.accesslog import of_apache, of_nginx

MAIN, SITE = "/etc/nginx/nginx.conf", "/etc/nginx/sites-available/chat"


@pytest.mark.parametrize(
    ("main", "site", "lines"),
    [
        ("access_log /var/log/a.log;", "", [(MAIN, 1)]),
        ("access_log /var/log/a.log;", "access_log off;", []),
        ("", "\naccess_log /var/log/a.log combined buffer=32k;", [(SITE, 2)]),
        ("log_format x '$request_method $uri $request_time';\naccess_log /a x;", "", []),
        ("log_format x '$request_uri';\naccess_log /a x;", "", [(MAIN, 2)]),
        ('log_format x escape=json \'{"a":"$args"}\';\naccess_log /a x;', "", [(MAIN, 2)]),
        ("log_format x '$uri $arg_token';", "access_log /a x;", [(SITE, 1)]),
    ],
)
def test_nginx(main, site, lines):
    found = of_nginx({MAIN: main, SITE: site}, SITE)
    assert found is not None
    assert [(each.path, each.line) for each in found] == lines


def test_nginx_without_any_log_writes_its_own():
    assert of_nginx({MAIN: "# access_log /a;", SITE: ""}, SITE) is None


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('LogFormat "%h %r" x\nCustomLog /a x', [2]),
        ('LogFormat "%h %m %U %>s" x\nCustomLog /a x', []),
        ('CustomLog /a "%h %U%q"', [1]),
        ('LogFormat "%h \\"%r\\" %>s" combined\nCustomLog ${APACHE_LOG_DIR}/a.log combined', [2]),
        ('# CustomLog /a "%r"', []),
    ],
)
def test_apache(text, lines):
    assert [each.line for each in of_apache({"/etc/apache2/a.conf": text}, "/etc/apache2/a.conf")] == lines
