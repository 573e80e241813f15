"""Includes, conditions and macros, virtual hosts, what a route says and what faults ask, case by case."""

from __future__ import annotations

import pytest

from wsfix.drivers.apache import Config, Shadow
from wsfix.drivers.apache.environment import assignments
from wsfix.drivers.apache.forwarding import seconds
from wsfix.errors import CannotEdit, UnreadableConfig
from wsfix.model.route import Position, Route, RouteKind

MAIN = "/etc/apache2/apache2.conf"
MODULES = ("core", "version", "alias", "headers", "macro", "proxy", "proxy_http", "rewrite", "ssl")
TARGET = "http://127.0.0.1:8000"


def config(
    main: str, files: dict[str, str] | None = None, links: dict[str, str] | None = None, **kwargs: object
) -> Config:
    texts = {MAIN: main, **(files or {})}
    told = {"modules": MODULES, "version": "2.4.66", **kwargs}
    return Config.read({path: text.encode() for path, text in texts.items()}, links or {}, **told)  # type: ignore[arg-type]


def site(host: str, main: str = "", **kwargs: object) -> Config:
    text = f"Listen 80\n{main}\n<VirtualHost *:80>\nServerName chat.test\n{host}\n</VirtualHost>\n"
    return config(text, **kwargs)


def route(host: str, path: str = "/ws/1", main: str = "", **kwargs: object) -> Route:
    return site(host, main, **kwargs).route("chat.test", 80, False, path)


