"""Faults of proxies that are told by their route alone: the same behind Caddy and HAProxy."""
