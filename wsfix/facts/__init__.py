"""Looks from inside: pyinfra facts, each a fragment of POSIX shell and the reading of its output."""