class TestIncludes:
    def test_folders_and_patterns_are_walked_in_order(self) -> None:
        files = {
            f"/etc/apache2/{name}": f"Define order${{order}}{name[-6]}\n"
            for name in ("d/b.conf", "d/a.conf", "d/.c.conf")
        }
        files |= {
            "/etc/apache2/e/x/1.conf": "Define E1",
            "/etc/apache2/e/x-y/1.conf": "Define E2\n<IfDefine !E1>\nDefine Wrong\n</IfDefine>",
        }
        read = config("IncludeOptional d/*.conf\nInclude e\nIncludeOptional none/*.conf\n", files)
        assert [path[-6:] for path in read.loaded[1:3]] == ["a.conf", "b.conf"]
        assert {"E1", "E2"} <= set(read.tree.variables)
        assert "Wrong" not in read.tree.variables
        assert read.problems == ()

    def test_what_is_missing_is_a_problem_unless_it_is_optional(self) -> None:
        read = config(
            "Include gone.conf\nInclude none/*.conf\nIncludeOptional maybe.conf\nServerRoot /opt/a\nInclude x.conf\n"
        )
        assert [str(problem) for problem in read.problems] == [
            f"{MAIN}:1: /etc/apache2/gone.conf was not found",
            f"{MAIN}:2: nothing matches /etc/apache2/none/*.conf",
            f"{MAIN}:5: /opt/a/x.conf was not found",
        ]

    def test_a_link_to_nowhere_a_loop_and_a_broken_file(self) -> None:
        read = config(
            "IncludeOptional sites/*\n",
            {"/etc/apache2/sites/a": "Include sites/a", "/etc/apache2/sites/b": "<A>\n"},
            {"/etc/apache2/sites/c": "/nowhere", "/etc/apache2/sites/e": "e"},
        )
        assert [str(problem) for problem in read.problems] == [
            "/etc/apache2/sites/a:1: /etc/apache2/sites/a includes itself",
            "/etc/apache2/sites/b:1: <A> is not closed",
            f"{MAIN}:1: /etc/apache2/sites/c was not found",
            f"{MAIN}:1: /etc/apache2/sites/e: its symbolic links go round in a circle",
        ]

    def test_without_a_main_file_nothing_can_be_said(self) -> None:
        with pytest.raises(UnreadableConfig, match="was not found"):
            Config.read({}, {})
        with pytest.raises(UnreadableConfig, match="is not closed"):
            config("<VirtualHost *:80>")


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "holds"),
        [
            ("IfModule mod_proxy.c", True), ("IfModule proxy_module", True), ("IfModule !proxy_module", False), ("IfModule mod_x.c", False),
            ("IfDefine A", True), ("IfDefine !A", False), ("IfDefine B", False), ("IfVersion >= 2.4.47", True), ("IfVersion < 2.4", False),
            ("IfVersion 2.4.66", True), ("IfVersion !~ ^2\\.2", True), ("IfVersion = 2.4", False), ("IfFile apache2.conf", True),
        ],
    )  # fmt: skip
    def test_what_holds(self, condition: str, holds: bool) -> None:
        name = condition.split(maxsplit=1)[0]
        read = config(f"Define A\n<{condition}>\nDefine Seen\n</{name}>\n")
        assert ("Seen" in read.tree.variables) is holds
        assert read.tree.doubts == ()

    def test_what_cannot_be_known_is_read_and_told(self) -> None:
        read = config("<IfVersion > 2.2>\nDefine Seen\n</IfVersion>\n<IfFile /elsewhere>\n</IfFile>", version=None)
        assert "Seen" in read.tree.variables
        assert [problem.position.line for problem in read.tree.doubts] == [1, 4]

    def test_modules_are_learnt_from_their_lines(self) -> None:
        files = {"/etc/apache2/mods-available/proxy.load": "LoadModule proxy_module /x/mod_proxy.so\n"}
        links = {"/etc/apache2/mods-enabled/proxy.load": "../mods-available/proxy.load"}
        text = "IncludeOptional mods-enabled/*.load\n<IfModule mod_proxy.c>\nDefine Seen\n</IfModule>"
        read = config(text, files, links, modules=None)
        assert {"proxy", "core", "so"} <= read.modules
        assert "Seen" in read.tree.variables
        without = config(text, files, modules=None)
        assert "Seen" not in without.tree.variables
        assert "Seen" in without.with_module("proxy").tree.variables
        assert without.with_module("proxy").links == links
        assert (
            "Seen" in config("<IfModule ssl_module>\nDefine Seen\n</IfModule>", modules={"ssl_module"}).tree.variables
        )

    def test_variables_of_envvars_and_of_define(self) -> None:
        files = {"/etc/apache2/envvars": "unset HOME\nexport LOGS=/var/log/apache2$SUFFIX\nexport PORT='80'\nX=$(id)\n"}
        text = 'Define path "/ws/"\nListen ${PORT}\n<VirtualHost *:${PORT}>\nProxyPass ${path} http://${NONE}/\nErrorLog ${LOGS}/e\n</VirtualHost>'
        read = config(text, files)
        found = read.route("x", 80, False, "/ws/1")
        assert (found.match, found.upstream and found.upstream.host) == ("ProxyPass /ws/", "${none}")
        assert read.servers()[1].last("errorlog").args == ("/var/log/apache2/e",)  # type: ignore[union-attr]
        assert config(text, files, variables={"PORT": "81"}).listens_on(81)

    def test_envvars_are_read_and_never_run(self) -> None:
        text = "export A=a\nB=\"$A/${A}x\" # c\nexport C='$A'\nD=`id`\nE=${NOPE:-d}\nif [ x ]; then\n  F=f\nfi"
        assert assignments(text) == {"A": "a", "B": "a/ax", "C": "$A", "E": "d", "F": "f"}

    def test_macros(self) -> None:
        text = "Listen 80\n<Macro Site $name $port>\n<VirtualHost *:80>\nServerName $name\nProxyPass / http://127.0.0.1:$port/\n</VirtualHost>\n</Macro>\n"
        read = config(text + "Use Site chat.test 8000\nUse Site other.test 8001\nUse Gone\nUse Site a\n")
        found = read.route("other.test", 80, False, "/")
        assert (found.upstream and found.upstream.port, found.position) == (8001, Position(MAIN, 5))
        assert [problem.position.line for problem in read.problems] == [10, 11]
        with pytest.raises(CannotEdit, match="stands in a macro"):
            read.retarget(found, "127.0.0.1", 9)


