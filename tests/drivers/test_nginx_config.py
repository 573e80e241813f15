"""Includes and links, servers and addresses, and what a route says, case by case."""

from __future__ import annotations

import pytest

from wsfix.drivers.nginx import Config
from wsfix.drivers.nginx.location import Modifier
from wsfix.drivers.nginx.values import seconds
from wsfix.errors import CannotEdit, UnreadableConfig
from wsfix.model.route import Position, Route, RouteKind

MAIN = "/etc/nginx/nginx.conf"


def config(
    main: str, files: dict[str, str] | None = None, links: dict[str, str] | None = None, **kwargs: str
) -> Config:
    texts = {MAIN: main, **(files or {})}
    return Config.read({path: text.encode() for path, text in texts.items()}, links or {}, **kwargs)


def site(server: str, http: str = "") -> Config:
    return config(f"http {{\n{http}\nserver {{\nlisten 80;\nserver_name chat.test;\n{server}\n}}\n}}\n")


def route(server: str, path: str = "/ws", http: str = "") -> Route:
    return site(server, http).route("chat.test", 80, False, path)


class TestIncludes:
    def test_patterns_are_sorted_and_leave_dotfiles_alone(self) -> None:
        files = {
            f"/etc/nginx/conf.d/{name}.conf": f"server {{ server_name {name}; }}" for name in ("b", "a", ".c", "B")
        }
        read = config("http { include conf.d/*.conf; }", files)
        assert [server.position.path[-6:] for server in read.servers()] == ["B.conf", "a.conf", "b.conf"]

    @pytest.mark.parametrize("target", ["../sites-available/chat", "/etc/nginx/sites-available/chat"])
    def test_a_link_is_followed_and_its_target_edited(self, target: str) -> None:
        read = config(
            "http { include /etc/nginx/sites-enabled/*; }",
            {"/etc/nginx/sites-available/chat": "server { location / { proxy_pass http://a; } }\n"},
            {"/etc/nginx/sites-enabled/chat": target},
        )
        found = read.route("x", 80, False, "/")
        assert found.position == Position("/etc/nginx/sites-available/chat", 1)
        assert "/etc/nginx/sites-enabled/chat" in read.loaded
        changed = read.set_directive(found.position, "server_name", "x").changed(read)
        assert list(changed) == ["/etc/nginx/sites-available/chat"]

    def test_content_told_by_the_link_belongs_to_the_target(self) -> None:
        files = {"/etc/nginx/sites-enabled/chat": "server { }"}
        read = config("http { include sites-enabled/*; }", files, {"/etc/nginx/sites-enabled/chat": "/srv/chat.conf"})
        assert read.servers()[0].position.path == "/srv/chat.conf"

    def test_a_linked_folder(self) -> None:
        files = {"/srv/nginx/a.conf": "server { }"}
        read = config("http { include sites/*.conf; }", files, {"/etc/nginx/sites": "/srv/nginx"})
        assert len(read.servers()) == 1

    def test_what_is_missing_is_a_problem_with_its_place(self) -> None:
        read = config("http {\n include gone.conf;\n include none/*.conf;\n server { }\n}")
        assert [str(problem) for problem in read.problems] == [f"{MAIN}:2: /etc/nginx/gone.conf was not found"]
        assert len(read.servers()) == 1

    def test_a_link_to_nowhere_a_loop_and_a_broken_file(self) -> None:
        read = config(
            "http {\n include sites/*;\n}",
            {"/etc/nginx/sites/a": "include sites/a;", "/etc/nginx/sites/b": "server {\n", "/etc/nginx/sites/d/x": ""},
            {"/etc/nginx/sites/c": "/nowhere", "/etc/nginx/sites/e": "e"},
        )
        said = [str(problem) for problem in read.problems]
        assert said == [
            "/etc/nginx/sites/a:1: /etc/nginx/sites/a includes itself",
            '/etc/nginx/sites/b:1: "server" opens a block that does not close',
            f"{MAIN}:2: /etc/nginx/sites/c was not found",
            f"{MAIN}:2: /etc/nginx/sites/d is a directory",
            f"{MAIN}:2: /etc/nginx/sites/e: its symbolic links go round in a circle",
        ]

    def test_without_a_main_file_nothing_can_be_said(self) -> None:
        with pytest.raises(UnreadableConfig, match="was not found"):
            Config.read({}, {})
        with pytest.raises(UnreadableConfig, match="does not close"):
            config("http {")
        with pytest.raises(UnreadableConfig, match="no http"):
            config("events { }").servers()

    def test_relative_paths_begin_at_the_main_files_folder(self) -> None:
        read = Config.read(
            {"/opt/n/conf/a.conf": b"http { include b; }", "/opt/n/conf/b": b"server { }"}, {}, "conf/a.conf", "/opt/n"
        )
        assert len(read.servers()) == 1


