"""Looks from outside: each probe is one phase of the walk, with its own deadline."""
