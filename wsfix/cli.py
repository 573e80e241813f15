"""The command line: `wsfix check`, `explain`, `faults`, `schema`. Answers on standard output, everything else on standard error."""

from __future__ import annotations

import io
import json
import sys
import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wsfix import __version__
from wsfix.errors import SpecError, WsfixError
from wsfix.model.after import Wanted
from wsfix.options import Delivery, FailOn, Format, Idle, with_numbers

if TYPE_CHECKING:
    from wsfix.fleet import Result
    from wsfix.model.finding import Diagnosis
    from wsfix.progress import Bar

OK, ERROR, FINDINGS, UNCHECKED, ROLLED_BACK, BROKEN = 0, 1, 2, 3, 4, 5
USAGE, CONFIG, INTERRUPTED = 64, 78, 130

app = typer.Typer(
    name="wsfix",
    help="Name the hop that breaks a WebSocket behind a reverse proxy, repair it in one transaction, and prove it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def check(
    url: Annotated[str | None, typer.Argument(help="A socket to look at from outside, such as wss://host/ws.")] = None,
    inventory: Annotated[
        str | None, typer.Option("-i", "--inventory", help="A pyinfra inventory: look from outside and from inside.")
    ] = None,
    limit: Annotated[
        list[str] | None, typer.Option("--limit", help="Only this host or group; may be repeated.")
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what is safe where the check fails.")] = False,
    fail_on: Annotated[FailOn, typer.Option(help="From which severity on the check fails.")] = FailOn.WARNING,
    output: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.TEXT,
    address: Annotated[str | None, typer.Option(help="With a URL: connect here instead of where DNS points.")] = None,
    origin: Annotated[str | None, typer.Option(help="With a URL: the origin of the page.")] = None,
    ca_file: Annotated[str | None, typer.Option(help="With a URL: further trust roots (PEM).")] = None,
    timeout: Annotated[float, typer.Option(help="With a URL: seconds for each phase.")] = 10.0,
    idle: Idle = None,
    delivery: Delivery = None,
) -> None:
    """Look at a socket, name what breaks it, and with --fix put it right.

    Exit status: 0 healthy or repaired, 1 an error of the tool or the connection, 2 findings, 3 nothing could be
    checked, 4 put back because the proof failed, 5 could not be put back, 64 bad usage, 78 bad inventory.
    """
    if (url is None) == (inventory is None):
        raise typer.BadParameter("give either a URL or -i INVENTORY")
    wanted = Wanted(idle, delivery)
    if inventory is not None:
        raise typer.Exit(_check_inventory(inventory, tuple(limit or ()), fix, fail_on, output, wanted))
    if fix:
        raise typer.BadParameter("--fix needs a way in: -i INVENTORY")
    options = {
        "address": address,
        "origins": (origin,) if origin else (),
        "probe": {"ca_file": ca_file, "timeout_seconds": timeout},
    }
    raise typer.Exit(_check_url(str(url), options, fail_on, output, wanted))


def _check_url(url: str, options: dict[str, Any], fail_on: FailOn, output: Format, wanted: Wanted) -> int:
    from wsfix.probes.tls import read_ahead

    if url.startswith("wss:"):
        read_ahead(options["probe"]["ca_file"])
    from wsfix.judge import judge
    from wsfix.observe import observe_outside
    from wsfix.report.colour import paint_for
    from wsfix.report.document import render, site_document
    from wsfix.report.text import diagnosis_lines
    from wsfix.spec import sites_of

    (site,) = sites_of("the command line", [{"name": _name(url), "url": url, **options}])
    observation = observe_outside(site)
    if wanted:
        from wsfix.lasting import afterwards

        bar = _bar()
        observation = afterwards(observation, wanted, tell=bar)
        bar.clear()
    diagnosis = judge(observation)
    if output is Format.JSON:
        print(render([site_document(observation, diagnosis)]))
    else:
        print("\n".join(diagnosis_lines(observation, diagnosis, paint_for(sys.stdout))))
    return _code(diagnosis, fail_on)


def _name(url: str) -> str:
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0][:64]
    return host if host and host.replace("-", "").replace(".", "").isalnum() else "site"


def _code(diagnosis: Diagnosis, fail_on: FailOn) -> int:
    bad = any(f.severity.value in {"error", fail_on.value} for f in diagnosis.findings)
    if not diagnosis.healthy or bad or diagnosis.lasts is False:
        return FINDINGS
    return UNCHECKED if diagnosis.after and diagnosis.lasts is None else OK


def _bar() -> Bar:
    from wsfix.progress import Bar
    from wsfix.report.colour import paint_for

    return Bar(sys.stderr, paint_for(sys.stderr))


