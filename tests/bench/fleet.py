"""A host with many sites and a long configuration, as it would have been seen; some of its sites are broken."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.observing import HERE, MAIN, MAP, observation
from wsfix.model.inside import FileSeen, Inside, ServiceState
from wsfix.model.observation import Observation
from wsfix.model.site import Site

SITES = 50
LINES = 10_000
BROKEN = 10
"""One site in so many lacks the two headers."""
CASE = HERE / "nginx-upgrade-headers-missing" / "own-location"
OTHER = "    location /static{number}/ {{\n        root /srv/www;\n        expires 1h;\n    }}\n"
SITE = """server {{
    listen 443 ssl;
    server_name site{number}.example.com;
    ssl_certificate /etc/ssl/site{number}.pem;
    ssl_certificate_key /etc/ssl/site{number}.key;
{others}    location /ws/ {{
        proxy_pass http://127.0.0.1:{port};
        proxy_http_version 1.1;
{headers}        proxy_set_header Host $host;
        proxy_read_timeout 3600s;
    }}
    location / {{
        proxy_pass http://127.0.0.1:{port};
    }}
}}
"""
HEADERS = "        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection $connection_upgrade;\n"


def seen(sites: int = SITES, lines: int = LINES) -> tuple[Observation, ...]:
    """Return what was seen of every site of the host; they share the one look."""
    sick = observation(CASE)
    assert sick.inside is not None
    assert sick.inside.files is not None
    form = next(iter(sick.inside.files.values()))
    files = {"/etc/nginx/nginx.conf": MAIN, "/etc/nginx/conf.d/map.conf": MAP}
    links = {}
    for number in range(sites):
        files[f"/etc/nginx/sites-available/site{number}.conf"] = _site(number, lines // sites)
        links[f"/etc/nginx/sites-enabled/site{number}.conf"] = f"/etc/nginx/sites-available/site{number}.conf"
    held = {path: _file(form, path, text) for path, text in files.items()}
    inside = replace(sick.inside, files=held, links=links, services=_units(sick.inside, sites))
    return tuple(_one(sick, inside, number) for number in range(sites))


def length(observations: tuple[Observation, ...]) -> int:
    """Return how many lines the configuration has."""
    inside = observations[0].inside
    assert inside is not None
    return sum(each.content.count(b"\n") for each in (inside.files or {}).values())


def _site(number: int, lines: int) -> str:
    headers = HEADERS if number % BROKEN else ""
    bare = SITE.format(number=number, port=8000 + number, others="", headers=headers)
    others = "".join(OTHER.format(number=each) for each in range((lines - bare.count("\n")) // OTHER.count("\n") + 1))
    return SITE.format(number=number, port=8000 + number, others=others, headers=headers)


def _file(form: FileSeen, path: str, text: str) -> FileSeen:
    return replace(form, path=path, content=text.encode(), links=1)


def _units(inside: Inside, sites: int) -> dict[str, ServiceState]:
    form = next(iter((inside.services or {}).values()))
    return {f"site{number}.service": replace(form, unit=f"site{number}.service") for number in range(sites)}


def _one(sick: Observation, inside: Inside, number: int) -> Observation:
    said = {
        "name": f"site{number}",
        "url": f"wss://site{number}.example.com/ws/1",
        "origins": [f"https://site{number}.example.com"],
        "backend": {"framework": "fastapi", "port": 8000 + number},
        "service": {"name": f"site{number}"},
        "idle_seconds": 3600,
    }
    site = Site.model_validate(said)
    if number % BROKEN:
        sound = observation(HERE / "nginx-proxy-read-timeout" / "sound-an-hour").outside
        return Observation(site, outside=sound, inside=inside)
    return Observation(site, outside=sick.outside, proxy=sick.proxy, backend=sick.backend, inside=inside)
