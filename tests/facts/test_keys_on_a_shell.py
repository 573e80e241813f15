"""Private keys beside certificates: the digest of the public half crosses the wire, the key never does."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tests.facts.shells import HostShell, write
from wsfix.facts import keys

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")

KINDS = {
    "elliptic": ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "ed25519": ("genpkey", "-algorithm", "ED25519"),
    "rsa": ("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "old form": ("ecparam", "-name", "prime256v1", "-genkey", "-noout"),
}


def made(*words: str) -> bytes:
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout


def public(pem: bytes) -> str:
    key = load_pem_private_key(pem, None).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def asked(shell: HostShell, place: Path, *folders: Path) -> dict[str, str]:
    lines = "".join(f'  ssl_certificate "{folder}/fullchain.pem";\n' for folder in folders)
    main = write(place / "etc/nginx/nginx.conf", f"# ssl_certificate /root/x.pem;\n{lines}ssl_certificate $host.pem;\n")
    return keys.PrivateKeys.read(shell.lines(keys.fragment(str(main))))


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_known_by_the_digest_of_its_public_half(shell: HostShell, place: Path, kind: str):
    pem = made(*KINDS[kind])
    path = write(place / "live/privkey.pem", pem)
    assert {str(path): public(pem)} == asked(shell, place, place / "live")


def test_keys_beside_one_certificate_are_all_found_and_other_files_are_not(shell: HostShell, place: Path):
    one, two = made(*KINDS["elliptic"]), made(*KINDS["elliptic"])
    write(place / "live/one.key", one)
    write(place / "live/two of them.pem", two)
    write(place / "live/fullchain.pem", "-----BEGIN CERTIFICATE-----\n")
    write(place / "live/key.txt", one)
    found = asked(shell, place, place / "live")
    assert {str(place / "live/one.key"): public(one), str(place / "live/two of them.pem"): public(two)} == found


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"-----BEGIN PRIVATE KEY-----\nnoise\n-----END PRIVATE KEY-----\n", id="broken"),
        pytest.param(b"-----BEGIN PRIVATE KEY-----", id="cut off"),
        pytest.param(b"", id="empty"),
        pytest.param(bytes(range(256)), id="noise"),
        pytest.param(None, id="locked with a password"),
    ],
)
def test_a_key_that_cannot_be_read_is_no_key(shell: HostShell, place: Path, content: bytes | None):
    locked = ("genpkey", "-algorithm", "ED25519", "-aes-256-cbc", "-pass", "pass:canary")
    write(place / "live/privkey.pem", made(*locked) if content is None else content)
    assert asked(shell, place, place / "live") == {}


def test_a_key_that_may_not_be_read_is_left_out(shell: HostShell, place: Path):
    write(place / "live/privkey.pem", made(*KINDS["ed25519"])).chmod(0)
    assert asked(shell.unprivileged(), place, place / "live") == {}


def test_nothing_of_the_key_is_printed(shell: HostShell, place: Path):
    pem = made(*KINDS["rsa"])
    write(place / "live/privkey.pem", pem)
    main = write(place / "etc/nginx/nginx.conf", f"ssl_certificate_key {place}/live/privkey.pem;\n")
    done = shell.run(keys.fragment(str(main)))
    assert [line for line in pem.splitlines() if line in done.stdout + done.stderr] == []
    assert done.stdout.count(b"\n") == 1


def test_a_host_without_openssl_or_without_the_folder_answers_nothing(shell: HostShell, place: Path):
    write(place / "live/privkey.pem", made(*KINDS["ed25519"]))
    assert asked(HostShell(shell.words, str(place / "nothing")), place, place / "live") == {}
    assert shell.lines(keys.fragment(str(place / "no/nginx.conf"))) == []
