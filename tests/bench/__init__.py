"""Benchmarks that need no host: two things side by side in one run."""
