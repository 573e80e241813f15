"""The wheel carries what an operator runs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_carries_deploys_templates_and_the_shell_of_the_transaction(tmp_path):
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("wsfix-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, carried in (("deploys", "wsfix/_shipped/deploys"), ("templates", "wsfix/_shipped/templates")):
        for file in (ROOT / folder).rglob("*.*"):
            if "__pycache__" not in file.parts:
                assert f"{carried}/{file.relative_to(ROOT / folder)}" in names
    assert "wsfix/operations/sh/apply.sh" in names
    assert "wsfix/py.typed" in names
    assert not [name for name in names if name.startswith("tests/")]
