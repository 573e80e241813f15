"""The command line: `wsfix check`, `explain`, `faults`, `schema`. Answers on standard output, everything else on standard error."""

from __future__ import annotations

import io
import json
import shutil
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wsfix import __version__
from wsfix.commands import status
from wsfix.commands.formats import FailOn, Format
from wsfix.commands.options import Delivery, Idle, with_numbers
from wsfix.errors import SpecError, UnreadableCommand, WsfixError

if TYPE_CHECKING:
    from wsfix.commands.manner import Manner
    from wsfix.model.after import Wanted

OK, ERROR, FINDINGS, UNCHECKED = status.OK, status.ERROR, status.FINDINGS, status.UNCHECKED
ROLLED_BACK, BROKEN = status.ROLLED_BACK, status.BROKEN
USAGE, CONFIG, INTERRUPTED = status.USAGE, status.CONFIG, status.INTERRUPTED

app = typer.Typer(
    name="wsfix",
    help="Name the hop that breaks a WebSocket behind a reverse proxy, repair it in one transaction, and prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


_Url = Annotated[str | None, typer.Argument(help="A socket to look at from outside, such as wss://host/ws.")]
_Inventory = Annotated[
    str | None, typer.Option("-i", "--inventory", help="A pyinfra inventory: look from outside and from inside.")
]
_Limit = Annotated[list[str] | None, typer.Option("--limit", help="Only this host or group; may be repeated.")]
_Fix = Annotated[bool, typer.Option("--fix", help="Repair what is safe where the check fails.")]
_Command = Annotated[
    str, typer.Option("--explain-command", help="Say what this curl, wscat, websocat, openssl or nc really tests.")
]
_FailOn = Annotated[FailOn, typer.Option(help="From which severity on the check fails.")]
_ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Findings are no failure: 0 instead of 2.")]
_Format = Annotated[Format, typer.Option("--format", help="How the report is written.")]
_Output = Annotated[str, typer.Option("-o", "--output", help="Write the report to this file.")]
_Bundle = Annotated[
    str, typer.Option(help="Write all that a colleague would ask for to this file, secrets masked; - prints it.")
]
_Address = Annotated[str | None, typer.Option(help="With a URL: connect here instead of where DNS points.")]
_Origin = Annotated[str | None, typer.Option(help="With a URL: the origin of the page.")]
_CaFile = Annotated[str | None, typer.Option(help="With a URL: further trust roots (PEM).")]
_Timeout = Annotated[float, typer.Option(help="With a URL: seconds for each phase.")]


@app.command()
def check(
    url: _Url = None,
    inventory: _Inventory = None,
    limit: _Limit = None,
    fix: _Fix = False,
    command: _Command = "",
    fail_on: _FailOn = FailOn.WARNING,
    exit_zero: _ExitZero = False,
    form: _Format = Format.TEXT,
    output: _Output = "",
    bundle: _Bundle = "",
    address: _Address = None,
    origin: _Origin = None,
    ca_file: _CaFile = None,
    timeout: _Timeout = 10.0,
    idle: Idle = None,
    delivery: Delivery = None,
) -> None:
    """Look at a socket, name what breaks it, and with --fix put it right.

    Exit status: 0 healthy or repaired, 1 an error of the tool or the connection, 2 findings, 3 nothing could be
    checked, 4 put back because the proof failed, 5 could not be put back, 64 bad usage, 78 bad inventory.
    With --format nagios it is 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; with --format sarif findings are 0.
    """
    if (url is None) == (inventory is None) and not (command and url is None):
        raise typer.BadParameter("give either a URL or -i INVENTORY")
    _agree(form, command, inventory, fix, output, bundle, url)
    from wsfix.commands.manner import Manner
    from wsfix.model.after import Wanted

    wanted = Wanted(idle, delivery)
    manner = Manner(form, fail_on, output, bundle, exit_zero)
    if inventory is not None:
        from wsfix.commands.inventory import check as check_inventory

        raise typer.Exit(check_inventory(inventory, tuple(limit or ()), manner, print, wanted, fix=fix))
    origins = (origin,) if origin else ()
    options = {"address": address, "origins": origins, "probe": {"ca_file": ca_file, "timeout_seconds": timeout}}
    raise typer.Exit(_from_outside(url, options, manner, command, wanted))


def _from_outside(url: str | None, options: dict[str, Any], manner: Manner, command: str, wanted: Wanted) -> int:
    """Check a URL, explain a command, or both."""
    if url is not None and url.startswith("wss:"):
        from wsfix.probes.tls import read_ahead

        read_ahead(options["probe"]["ca_file"])  # the trusted roots, while the modules below are loaded
    from wsfix.commands import url as outside

    if url is None:
        return outside.explain(command, manner, print)
    return outside.check(url, options, manner, command, print, wanted)


def _agree(
    form: Format, command: str, inventory: str | None, fix: bool, output: str, bundle: str, url: str | None
) -> None:
    """Refuse options that exclude each other."""
    if command and inventory is not None:
        raise typer.BadParameter("--explain-command goes alone or with a URL, and not with -i")
    if command and form not in {Format.TEXT, Format.JSON}:
        raise typer.BadParameter("--explain-command is told as text or json")
    if fix and inventory is None:
        raise typer.BadParameter("--fix needs a way in: -i INVENTORY")
    if bundle and inventory is None and url is None:
        raise typer.BadParameter("--bundle needs a URL or -i INVENTORY")
    if bundle and bundle == output:
        raise typer.BadParameter("--bundle and --output name the same file")


@app.command()
def explain(
    code: Annotated[
        str, typer.Argument(help="A fault's code or name, a status or a close code: WS420, nginx-down, 1006.")
    ],
) -> None:
    """Print the manual of a fault, or what a status or a close code means."""
    from wsfix.commands import manuals
    from wsfix.report.colour import paint_for

    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    print(manuals.explain(code, paint_for(sys.stdout), columns))


@app.command()
def faults(
    form: Annotated[Format, typer.Option("--format", help="How the list is written: text or json.")] = Format.TEXT,
) -> None:
    """List every fault that wsfix knows, in the order of the hops."""
    from wsfix.commands import manuals

    if form not in {Format.TEXT, Format.JSON}:
        raise typer.BadParameter("the list is written as text or json")
    print(manuals.listed() if form is Format.TEXT else manuals.listed_for_programs())


@app.command()
def schema() -> None:
    """Print the JSON schema of a site, as the inventory describes it."""
    from wsfix.spec import schema as site_schema

    print(json.dumps(site_schema(), indent=2))


@app.command()
def deploys() -> None:
    """Print the folder of the deploys, for `pyinfra INVENTORY "$(wsfix deploys)/websocket.py" --dry`."""
    from wsfix.templates import shipped

    print(shipped("deploys"))


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        print(f"wsfix {__version__}")
        raise typer.Exit(OK)


def main() -> None:
    """Run the command line; every failure is one sentence and an exit status with one meaning."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that knows only ASCII gets escapes and no traceback
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


_BAD_USAGE: Any = next(each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException")
"""The base of all complaints about the command line; typer carries its own copy of click and does not name it."""


def run(words: list[str]) -> int:
    """Run one command and return its exit status."""
    try:
        ended = typer.main.get_command(app).main(args=with_numbers(words), prog_name="wsfix", standalone_mode=False)
    except SpecError as error:
        return _failed(words, str(error), CONFIG)
    except UnreadableCommand as error:
        return _failed(words, str(error), USAGE)
    except WsfixError as error:
        return _failed(words, str(error), ERROR)
    except (KeyboardInterrupt, typer.Abort):
        return _failed(words, "interrupted", INTERRUPTED)
    except _BAD_USAGE as error:
        return _failed(words, error.format_message(), USAGE)
    return ended if isinstance(ended, int) else OK


def _failed(words: list[str], told: str, code: int) -> int:
    """Say why there is no report; a plugin of Nagios says it on standard output, and its state is unknown."""
    if "--format=nagios" in words or ("--format", "nagios") in pairwise(words):
        from wsfix.report import nagios

        print(nagios.unknown(told))
        return int(nagios.State.UNKNOWN)
    lines = told.splitlines() if code == CONFIG else [told]
    print("\n".join(f"wsfix: {line}" for line in lines), file=sys.stderr)
    return code
