"""Faults of Apache's configuration, modules and program."""