def _check_inventory(
    inventory: str, limit: tuple[str, ...], fix: bool, fail_on: FailOn, output: Format, wanted: Wanted
) -> int:
    from wsfix.consent import consent
    from wsfix.fleet import check_fleet

    tell, bar = _print_result if output is Format.TEXT else _say_nothing, _bar()

    def cleared(result: Result) -> None:
        bar.clear()
        tell(result)

    results = check_fleet(inventory, limit=limit, consent=consent(), fix=fix, tell=cleared, wanted=wanted, progress=bar)
    if output is Format.JSON:
        _print_document(results)
    return max((_result_code(result, fail_on) for result in results), default=UNCHECKED, key=_GRAVITY.index)


_GRAVITY = [OK, FINDINGS, UNCHECKED, ERROR, ROLLED_BACK, BROKEN]
"""Which of several hosts' codes the run ends with: the last one in this list."""


def _say_nothing(result: Result) -> None:
    del result


def _print_result(result: Result) -> None:
    from wsfix.report.colour import paint_for
    from wsfix.report.points import points_lines
    from wsfix.report.room import room_lines
    from wsfix.report.text import diagnosis_lines, outcome_lines, plan_lines

    if result.error:
        print(f"wsfix: {result.error}", file=sys.stderr)
    if result.seen is None:
        return
    paint = paint_for(sys.stdout)
    lines: list[str] = []
    for observation, diagnosis in zip(result.seen.observations, result.seen.diagnoses, strict=True):
        lines += diagnosis_lines(observation, diagnosis, paint)
        lines += [*points_lines(diagnosis, paint), *room_lines(diagnosis, paint), ""]
    if not result.seen.plan.empty or result.seen.plan.inhibited or result.seen.plan.held:
        lines += [*plan_lines(result.seen.plan, paint), ""]
    if result.outcome is not None:
        lines += [*outcome_lines(result.outcome, paint), ""]
    elif not result.seen.plan.empty:
        lines += [f"  {result.host}: not changed; run again with --fix to make these changes", ""]
    print("\n".join(lines))


def _print_document(results: list[Result]) -> None:
    from wsfix.report.document import outcome_document, plan_document, render, site_document

    seen = [result.seen for result in results if result.seen is not None]
    sites = [site_document(o, d) for each in seen for o, d in zip(each.observations, each.diagnoses, strict=True)]
    print(
        render(
            sites,
            plans=[plan_document(each.plan) for each in seen],
            outcomes=[outcome_document(result.outcome) for result in results if result.outcome is not None],
            errors=[result.error for result in results if result.error],
        )
    )


def _result_code(result: Result, fail_on: FailOn) -> int:
    from wsfix.model.outcome import Status

    if result.error or result.seen is None:
        return ERROR
    if result.outcome is None:
        return max((_code(diagnosis, fail_on) for diagnosis in result.seen.diagnoses), default=UNCHECKED)
    ends = {
        Status.FIXED: OK,
        Status.UNCHANGED: OK,
        Status.PARTIAL: FINDINGS,
        Status.ROLLED_BACK: ROLLED_BACK,
        Status.REFUSED: ERROR,
        Status.FAILED: BROKEN,
    }
    return ends[result.outcome.status]


@app.command()
def explain(code: Annotated[str, typer.Argument(help="A fault's code or name: WS420, nginx-down.")]) -> None:
    """Print the manual of a fault."""
    from wsfix.faults.catalogue import entry_of

    entry = entry_of(code)
    if entry is None:
        raise SpecError(f"there is no fault {code!r}; `wsfix faults` lists them")
    fault = entry.fault
    print(f"{fault.code} {fault.name}   hop: {fault.hop.word}   repair: {fault.safety.value}\n")
    print(entry.manual)
    if fault.explained_by:
        others = f"Not the cause where one of these is found: {', '.join(fault.explained_by)}."
        print(textwrap.fill(others, 110, break_on_hyphens=False))


@app.command()
def faults(
    output: Annotated[Format, typer.Option("--format", help="How the list is written.")] = Format.TEXT,
) -> None:
    """List every fault that wsfix knows, in the order of the hops."""
    from wsfix.faults.catalogue import catalogue

    entries = catalogue()
    if output is Format.JSON:
        rows = [
            {
                "code": e.fault.code,
                "name": e.fault.name,
                "hop": e.fault.hop.word,
                "safety": e.fault.safety.value,
                "covers": [e.fault.name, *e.fault.covers],
                "title": e.title,
            }
            for e in entries
        ]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max(len(entry.fault.name) for entry in entries)
    for entry in entries:
        fault = entry.fault
        print(f"{fault.code}  {fault.name:<{width}}  {fault.hop.word:<11}  {fault.safety.value:<7}")


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
        status = typer.main.get_command(app).main(args=with_numbers(words), prog_name="wsfix", standalone_mode=False)
    except SpecError as error:
        print("\n".join(f"wsfix: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return CONFIG
    except WsfixError as error:
        print(f"wsfix: {error}", file=sys.stderr)
        return ERROR
    except (KeyboardInterrupt, typer.Abort):
        print("wsfix: interrupted", file=sys.stderr)
        return INTERRUPTED
    except _BAD_USAGE as error:
        print(f"wsfix: {error.format_message()}", file=sys.stderr)
        return USAGE
    return status if isinstance(status, int) else OK
