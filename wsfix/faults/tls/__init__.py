"""Faults of certificates and of the TLS handshake."""
