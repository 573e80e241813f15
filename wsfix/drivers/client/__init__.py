"""Command lines of the programs by which people test a socket, read as what they would do."""

from __future__ import annotations

from wsfix.drivers.client.reading import read

__all__ = ["read"]