class TestServers:
    MANY = (
        "http {\n"
        "server { listen 10.0.0.1:443 ssl; server_name a.test; ssl_certificate a.pem; }\n"
        "server { listen 443 ssl default_server; listen [::]:443 ssl; server_name b.test; }\n"
        "server { listen 80; listen 8000-8010; listen unix:/run/x; server_name a.test; }\n"
        "server { server_name none.test; }\n"
        "}"
    )

    def test_the_address_decides_before_the_name(self) -> None:
        read = config(self.MANY)
        assert read.route("a.test", 443, True, "/", address="10.0.0.2").named is False
        assert read.route("b.test", 443, True, "/", address="10.0.0.1").server_names == ("a.test",)
        assert read.route("b.test", 443, True, "/").server_names == ("b.test",)
        unsure = read.route("a.test", 443, True, "/")
        assert unsure.server_names == ("a.test",)
        assert "10.0.0.1" in unsure.uncertain[0]

    def test_ports(self) -> None:
        read = config(self.MANY)
        assert [server.position.line for server in read.listens_on(8005)] == [4]
        assert [server.position.line for server in read.listens_on(80)] == [4, 5]
        nowhere = read.route("a.test", 9, False, "/")
        assert (nowhere.kind, nowhere.why_not) == (RouteKind.NONE, "no server listens on port 9")

    def test_certificate_and_plain_requests_to_a_tls_port(self) -> None:
        read = config(self.MANY)
        found = read.route("a.test", 443, True, "/")
        assert (found.certificate, str(found.certificate_position)) == ("a.pem", f"{MAIN}:2")
        plain = read.route("a.test", 443, False, "/")
        assert (plain.kind, plain.status, plain.certificate) == (RouteKind.RETURN, 400, "a.pem")
        assert read.route("a.test", 80, True, "/").uncertain == ("port 80 does not speak TLS",)

    def test_locations_are_told_with_their_places(self) -> None:
        read = site("location =/a { }\nlocation ^~ /b/ {\nlocation ~* \\.x$ { }\n}\nlocation @n { }")
        exact, firm, named = read.locations(read.servers()[0])
        assert [one.match for one in (exact, firm, named)] == ["location = /a", "location ^~ /b/", "location @n"]
        assert (firm.locations[0].modifier, firm.locations[0].position.line) == (Modifier.REGEX_CASELESS, 8)


