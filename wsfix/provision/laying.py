"""What is laid before anything is switched: each step words one part, adds only what nobody uses yet, and is whole or absent."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from shlex import quote

from wsfix.provision.layout import Certificate, Layout

_WIDTH = 76

# The script is read whole before it begins, as a transaction's is; its steps end at the first that fails.
_ENVELOPE = r"""trap 'echo "wsfix: the script did not arrive whole; nothing was done" >&2; exit 75' EXIT
lay_@NONCE@() {
trap - EXIT
umask 022
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin
LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive HOME=/root; export LC_ALL DEBIAN_FRONTEND HOME
cd / && work=$(mktemp -d) || exit 73
trap 'rm -rf "$work"' EXIT
[ "$(id -u)" = 0 ] || { echo 'wsfix: this needs root; set _sudo in the inventory' >&2; exit 77; }
as() { # user, home, command: not as root, where it can be had
  u=$1 h=$2; shift 2
  if [ "$u" = root ]; then HOME=$h "$@"; else runuser -u "$u" -- env "HOME=$h" "$@"; fi
}
@STEPS@
exit 0
}
lay_@NONCE@
"""
_STEP = r"""printf 'begin\t%s\n' @TITLE@
(
set -e
@BODY@
) >"$work/said" 2>&1 </dev/null
[ $? -eq 0 ] || {
  printf 'step\t%s\tfailed\t%s\n' @TITLE@ "$(tail -c 2000 "$work/said" | tr '\n\t' '\036 ')"
  exit 1
}
printf 'step\t%s\tok\t\n' @TITLE@
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One part that is laid."""

    title: str
    body: str = field(repr=False)
    """POSIX shell; it ends at the first command that fails."""
    seconds: int = 60
    """How long it may take."""


def script(steps: tuple[Step, ...]) -> str:
    """Join the steps."""
    worded = "".join(_STEP.replace("@TITLE@", quote(step.title)).replace("@BODY@", step.body) for step in steps)
    return _ENVELOPE.replace("@STEPS@", worded).replace("@NONCE@", secrets.token_hex(8))


def user(layout: Layout) -> Step:
    """A system user with a home of its own and no shell (useradd(8))."""
    name = layout.user
    home = f"/var/lib/{name}"
    body = f"useradd --system --user-group --create-home --home-dir {home} --shell /usr/sbin/nologin {name}\nchmod 0750 {home}"
    return Step(f"make the system user {name}", body)


def release(layout: Layout) -> Step:
    """The source, whole and verified, under the name of its content; only root may write there."""
    target, digest = quote(layout.release), hashlib.sha256(layout.parcel.archive).hexdigest()
    inner = quote(layout.wanted.workdir or ".")
    links = ""
    if layout.environment and not layout.python:
        links += f"ln -s {quote(f'{layout.environment}/node_modules')} {inner}/node_modules\n"
    if layout.environment and layout.python:
        links += f"[ -e venv ] || ln -s {quote(layout.environment)} venv\n"
    if layout.site.env and layout.site.env.loaded_by == "application":
        name = quote(layout.site.env.file.rpartition("/")[2])
        links += f"[ -e {inner}/{name} ] || ln -s {quote(layout.site.env.file)} {inner}/{name}\n"
    body = f"""mkdir -p {quote(layout.directory)}/releases
new=$(mktemp -d {quote(layout.directory)}/releases/.new-XXXXXX)
trap 'rm -rf "$new"' EXIT
{_document('base64 -d >"$work/archive"', base64.b64encode(layout.parcel.archive).decode())}
[ "$(sha256sum <"$work/archive" | cut -c1-64)" = {digest} ]
cd "$new"
tar -xzf "$work/archive" --no-same-owner
{_document('cat >"$work/manifest"', layout.parcel.manifest, wrap=False)}
sha256sum -c --quiet "$work/manifest"
{links}chown -hR root:root .
chmod 0755 .
cd /
rm -rf {target}
mv -T "$new" {target}
cp "$work/manifest" {target}.sha256"""
    return Step(f"lay the source as {layout.release}", body, 120)


def environment(layout: Layout) -> Step:
    """A virtual environment, or Node's modules, built by the application's own user and then given to root."""
    target, name = quote(layout.environment), quote(layout.user)
    build = _venv(layout) if layout.python else _modules(layout)
    body = f"""rm -rf {target}
