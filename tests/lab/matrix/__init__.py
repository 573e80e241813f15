"""The matrix: every fault that can be made in the lab, on every system and release, named, repaired, proved and undone."""