class TestRoutes:
    def test_upstreams(self) -> None:
        block = "upstream pool { server 127.0.0.1:1 down; server 127.0.0.1:2 backup; server [::1]:3; }"
        found = route("location / { proxy_pass http://pool/x; }", "/ws", block).upstream
        assert found
        assert (found.host, found.port, found.uri, found.position) == ("::1", 3, "/x", Position(MAIN, 2))
        unix = route("location / { proxy_pass http://unix:/run/chat.sock:/app/; }", "/ws?q=1")
        assert unix.upstream
        assert (unix.upstream.address, unix.upstream.uri, unix.backend_path) == (
            "unix:/run/chat.sock",
            "/app/",
            "/app/ws?q=1",
        )
        secure = route("location / { proxy_pass https://backend.test; }").upstream
        assert secure
        assert secure.address == "backend.test:443"
        assert route("location / { proxy_pass http://pool; }", "/", "upstream pool { server a down; }").uncertain

    def test_variables_in_the_target(self) -> None:
        known = route("set $app 127.0.0.1;\nlocation / { set $port 8000; proxy_pass http://$app:$port; }")
        assert known.upstream
        assert (known.upstream.address, known.backend_path, known.uncertain) == ("127.0.0.1:8000", "/ws", ())
        unknown = route("location / { proxy_pass http://$http_x_app; }")
        assert (unknown.kind, unknown.upstream, unknown.backend_path) == (RouteKind.PROXY, None, None)
        assert "depends on what is not known" in unknown.uncertain[0]

    def test_files_and_fallbacks(self) -> None:
        spa = route("location / { try_files $uri /index.html; }")
        assert (spa.kind, spa.match) == (RouteKind.FILES, "location /")
        named = route("location / { try_files $uri @app; }\nlocation @app { proxy_pass http://127.0.0.1:8000; }")
        assert (named.kind, named.match, named.backend_path) == (RouteKind.PROXY, "location @app", "/ws")
        php = route("location / { try_files $uri /i.php; }\nlocation ~ php$ { fastcgi_pass x; }")
        assert (php.kind, php.match) == (RouteKind.OTHER, "location ~ php$")
        assert route("root /var/www;").kind is RouteKind.FILES

    def test_certbots_redirect(self) -> None:
        found = route("if ($host = chat.test) {\n return 301 https://$host$request_uri;\n}\nreturn 404;", "/ws?a=b")
        assert (found.status, found.redirect, found.match, found.uncertain) == (301, "https://chat.test/ws?a=b", "", ())

    def test_a_condition_that_is_not_known_is_told(self) -> None:
        found = route("if ($cookie_beta) { return 302 /beta; }\nlocation / { proxy_pass http://127.0.0.1:1; }")
        assert (found.kind, found.uncertain) == (RouteKind.PROXY, (f"whether the `if` at {MAIN}:6 holds is not known",))

    def test_the_slash_that_is_asked_for(self) -> None:
        found = route("location /ws/ { proxy_pass http://127.0.0.1:1; }")
        assert (found.kind, found.status, found.redirect) == (RouteKind.RETURN, 301, "/ws/")
        assert route("location /ws/ { root /x; }").kind is RouteKind.FILES

    def test_lua_and_regexes_that_differ_are_told(self) -> None:
        found = route("location ~ ^/(?R)x { }\nlocation / { access_by_lua_block { } proxy_pass http://127.0.0.1:1; }")
        assert len(found.uncertain) == 2

    @pytest.mark.parametrize(
        ("text", "value"),
        [("60", 60), ("1h", 3600), ("1m 30s", 90), ("500ms", 0.5), ("1d12h", 129600), ("1m500ms", 60.5), ("1x", None), ("30s1m", None), ("", None)],
    )  # fmt: skip
    def test_times(self, text: str, value: float | None) -> None:
        assert seconds(text) == value

    def test_idle_time_is_inherited(self) -> None:
        inner = "location / { proxy_pass http://127.0.0.1:1; %s }"
        assert route(inner % "").idle_seconds == 60
        assert route("proxy_read_timeout 5m;" + inner % "").idle_seconds == 300
        assert route("proxy_read_timeout 5m;" + inner % 'proxy_read_timeout "1h 1s";').idle_seconds == 3601

    def test_the_version_of_nginx_decides_the_default(self) -> None:
        text = "http { server { location / { proxy_pass http://127.0.0.1:1; } } }"
        assert config(text, version="1.29.6").route("x", 80, False, "/").http_version == "1.0"
        assert config(text, version="1.30.0").route("x", 80, False, "/").http_version == "1.1"


class TestWhyNot:
    PASS = "proxy_pass http://127.0.0.1:1;"

    @pytest.mark.parametrize(
        ("server", "location", "why"),
        [
            ("", "", "Upgrade is not set"),
            ("", "proxy_set_header Upgrade $http_upgrade;", "Connection is not set"),
            ("", "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection close;", 'Connection is "close"'),
            ("", "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection '';", 'Connection is ""'),
            (
                "",
                "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_upgrade;",
                f'Connection is "websocket" (from $http_upgrade at {MAIN}:7)',
            ),
            (
                "",
                "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;",
                "Connection comes from $connection_upgrade, which no map defines",
            ),
            (
                "",
                "proxy_set_header Upgrade $http_x; proxy_set_header Connection upgrade;",
                "Upgrade comes from $http_x, whose value is not known here",
            ),
            (
                "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;",
                "proxy_set_header Host $host;",
                f"Upgrade is set in server{{}} at {MAIN}:6, but the location sets its own proxy_set_header and so inherits none of them",
            ),
            ("", "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;", ""),
        ],
    )  # fmt: skip
    def test_in_plain_words(self, server: str, location: str, why: str) -> None:
        found = route(f"{server}\nlocation / {{ {self.PASS} {location} }}")
        assert (found.why_not, found.forwards_upgrade) == (why, not why)

    def test_cancelled_headers_are_told(self) -> None:
        found = route(f"proxy_set_header Upgrade $http_upgrade;\nlocation / {{ proxy_set_header Host a; {self.PASS} }}")
        assert [header.name for header in found.headers_cancelled] == ["Upgrade"]
        assert found.host_value == "a"


