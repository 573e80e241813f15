"""The hosts of the lab that run now (`make lab-up`), each with its chat behind nginx."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.lab.inventory import entries

lab = entries()
