"""Faults of nginx's configuration and of its program."""
