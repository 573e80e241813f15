"""A source becomes one archive: the same bytes for the same files, without what belongs to nobody else."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.facts.shells import write
from tests.operations.provisioned import packed, site
from wsfix.errors import SpecError
from wsfix.provision.parcel import pack


def names(archive: bytes) -> dict[str, int]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as held:
        return {member.name: member.mode for member in held}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    write(folder / "server.py", "app = None\n")
    write(folder / "bin/run", "#!/bin/sh\n").chmod(0o700)
    write(folder / "requirements.txt", "# web\nfastapi==1  # pinned\n\n-r more/requirements.txt\n")
    write(folder / "more/requirements.txt", "uvicorn[standard]\n")
    return folder


def test_the_same_files_give_the_same_parcel(source: Path, tmp_path: Path):
    first = packed(source, site())
    for path in source.rglob("*"):
        path.touch()
    assert packed(source, site()) == first
    write(source / "server.py", "app = 1\n")
    assert packed(source, site()).digest != first.digest


def test_files_are_for_everybody_to_read_and_programs_to_run(source: Path):
    held = names(packed(source, site()).archive)
    assert (held["server.py"], held["bin/run"]) == (0o644, 0o755)


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".env.local",
        "backend/.env",
        ".git/config",
        "venv/bin/python",
        "node_modules/x.js",
        "a/__pycache__/x.pyc",
    ],
)
def test_secrets_and_what_is_made_anew_stay_here(source: Path, name: str):
    before = packed(source, site())
    write(source / name, "SECRET=1\n")
    assert packed(source, site()) == before


def test_an_example_of_an_env_file_goes_along(source: Path):
    write(source / ".env.example", "SECRET=\n")
    assert ".env.example" in names(packed(source, site()).archive)


def test_the_requirements_are_read_with_those_that_they_name(source: Path):
    parcel = packed(source, site())
    assert parcel.requirements == "fastapi==1\nuvicorn[standard]\n"
    write(source / "server.py", "app = 2\n")
    assert packed(source, site()).environment == parcel.environment
    write(source / "more/requirements.txt", "uvicorn\n")
    assert packed(source, site()).environment != parcel.environment


def test_the_inventory_s_requirements_win(source: Path):
    assert packed(source, site(provision={"requirements": ["aiohttp", "-r more/requirements.txt"]})).requirements == (
        "aiohttp\nuvicorn[standard]\n"
    )


def test_node_s_lock_decides(source: Path):
    wanted = site(provision={"runtime": "node"})
    write(source / "package.json", "{}")
    assert not packed(source, wanted).locked
    write(source / "package-lock.json", "{}")
    assert packed(source, wanted).locked


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"workdir": "nowhere"}, "provision.workdir: the source has no directory nowhere"),
        ({"static": "dist"}, "provision.static: the source has no directory dist"),
        ({"requirements": ["-e ."]}, "cannot be told to the host"),
        ({"requirements": ["-r gone.txt"]}, "gone.txt is no file of the source"),
    ],
)
def test_what_the_source_does_not_hold_is_refused(source: Path, more: dict[str, object], said: str):
    with pytest.raises(SpecError, match=said):
        packed(source, site(provision=more))


def test_a_link_out_of_the_source_is_refused(source: Path):
    (source / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(SpecError, match="passwd is a link that leads out of the source"):
        packed(source, site())


def test_a_link_within_the_source_stays_one(source: Path):
    (source / "main.py").symlink_to("server.py")
    assert "main.py" in names(packed(source, site()).archive)


def test_requirements_that_read_themselves_are_refused(source: Path):
    write(source / "more/requirements.txt", "-r ../requirements.txt\n")
    with pytest.raises(SpecError, match="reads itself"):
        packed(source, site())


def test_a_git_repository_is_cloned_at_its_tag(source: Path):
    def git(*words: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        subprocess.run(["git", *identity, *words], cwd=source, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("add", "server.py")
    git("commit", "-q", "-m", "one")
    git("tag", "v1")
    write(source / "later.py", "\n")
    git("add", "later.py")
    git("commit", "-q", "-m", "two")
    for revision, has in (("v1", False), ("main", True)):
        wanted = site(provision={"source": f"file://{source}", "revision": revision})
        assert wanted.provision
        assert ("later.py" in names(pack(wanted, wanted.provision).archive)) is has


def test_a_repository_that_cannot_be_cloned_says_why(tmp_path: Path):
    wanted = site(provision={"source": f"file://{tmp_path}/none"})
    assert wanted.provision
    with pytest.raises(SpecError, match="git cannot clone it"):
        pack(wanted, wanted.provision)