class TestServers:
    MANY = (
        "Listen 80\nListen [::]:443\nServerName main.test\n"
        "<VirtualHost 10.0.0.1:443>\nServerName https://a.test:443\nSSLEngine on\n</VirtualHost>\n"
        "<VirtualHost _default_:443 [::1]:443>\nServerName b.test\nServerAlias *.b.test ??.test\nSSLCertificateFile b.pem\n</VirtualHost>\n"
        "<VirtualHost *:8080>\n</VirtualHost>\n"
    )  # fmt: skip

    def test_the_address_decides_before_the_name(self) -> None:
        read = config(self.MANY)
        assert read.route("a.test", 443, True, "/", address="10.0.0.2").named is False
        assert read.route("b.test", 443, True, "/", address="10.0.0.1").server_names == ("a.test",)
        assert read.route("x.b.test", 443, True, "/").server_names[0] == "b.test"
        unsure = read.route("a.test", 443, True, "/")
        assert unsure.server_names == ("a.test",)
        assert "10.0.0.1" in unsure.uncertain[0]

    def test_the_main_server_answers_where_no_virtual_host_does(self) -> None:
        read = config(self.MANY)
        found = read.route("main.test", 80, False, "/")
        assert (found.server, found.named) == (Position(MAIN, 1), True)
        nowhere = read.route("a.test", 8080, False, "/")
        assert (nowhere.kind, nowhere.why_not) == (RouteKind.NONE, "nothing listens on port 8080")
        assert [server.position.line for server in read.listens_on(80)] == [1]
        assert [server.position.line for server in read.listens_on(443)] == [4, 8]

    def test_a_certificate_on_port_443_speaks_tls(self) -> None:
        read = config(self.MANY)
        found = read.route("b.test", 443, True, "/")
        assert (found.certificate, str(found.certificate_position)) == ("b.pem", f"{MAIN}:11")
        plain = read.route("b.test", 443, False, "/")
        assert (plain.kind, plain.status) == (RouteKind.RETURN, 400)
        assert read.route("main.test", 80, True, "/").uncertain == ("port 80 does not speak TLS",)