mkdir -p {quote(layout.environment.rpartition("/")[0])}
mkdir {target}
chown {name}: {target}
cd {target}
{build}
chown -hR root:root {target}
touch {target}/.complete"""
    what = "a virtual environment" if layout.python else "Node's modules"
    return Step(f"make {what} in {layout.environment}", body, 900)


def _venv(layout: Layout) -> str:
    who, target = f"as {quote(layout.user)} {quote(layout.environment)}", quote(layout.environment)
    made = f"{who} python3 -m venv {target}"
    if not layout.parcel.requirements:
        return made
    wanted = _document(f"{who} sh -c 'cat >requirements.txt'", layout.parcel.requirements, wrap=False)
    flags = "--quiet --no-input --disable-pip-version-check --no-cache-dir"
    return f"{made}\n{wanted}\n{who} {target}/bin/pip install {flags} --requirement requirements.txt"


def _modules(layout: Layout) -> str:
    """Its manifests are taken from the release, which is laid before."""
    who = f"as {quote(layout.user)} {quote(layout.environment)}"
    inner = quote(f"{layout.release}/{layout.wanted.workdir}" if layout.wanted.workdir else layout.release)
    verb = "ci" if layout.parcel.locked else "install"
    flags = "--omit=dev --no-audit --no-fund --no-update-notifier --loglevel=error --cache .cache"
    return f"""for f in package.json package-lock.json; do [ ! -f {inner}/$f ] || {who} cp {inner}/$f .; done
{who} npm {verb} {flags}
rm -rf .cache
mkdir -p node_modules"""


def pm2() -> Step:
    """PM2 for the whole host, as its own page "Quick Start" says."""
    flags = "--no-audit --no-fund --no-update-notifier --loglevel=error"
    return Step("install pm2 with npm", f"npm install --global {flags} pm2", 300)


def certificate(given: Certificate, folder: str) -> Step:
    """The certificate and its key under the name of both; nothing reads them until the proxy's file names them."""
    body = f"""mkdir -p {quote(folder.rpartition("/")[0])}
new=$(mktemp -d {quote(folder.rpartition("/")[0])}/.new-XXXXXX)
trap 'rm -rf "$new"' EXIT
umask 077
{_document('base64 -d >"$new/fullchain.pem"', base64.b64encode(given.chain).decode())}
{_document('base64 -d >"$new/privkey.pem"', base64.b64encode(given.key).decode())}
chmod 0644 "$new/fullchain.pem"
chmod 0600 "$new/privkey.pem"
chmod 0755 "$new"
rm -rf {quote(folder)}
mv -T "$new" {quote(folder)}"""
    return Step(f"lay the certificate in {folder}", body)


def certbot(layout: Layout, email: str) -> Step:
    """An order by certbot; its plugin answers the challenge through the proxy that runs, and certbot renews it.

    `certonly` leaves the proxy's files alone, so a renewal must make it read the new certificate (certbot's manual,
    "Renewing certificates", --deploy-hook).
    """
    hook = quote(f"systemctl reload {layout.site.proxy.unit}")
    flags = f"--non-interactive --agree-tos --email {quote(email)} --deploy-hook {hook}"
    body = f"certbot certonly --{layout.site.proxy.kind} {flags} --domain {quote(layout.site.host)}"
    return Step(f"order a certificate for {layout.site.host} with certbot", body, 300)


def _document(command: str, text: str, *, wrap: bool = True) -> str:
    lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)] if wrap else text.rstrip("\n").split("\n")
    fence = f"fence-{secrets.token_hex(8)}"
    return "\n".join([f"{command} <<'{fence}'", *lines, fence])
