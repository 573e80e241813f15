"""Faults of the server process, of what keeps it running, and of the environment that it was given."""
