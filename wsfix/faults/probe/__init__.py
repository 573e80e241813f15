"""Faults of the operator's own test: they look at a command line, and at no host."""