class TestRoutes:
    def test_the_first_pass_and_the_last_location(self) -> None:
        passes = f"ProxyPass /ws {TARGET}/one\nProxyPass /ws/1 {TARGET}/two"
        assert route(passes).backend_path == "/one/1"
        locations = (
            f"<Location /ws/1>\nProxyPass {TARGET}/a\n</Location>\n<Location /ws>\nProxyPass {TARGET}/b\n</Location>"
        )
        found = route(locations + "\nProxyPass /ws !")
        assert (found.backend_path, found.match, found.position.line) == ("/b/1", "<Location /ws>", 8)
        assert route(f"ProxyPass /ws !\n{passes}").kind is RouteKind.FILES
        assert route(passes, "/wsx").kind is RouteKind.FILES
        assert route(passes, main=f"ProxyPass / {TARGET}/").match == "ProxyPass /"

    def test_unix_sockets_balancers_and_other_protocols(self) -> None:
        unix = route(f"ProxyPass /ws/ unix:/run/chat.sock|{TARGET}/ws/ upgrade=websocket")
        assert unix.upstream
        assert (unix.upstream.address, unix.backend_path, unix.forwards_upgrade) == (
            "unix:/run/chat.sock",
            "/ws/1",
            True,
        )
        pool = "<Proxy balancer://p>\nBalancerMember http://a:1 status=+D\nBalancerMember http://b:2/x\n</Proxy>\nProxyPass /ws/ balancer://p/y/"
        found = route(pool)
        assert found.upstream
        assert (found.upstream.address, found.backend_path, found.upstream.position) == (
            "b:2",
            "/x/y/1",
            Position(MAIN, 7),
        )
        assert route("ProxyPass /ws/ balancer://none/").uncertain == ("balancer://none has no member that is up",)
        assert route("ProxyPass /ws/ fcgi://127.0.0.1:9000/").kind is RouteKind.OTHER

    def test_a_target_without_its_slash(self) -> None:
        found = route(f"ProxyPass /ws/ {TARGET}")
        assert (found.status, found.backend_path) == (500, None)
        assert "lacks a slash" in found.why_not

    def test_what_sections_decide(self) -> None:
        inner = f"<Location /ws>\nProxyPass {TARGET}/ws upgrade=websocket\n%s\n</Location>"
        assert route(inner % "Require all denied").status == 403
        assert route(inner % "Require all granted").uncertain == ()
        assert "does not let in everybody" in route(inner % "Require ip 10.0.0.0/8").uncertain[0]
        assert route(inner % "Order deny,allow\nDeny from all").status == 403
        assert route(inner % "Redirect 302 https://else.test/").redirect == "https://else.test/"
        assert route(inner % "ProxyPreserveHost On").host_value == "chat.test"
        assert route(inner % "").host_value == "127.0.0.1:8000"
        headers = route(inner % "RequestHeader set X-Forwarded-Proto https").headers
        assert [(header.name, header.value) for header in headers] == [("X-Forwarded-Proto", "https")]

    def test_files(self) -> None:
        assert route("DocumentRoot /x").kind is RouteKind.FILES
        assert route("FallbackResource /index.html").match == "FallbackResource /index.html"
        assert route("Alias /ws /srv/ws").match == "Alias /ws"
        spa = "DocumentRoot /srv\n<Directory /srv>\nRewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteRule . /index.html [L]\n</Directory>"
        assert (route(spa).kind, route(spa).match) == (RouteKind.FILES, "RewriteRule .")
        assert route(spa.replace("RewriteCond %{REQUEST_FILENAME} !-f\n", "")).status == 500
        assert route("SetHandler server-status").kind is RouteKind.OTHER

    def test_redirections(self) -> None:
        moved = route("Redirect permanent / https://chat.test/", "/ws/1?a=b")
        assert (moved.kind, moved.status, moved.redirect) == (RouteKind.RETURN, 301, "https://chat.test/ws/1?a=b")
        assert route("RedirectMatch 410 ^/ws").status == 410
        certbot = "RewriteEngine on\nRewriteCond %{SERVER_NAME} =chat.test\nRewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]"
        found = route(certbot)
        assert (found.status, found.redirect, found.match, found.uncertain) == (
            301,
            "https://chat.test/ws/1",
            "RewriteRule ^",
            (),
        )

    def test_what_is_not_known_is_told(self) -> None:
        unknown = f"RewriteEngine On\nRewriteCond %{{REMOTE_ADDR}} ^10\nRewriteRule ^ - [F]\nProxyPass / {TARGET}/"
        assert route(unknown).uncertain == (f"whether the RewriteCond at {MAIN}:6 holds is not known",)
        assert "could not be evaluated" in route(f"ProxyPassMatch ^/(?R)x {TARGET}").uncertain[0]
        assert "no-proxy" in route(f"SetEnvIf Request_URI ^/x no-proxy\nProxyPass / {TARGET}/").uncertain[0]
        weighty = f"<If \"%{{REMOTE_ADDR}} == '1'\">\nRequire all denied\n</If>\nProxyPass / {TARGET}/"
        assert "is not known" in route(weighty).uncertain[0]
        broken = f"RewriteEngine On\nRewriteCond %{{HTTPS}} on\nRewriteRule ^ - [F]\nProxyPass / {TARGET}/"
        assert "CVE-2025-54090" in route(broken, version="2.4.64").uncertain[0]

    @pytest.mark.parametrize(
        ("text", "value"), [("60", 60), ("5min", 300), ("500ms", 0.5), ("1h", 3600), ("2s", 2), ("x", 0)]
    )
    def test_times(self, text: str, value: float) -> None:
        assert seconds(text) == value

    def test_the_longer_time_counts(self) -> None:
        assert route(f"ProxyPass / {TARGET}/").idle_seconds == 60
        assert route(f"Timeout 300\nProxyTimeout 20\nProxyPass / {TARGET}/").idle_seconds == 300
        assert route(f"ProxyTimeout 90\nProxyPass / {TARGET}/", main="Timeout 10").idle_seconds == 90
        assert route(f"ProxyPass / {TARGET}/ timeout=1h").idle_seconds == 3600


