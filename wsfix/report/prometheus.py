"""Metrics for Prometheus' textfile collector, in the text exposition format 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wsfix.model.finding import Severity
from wsfix.model.report import Checked, Report

Sample = tuple[dict[str, str], float]


def render(report: Report) -> str:
    """Return every metric with its help and type; a label holds a name or a word, never a sentence."""
    return "".join(line for family in _families(report) for line in _family(*family))


def _families(report: Report) -> Iterator[tuple[str, str, list[Sample]]]:
    sites = report.sites
    sound = [each for each in sites if report.works(each)]
    yield (
        "wsfix_probe_success",
        "Whether the handshake succeeded and a message crossed the socket, after a repair where one was made.",
        [(_of(each), float(report.works(each))) for each in sites],
    )
    yield (
        "wsfix_probe_duration_seconds",
        "Time of each phase of the probe from outside.",
        [
            (_of(each) | {"phase": phase.name}, phase.seconds)
            for each in sites
            for phase in (each.observation.outside.phases if each.observation.outside else ())
        ],
    )
    yield (
        "wsfix_probe_http_status_code",
        "HTTP status of the answer to the handshake.",
        [(_of(each), float(status)) for each in sites if (status := _status(each)) is not None],
    )
    yield (
        "wsfix_probe_failed_hop",
        "Hop that fails: 1 DNS, 2 TCP, 3 TLS, 4 proxy, 5 backend, 6 application, 7 client, 0 none.",
        [(_of(each), 0.0 if report.works(each) else float(_hop(each))) for each in sites],
    )
    yield (
        "wsfix_findings",
        "Findings by severity.",
        [(_of(each) | {"severity": severity.value}, _count(each, severity)) for each in sites for severity in Severity],
    )
    yield "wsfix_host_errors", "Hosts that could not be looked at.", [({}, float(len(report.errors)))]
    yield "wsfix_last_run_timestamp_seconds", "When the run began.", [({}, round(report.moment, 3))]
    yield (
        "wsfix_last_success_timestamp_seconds",
        "When the site was last seen to work, as far as this run knows.",
        [(_of(each), round(report.moment, 3)) for each in sound],
    )
    yield "wsfix_build_info", "The version of wsfix.", [({"version": report.version}, 1.0)]


def _of(checked: Checked) -> dict[str, str]:
    return {"site": checked.diagnosis.site.name, "host": checked.where}


def _status(checked: Checked) -> int | None:
    return checked.observation.outside.status if checked.observation.outside else None


def _hop(checked: Checked) -> int:
    diagnosis = checked.diagnosis
    return int(diagnosis.cause.hop if diagnosis.cause else diagnosis.wall or 0)


def _count(checked: Checked, severity: Severity) -> float:
    return float(sum(finding.severity is severity for finding in checked.diagnosis.findings))


def _family(name: str, told: str, samples: Iterable[Sample]) -> Iterator[str]:
    held = list(samples)
    if not held:
        return
    yield f"# HELP {name} {told}\n"
    yield f"# TYPE {name} gauge\n"
    for labels, value in held:
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{f'{{{shown}}}' if shown else ''} {_number(value)}\n"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(round(value, 6))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
