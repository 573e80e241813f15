"""Faults that only Caddy has."""
