"""How many sockets a host can hold: the bounds by what was seen, and how they are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.observing import observation
from wsfix.judge import judge
from wsfix.model.finding import Diagnosis
from wsfix.report.colour import Paint
from wsfix.report.room import room_document, room_lines

MAIN = "worker_processes 4;\nevents { worker_connections 20000; }\nhttp { include /etc/nginx/sites-enabled/*; }\n"


def judged(tmp_path: Path, **said: object) -> Diagnosis:
    (tmp_path / "case.json").write_text(json.dumps(said), encoding="utf-8")
    return judge(observation(tmp_path))


def bounds(diagnosis: Diagnosis) -> dict[str, int]:
    assert diagnosis.capacity is not None
    return {bound.name: bound.sockets for bound in diagnosis.capacity.bounds}


def test_a_socket_takes_two_connections_of_a_worker(tmp_path: Path):
    found = bounds(judged(tmp_path))
    assert found == {
        "worker_connections": 384,
        "open files of nginx": 496,
        "open files of the backend": 992,
        "local ports": 28232,
        "nf_conntrack_max": 131072,
    }


def test_the_tightest_bound_counts_and_says_why(tmp_path: Path):
    wide = {"1": ["nginx", 65536, 15], "2": ["nginx", 65536, 15]}
    seen = judged(tmp_path, files={"/etc/nginx/nginx.conf": MAIN}, capacity={"handles": wide})
    assert seen.capacity is not None
    assert (seen.capacity.sockets, seen.capacity.bounds[0].name) == (992, "open files of the backend")
    assert bounds(seen)["worker_connections"] == 40000


def test_a_limit_of_files_in_the_configuration_counts_before_that_of_the_process(tmp_path: Path):
    found = bounds(judged(tmp_path, files={"/etc/nginx/nginx.conf": f"worker_rlimit_nofile 5032;\n{MAIN}"}))
    assert found["worker_rlimit_nofile"] == 10000
    assert "open files of nginx" not in found


def test_of_several_processes_one_keeps_the_others(tmp_path: Path):
    listeners = [["0.0.0.0", 443, 1], ["127.0.0.1", 8000, 20], ["127.0.0.1", 8000, 21], ["127.0.0.1", 8000, 22]]
    more = {"21": ["uvicorn", 1024, 9], "22": ["uvicorn", 1024, 9]}
    found = bounds(judged(tmp_path, listeners=listeners, capacity={"handles": more}))
    assert found["open files of the backend"] == 2 * 992


def test_behind_apache_each_socket_takes_a_worker(tmp_path: Path):
    found = bounds(judged(tmp_path, site={"proxy": {"kind": "apache"}}))
    assert found["MaxRequestWorkers"] == 400
    assert "worker_connections" not in found


def test_what_was_not_seen_gives_no_bound(tmp_path: Path):
    assert bounds(judged(tmp_path, capacity=False)) == {"worker_connections": 384}


def test_from_outside_only_nothing_is_told(tmp_path: Path):
    seen = judged(tmp_path, inside=False)
    assert seen.capacity is None
    assert (room_lines(seen, Paint(on=False)), room_document(seen)) == ([], None)


def test_the_section_is_told_within_the_width(tmp_path: Path):
    lines = room_lines(judged(tmp_path), Paint(on=False))
    assert lines[1] == "  room"
    assert "about 384 sockets at once, because of worker_connections" in " ".join(" ".join(lines).split())
    assert max(len(line) for line in lines) <= 80


def test_programs_are_told_every_bound(tmp_path: Path):
    document = room_document(judged(tmp_path))
    assert document is not None
    assert document["sockets"] == min(bound["sockets"] for bound in document["bounds"])


@pytest.mark.parametrize(("number", "told"), [(999, "999"), (28232, "28,000"), (131072, "130,000")])
def test_large_numbers_are_rounded_down(tmp_path: Path, number: int, told: str):
    ports = [40000, 40000 + number - 1]
    handles = {"20": ["uvicorn", 10**7, 9], "1": ["nginx", 10**7, 9], "2": ["nginx", 10**7, 9]}
    main = MAIN.replace("20000", "9000000")
    seen = judged(
        tmp_path,
        files={"/etc/nginx/nginx.conf": main},
        capacity={"ports": ports, "handles": handles, "tracked": [0, 10**7]},
    )
    assert f"about {told} sockets" in " ".join(room_lines(seen, Paint(on=False)))