class TestWhyNot:
    @pytest.mark.parametrize(
        ("text", "options", "why"),
        [
            (f"ProxyPass / {TARGET}/", {}, f"`ProxyPass /` at {MAIN}:5 has no upgrade=websocket"),
            (f"ProxyPass / {TARGET}/ upgrade=h2c", {}, f"upgrade=h2c at {MAIN}:5 does not let WebSocket through"),
            (f"ProxyPass / {TARGET}/ upgrade=websocket", {}, ""),
            ("ProxyPass / ws://127.0.0.1:8000/", {}, ""),
            (f"ProxyPass / {TARGET}/ upgrade=websocket", {"version": "2.4.46"}, "Apache 2.4.46 forwards no upgrade to http://; before 2.4.47 only ws:// carries it"),
            ("ProxyPass / ws://127.0.0.1:8000/", {"version": "2.4.46"}, "mod_proxy_wstunnel is not loaded, so that nothing speaks ws:// to the backend"),
            ("ProxyPass / ws://127.0.0.1:8000/", {"version": "2.4.46", "modules": ("proxy", "proxy_wstunnel")}, ""),
            ("ProxyPass / ws://127.0.0.1:8000/", {"modules": ("proxy", "proxy_wstunnel")}, ""),
            (f"ProxyPass / {TARGET}/ upgrade=websocket", {"modules": ("proxy",)}, "mod_proxy_http is not loaded, so that nothing speaks http:// to the backend"),
            (f"ProxyPass / {TARGET}/ upgrade=websocket", {"modules": ()}, "mod_proxy is not loaded"),
            (f"ProxyPass / {TARGET}/ upgrade=websocket\nRequestHeader unset Upgrade", {}, f"RequestHeader unset Upgrade at {MAIN}:6 takes the client's Upgrade away"),
            (f"ProxyPass / {TARGET}/\nRequestHeader set Upgrade websocket", {}, f"`ProxyPass /` at {MAIN}:5 has no upgrade=websocket"),
            (f"ProxyPass /a {TARGET}/\nProxyPass / {TARGET}/ upgrade=websocket", {}, f"it shares the worker of `ProxyPass /a` at {MAIN}:5, whose parameters count: upgrade=websocket is without effect here"),
            (f"RewriteEngine On\nRewriteRule ^(.*)$ {TARGET}$1 [P]", {}, "no ProxyPass gives upgrade=websocket for this http:// target"),
        ],
    )  # fmt: skip
    def test_in_plain_words(self, text: str, options: dict[str, object], why: str) -> None:
        found = route(text, **options)
        assert (found.why_not, found.forwards_upgrade) == (why, not why)


