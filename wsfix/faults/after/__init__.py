"""Faults that show only after the 101: who ends a silent socket, and who hears a message."""
