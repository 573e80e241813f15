"""Sites that are to be made, and hosts as they may be found, for the tests of provisioning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wsfix.model.ground import Ground
from wsfix.model.inside import EnvFile, Inside
from wsfix.model.observation import Observation
from wsfix.model.site import Site
from wsfix.provision.draft import Draft, draft
from wsfix.provision.layout import Certificate, Layout
from wsfix.provision.parcel import Parcel, pack

BLANK = Ground(root=True, distribution="debian", version="13", ssh_port=22)
SECRET = "canary-5d1e7b90"


def spec(**more: Any) -> dict[str, Any]:
    """What an operator writes about a chat; `provision` is laid over its own."""
    provision = {"source": ".", "entrypoint": "server:app", **more.pop("provision", {})}
    tls = str(more.get("url", "wss:")).startswith("wss:")
    given = {"certificate": {"certificate": "chain.pem", "key": "key.pem"}} if tls else {}
    return {
        "name": "chat",
        "url": "wss://chat.example.com/api/chat/ws/{user}",
        "backend": {"framework": "fastapi", "port": 8000},
        "service": {"name": "chat"},
        **more,
        "provision": {**given, **provision},
    }


def site(**more: Any) -> Site:
    """The same, checked."""
    return Site.model_validate(spec(**more))


def layout(wanted: Site | None = None, *, parcel: Parcel | None = None) -> Layout:
    """A site with a source that is not read from anywhere."""
    held = wanted or site()
    assert held.provision
    assert held.backend
    assert held.service
    pair = Certificate(b"chain\n", f"{SECRET}\n".encode()) if held.provision.certificate else None
    packed = parcel or Parcel("0123456789abcdef", b"archive", "", "fastapi\n")
    return Layout(held, held.provision, held.backend, held.service, packed, pair)


def observed(wanted: Site, **inside: Any) -> Observation:
    """A host as a look sees it; nothing on it works yet."""
    env = {wanted.env.file: EnvFile(wanted.env.file, exists=False)} if wanted.env else {}
    values = {(wanted.env.file, key): SECRET for key in wanted.env.values} if wanted.env else {}
    return Observation(wanted, inside=Inside("web1", 0.0, **{"env": env, **inside}), wanted=values)


def drafted(*layouts: Layout, ground: Ground = BLANK, **inside: Any) -> Draft:
    """What is left to do for these sites."""
    return draft("web1", [(one, observed(one.site, **inside)) for one in layouts], ground)


def packed(folder: Path, wanted: Site) -> Parcel:
    """Pack a folder as the source of a site."""
    assert wanted.provision
    return pack(wanted, wanted.provision.model_copy(update={"source": str(folder)}))
