"""The parts are laid by the real shell: whole or not at all, owned by root, and the first that fails is the last."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import tarfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.operations.provisioned import layout, site
from wsfix.provision import laying
from wsfix.provision.laying import Step
from wsfix.provision.layout import Certificate, Layout
from wsfix.provision.parcel import Parcel

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: what is laid belongs to root")


def lay(*steps: Step) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh"], input=laying.script(steps), capture_output=True, text=True, timeout=60, check=False)


def parcel(files: dict[str, bytes]) -> Parcel:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid = len(content), 0o644, 1234
            archive.addfile(entry, io.BytesIO(content))
    manifest = "".join(f"{sha256(content).hexdigest()}  ./{name}\n" for name, content in files.items())
    return Parcel("0123456789abcdef", gzip.compress(packed.getvalue()), manifest)


def of(place: Path, given: Parcel, **more: object) -> Layout:
    wanted = site(provision={"source": ".", "entrypoint": "server:app"}, **more)
    assert wanted.provision
    wanted = wanted.model_copy(
        update={"provision": wanted.provision.model_copy(update={"directory": str(place / "app")})}
    )
    return layout(wanted, parcel=given)


def test_a_release_is_whole_belongs_to_root_and_leaves_nothing_beside_it(tmp_path: Path):
    one = of(tmp_path, parcel({"server.py": b"app = 1\n", "a/b.py": b"\xff\x00"}))
    done = lay(laying.release(one))
    assert (done.returncode, done.stderr) == (0, "")
    held = Path(one.release)
    assert (held / "server.py").read_bytes() == b"app = 1\n"
    assert (held / "a/b.py").read_bytes() == b"\xff\x00"
    assert {(path.stat().st_uid, path.stat().st_mode & 0o777) for path in [held, held / "a", held / "server.py"]} == {
        (0, 0o755),
        (0, 0o644),
    }
    assert sorted(path.name for path in held.parent.iterdir()) == ["0123456789abcdef", "0123456789abcdef.sha256"]
    assert str((held / "venv").readlink()) == one.environment


def test_a_release_that_is_not_what_was_sent_is_not_laid(tmp_path: Path):
    given = parcel({"server.py": b"app = 1\n"})
    one = of(tmp_path, replace(given, manifest=f"{'0' * 64}  ./server.py\n"))
    done = lay(laying.release(one))
    assert done.returncode == 1
    assert "\tfailed\t" in done.stdout
    assert "server.py: FAILED" in done.stdout
    assert list(Path(one.release).parent.iterdir()) == []


def test_an_env_file_that_the_application_reads_itself_is_linked_into_the_release(tmp_path: Path):
    one = of(tmp_path, parcel({"server.py": b""}), env={"file": "/etc/chat/.env.local", "loaded_by": "application"})
    assert lay(laying.release(one)).returncode == 0
    assert str(Path(one.release, ".env.local").readlink()) == "/etc/chat/.env.local"


def test_a_key_is_for_root_alone_from_its_first_byte(tmp_path: Path):
    folder = tmp_path / "tls" / "abc"
    step = laying.certificate(Certificate(b"chain\n", b"key\n"), str(folder))
    assert "umask 077" in step.body.partition("base64")[0]
    assert lay(step).returncode == 0
    assert (folder / "privkey.pem").read_bytes() == b"key\n"
    assert (folder / "privkey.pem").stat().st_mode & 0o777 == 0o600
    assert (folder / "fullchain.pem").stat().st_mode & 0o777 == 0o644


def test_the_first_step_that_fails_is_the_last(tmp_path: Path):
    late = tmp_path / "late"
    done = lay(Step("one", "true"), Step("two", f"false\ntouch {tmp_path}/after"), Step("three", f"touch {late}"))
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("step")] == [
        "step\tone\tok\t",
        "step\ttwo\tfailed\t",
    ]
    assert not late.exists()
    assert not (tmp_path / "after").exists()


def test_a_script_that_was_cut_off_does_nothing(tmp_path: Path):
    text = laying.script((Step("one", f"touch {tmp_path}/done"),))
    for end in range(100, len(text) - 2, 331):
        done = subprocess.run(["sh"], input=text[:end], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode != 0, text[:end]
        assert not (tmp_path / "done").exists()


def test_an_environment_without_requirements_runs(tmp_path: Path):
    one = of(tmp_path, replace(parcel({"server.py": b""}), requirements=""), service={"name": "chat"})
    one = replace(one, wanted=one.wanted.model_copy(update={"user": "nobody"}))
    tmp_path.chmod(0o755)
    for above in tmp_path.parents:
        if above.stat().st_uid == os.geteuid() and above != Path("/tmp") and str(above).startswith("/tmp/"):
            above.chmod(0o755)
    done = lay(laying.environment(one))
    assert done.returncode == 0, done.stdout
    found = subprocess.run(
        [f"{one.environment}/bin/python", "-c", "print(1)"], capture_output=True, text=True, check=True
    )
    assert found.stdout == "1\n"
    assert {path.stat().st_uid for path in Path(one.environment).iterdir()} == {0}
    assert Path(one.environment, ".complete").exists()


def test_certbot_is_asked_for_the_name_alone_and_makes_the_proxy_read_a_renewal():
    wanted = site(provision={"certificate": None, "certbot": {"email": "ops@example.com"}})
    step = laying.certbot(layout(wanted), "ops@example.com")
    assert step.body == (
        "certbot certonly --nginx --non-interactive --agree-tos --email ops@example.com "
        "--deploy-hook 'systemctl reload nginx.service' --domain chat.example.com"
    )
