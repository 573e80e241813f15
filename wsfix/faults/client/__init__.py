"""Faults of the page or app that opens the socket: reported with file and line, never edited."""