class TestQuestions:
    RULE = "RewriteEngine On\nRewriteCond %%{HTTP:Upgrade} %s\nRewriteCond %%{HTTP:Connection} %s\nRewriteRule ^/ws/(.*)$ ws://127.0.0.1:8000/$1 %s"

    def test_the_order_that_hides_an_entry(self) -> None:
        read = site(f"ProxyPass /ws/ {TARGET}/a/\nProxyPass /ws/1 {TARGET}/b\nProxyPass /ws/2 {TARGET}/c")
        taken = read.route("chat.test", 80, False, "/ws/1")
        found = read.shadowing(taken, "/ws/1")
        assert isinstance(found, Shadow)
        assert (found.taker.match, found.hidden.match, found.in_order) == ("ProxyPass /ws/", "ProxyPass /ws/1", True)
        moved = read.move_before(found.moved, found.before)
        assert moved.route("chat.test", 80, False, "/ws/1").backend_path == "/b"
        assert moved.shadowing(moved.route("chat.test", 80, False, "/ws/1"), "/ws/1") is None
        assert read.shadowing(taken, "/ws/1", "/other/") is None
        assert read.move_before(found.before, found.moved) is read

    def test_an_entry_of_the_main_server_is_no_matter_of_order(self) -> None:
        read = site(f"ProxyPass /ws/ {TARGET}/", f"ProxyPass / {TARGET}/all/")
        found = read.shadowing(read.route("chat.test", 80, False, "/ws/1"), "/ws/1")
        assert found is not None
        assert not found.in_order
        with pytest.raises(CannotEdit, match="another section"):
            read.move_before(found.moved, found.before)

    def test_workers(self) -> None:
        read = site(f"ProxyPass /a {TARGET}/\nProxyPass /ws/ {TARGET}/ws/ upgrade=websocket")
        assert read.shared_worker(read.route("chat.test", 80, False, "/ws/1")) == Position(MAIN, 5)
        assert read.shared_worker(read.route("chat.test", 80, False, "/a")) is None

    def test_a_rule_without_proxy(self) -> None:
        read = site(self.RULE % ("websocket [NC]", "upgrade [NC]", "[L]"))
        found = read.route("chat.test", 80, False, "/ws/1")
        assert (found.status, found.redirect) == (302, "ws://127.0.0.1:8000/1")
        rule = read.rewrite_without_proxy(found)
        assert rule is not None
        assert rule.position == found.position
        assert site("Redirect / https://x/").rewrite_without_proxy(route("Redirect / https://x/")) is None

    def test_conditions_that_browsers_meet_or_not(self) -> None:
        read = site(self.RULE % ("websocket [NC]", "^Upgrade$", "[P]"))
        found = read.route("chat.test", 80, False, "/ws/1")
        condition = read.anchored_connection(found)
        assert condition is not None
        assert condition.position == Position(MAIN, 7)
        assert read.route("chat.test", 80, False, "/ws/1", connection="keep-alive, Upgrade").kind is RouteKind.FILES
        wrong = site(self.RULE % ("=WebSocket", "upgrade", "[P]"))
        missed = wrong.route("chat.test", 80, False, "/ws/1")
        assert missed.kind is RouteKind.FILES
        assert [one.position.line for one in wrong.unmet_conditions(missed, "/ws/1")] == [6, 7]
        assert wrong.unmet_conditions(missed, "/other") == ()

    def test_modules_that_are_needed(self) -> None:
        text = f"SSLEngine on\nRewriteEngine On\nRequestHeader set A b\nProxyPass / {TARGET}/\n<IfModule mod_rewrite.c>\nRewriteRule a b\n</IfModule>"
        found = [(need.module, need.position.line, need.skipped) for need in site(text, modules=()).missing_modules()]
        assert found == [
            ("ssl", 5, False), ("rewrite", 6, False), ("headers", 7, False), ("proxy", 8, False), ("proxy_http", 8, False), ("rewrite", 10, True),
        ]  # fmt: skip
        assert site(text).missing_modules() == ()
        socket = "ProxyPass / ws://127.0.0.1:8000/"
        assert site(socket).missing_modules() == ()
        assert [need.module for need in site(socket, version="2.4.41").missing_modules()] == ["proxy_wstunnel"]
        assert [need.module for need in site(socket, modules=("proxy",)).missing_modules()] == ["proxy_http"]

    def test_servers_that_proxy_to_a_port(self) -> None:
        for text in (
            f"ProxyPass / {TARGET}/",
            f"<Location /x>\nProxyPass {TARGET}\n</Location>",
            f"RewriteRule a {TARGET}/$1 [P]",
        ):
            assert site(text).servers_that_proxy_to("127.0.0.1", 8000, 80) == [Position(MAIN, 3)]
            assert site(text).servers_that_proxy_to("127.0.0.1", 8001, 80) == []

    def test_a_position_of_another_state_is_refused(self) -> None:
        read = site(f"ProxyPass / {TARGET}/")
        found = read.route("chat.test", 80, False, "/")
        with pytest.raises(CannotEdit, match="no virtual host begins here"):
            site("", "\n\n").forward_upgrade(found)
        with pytest.raises(CannotEdit, match="nothing stands here"):
            read.set_directive(Position(MAIN, 99), "A", "b")
        with pytest.raises(CannotEdit, match="no virtual host or section"):
            read.set_directive(Position(MAIN, 4), "A", "b")

    def test_the_main_server_can_be_given_a_directive(self) -> None:
        read = site(f"ProxyPass / {TARGET}/")
        added = read.set_directive(read.servers()[0].position, "ServerName", "main.test")
        assert added.files[MAIN] == read.files[MAIN] + b"\nServerName main.test\n"
        assert added.servers()[0].names == ("main.test",)