class TestUndefinedVariables:
    def test_a_variable_that_nothing_defines(self) -> None:
        read = site("location / {\nproxy_set_header Connection $connection_upgrade;\nproxy_pass http://$nope;\n}")
        assert read.undefined == (
            ("connection_upgrade", Position(MAIN, 7)),
            ("nope", Position(MAIN, 8)),
        )

    @pytest.mark.parametrize(
        "defined",
        [
            "map $http_upgrade $v { }", "geo $v { }", "geo $arg_x $v { }", "split_clients $uri $v { }", "js_set $v f;",
            "perl_set $v 'sub {}';", "geoip2 x.mmdb { $v country; }", "limit_req_zone $v zone=a:1m rate=1r/s;",
            "map $host $w { ~^(?<v>.*)$ 1; }", "load_module x;",
        ],
    )  # fmt: skip
    def test_what_may_define_it(self, defined: str) -> None:
        text = f"http {{ {defined} server {{ location / {{ return 200 $v; }} }} }}"
        text = f"load_module modules/other.so; {text}" if defined.startswith("load") else text
        assert config(text).undefined == ()

    def test_silent_where_something_was_not_read(self) -> None:
        assert config("http { include gone; server { return 200 $v; } }").undefined == ()

    @pytest.mark.parametrize(
        "name", ["http_x", "arg_x", "cookie_x", "sent_http_x", "upstream_http_x", "1", "request_uri", "ssl_client_x"]
    )
    def test_families(self, name: str) -> None:
        assert site(f"return 200 ${name};").undefined == ()

    def test_captures_of_names_and_locations(self) -> None:
        assert site("server_name ~^(?<sub>.+)$;\nlocation ~ /(?P<id>x) { return 200 $sub$id; }").undefined == ()


class TestQuestions:
    def test_the_prefix_that_a_regex_takes_from(self) -> None:
        read = site("location /ws { proxy_pass http://127.0.0.1:1; }\nlocation ~ ws { return 404; }")
        taken = read.route("chat.test", 80, False, "/ws")
        assert taken.status == 404
        shadowed = read.shadowed_prefix(taken, "/ws")
        assert shadowed
        assert (shadowed.match, shadowed.kind) == ("location /ws", RouteKind.PROXY)
        assert read.prefer_prefix(shadowed).shadowed_prefix(taken, "/ws") is None

    def test_servers_that_proxy_to_a_port(self) -> None:
        read = site("location / { proxy_pass http://pool; }", "upstream pool { server 127.0.0.1:8000; }")
        assert read.servers_that_proxy_to("127.0.0.1", 8000, 80) == [Position(MAIN, 3)]
        assert read.servers_that_proxy_to("127.0.0.1", 8000, 81) == []
        assert read.servers_that_proxy_to("127.0.0.1", 8001, 80) == []

    def test_names_in_files_that_are_not_read(self) -> None:
        read = config(
            "http { }", {"/etc/nginx/sites-available/a": "server {\nserver_name a.test b.test;\n}", "/x": "{"}
        )
        assert read.unloaded_names("b.test") == (("/etc/nginx/sites-available/a", 2, "server_name a.test b.test;"),)

    def test_a_position_of_another_state_is_refused(self) -> None:
        read = site("location / { proxy_pass http://127.0.0.1:1; }")
        found = read.route("chat.test", 80, False, "/")
        with pytest.raises(CannotEdit, match="no server begins here"):
            site("", "\n\n").forward_upgrade(found)
        with pytest.raises(CannotEdit, match="no server or location begins here"):
            read.set_directive(Position(MAIN, 99), "a", "b")

    def test_nothing_changed_is_nothing(self) -> None:
        read = site("location / { }")
        assert read.with_file(MAIN, read.files[MAIN]) is read
        assert read.changed(read) == {}
