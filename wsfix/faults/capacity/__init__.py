"""Faults of room: connections, open files, workers, ports, memory and disk."""