class TestGates:
    """What ends some requests on the way to the backend, by what no URL tells."""

    PASS = f"ProxyPass / {TARGET}/ upgrade=websocket"

    @pytest.mark.parametrize(
        ("lines", "statuses"),
        [
            (r"RewriteCond %{REMOTE_ADDR} !^10\.", [403]),
            ("RewriteCond %{REMOTE_ADDR} !^10\\.\nRewriteCond %{REQUEST_URI} ^/admin", []),
            ("RewriteCond %{REQUEST_URI} ^/admin\nRewriteCond %{REMOTE_ADDR} !^10\\.", []),
            ("RewriteCond %{REMOTE_ADDR} ^10\\. [OR]\nRewriteCond %{REQUEST_URI} ^/admin", [403]),
            ("RewriteCond %{REQUEST_URI} ^/admin [OR]\nRewriteCond %{REMOTE_ADDR} ^10\\.", [403]),
        ],
    )
    def test_a_rule_whose_conditions_may_hold(self, lines: str, statuses: list[int]) -> None:
        told = route(f"RewriteEngine On\n{lines}\nRewriteRule ^ - [F]\n{self.PASS}")
        assert told.kind is RouteKind.PROXY
        assert [gate.status for gate in told.gates] == statuses

    def test_a_rule_about_the_page_that_a_request_comes_from_holds_for_a_socket(self) -> None:
        rule = "RewriteEngine On\nRewriteCond %{HTTP_REFERER} !^http://chat\nRewriteRule ^ - [F]"
        assert route(f"{rule}\n{self.PASS}").status == 403
        allowed = "RewriteEngine On\nRewriteCond %{HTTP_REFERER} !^$\nRewriteRule ^ - [F]"
        assert route(f"{allowed}\n{self.PASS}").kind is RouteKind.PROXY

    def test_sections_that_ask_for_more_than_the_url(self) -> None:
        block = (
            "<Location /ws>\nSSLVerifyClient require\n<LimitExcept POST>\nDeny from all\n</LimitExcept>\n</Location>"
        )
        test = "<If \"%{HTTP:Origin} == 'a'\">\nRedirect seeother / http://other.test/\nRequire all denied\n</If>"
        told = route(f"{block}\n{test}\n{self.PASS}")
        found = [(gate.position.line, gate.status) for gate in told.gates]
        assert sorted(found) == [(6, 403), (7, 403), (11, 403), (12, 303)]
        assert route(f"{block}\n{self.PASS}", "/page").gates == ()
