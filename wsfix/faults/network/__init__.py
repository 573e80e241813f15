"""Faults on the way to the server: packet filters and ports."""
