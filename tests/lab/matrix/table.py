"""The matrix as a page, with its totals."""

from __future__ import annotations

from collections.abc import Sequence

from tests.lab.matrix.row import Health, Row, Step, Verdict

HEAD = (
    "| system | Debian | injected | cause named | other findings | verdict | repaired | proved | undone | seconds |\n"
)
RULE = "|---|---|---|---|---|---|---|---|---|---|\n"


def page(rows: Sequence[Row], healthy: Sequence[Health], note: str) -> str:
    """Return the whole page."""
    single = [row for row in rows if len(row.injected) == 1]
    pair = [row for row in rows if len(row.injected) > 1]
    parts = [
        "# The matrix\n",
        (
            "Faults made on real hosts of the lab, and what wsfix did with each: `make matrix` writes this page anew.\n"
            f"{note}\n"
        ),
        (
            "*first*: the cause that wsfix named is the fault that was made. *among*: it was found, but another was named "
            "first.\nAdvice changes nothing, so there is nothing to prove or to undo.\n"
        ),
        "## One fault at a time\n",
        _table(single),
        "## Two at once\n",
        _table(pair),
        "## Healthy hosts\n",
        "".join(f"- {each.system}, Debian {each.release}: {_health(each)}\n" for each in healthy),
        "## Totals\n",
        "```\n" + "\n".join(totals(rows, healthy)) + "\n```\n",
    ]
    return "\n".join(parts)


def totals(rows: Sequence[Row], healthy: Sequence[Health]) -> list[str]:
    """Return the lines that sum it up, the four that count last."""
    of = {verdict: sum(row.verdict is verdict for row in rows) for verdict in Verdict}
    pairs = [row for row in rows if len(row.injected) > 1]
    tried = [row for row in rows if row.repaired is not Step.ADVICE]
    proved = sum(row.repaired is Step.YES and row.proved is Step.YES for row in tried)
    undone = [row for row in tried if row.undone is not Step.NOTHING]
    kinds = {name for row in rows for name in row.expected}
    cured = {name for row in tried if row.proved is Step.YES for name in row.expected}
    return [
        f"different faults {len(kinds)}, of which repaired and proved {len(cured)}",
        f"pairs {len(pairs)}",
        f"among the findings {of[Verdict.AMONG]}, missed {of[Verdict.MISSED]}, wrong {of[Verdict.WRONG]}",
        f"undone byte for byte {sum(row.undone is Step.YES for row in undone)}/{len(undone)}",
        f"faults injected {sum(len(row.injected) for row in rows)}",
        f"cause right first {of[Verdict.FIRST]}/{len(rows)}",
        f"repaired and proved {proved}/{len(tried)}",
        f"false findings on healthy hosts {sum(len(each.findings) for each in healthy)}",
    ]


def _table(rows: Sequence[Row]) -> str:
    return HEAD + RULE + "".join(_row(row) for row in rows)


def _row(row: Row) -> str:
    cells = (
        row.system,
        str(row.release),
        " + ".join(row.injected),
        ", ".join(row.named) or "-",
        ", ".join(row.others) or "-",
        row.verdict.value,
        row.repaired.value,
        row.proved.value,
        row.undone.value,
        f"{row.seconds:.1f}",
    )
    return f"| {' | '.join(cells)} |{' ' + row.trouble if row.trouble else ''}\n"


def _health(each: Health) -> str:
    said = "works" if each.healthy else "does not work"
    return f"{said}, {', '.join(each.findings) or 'no finding'}"
