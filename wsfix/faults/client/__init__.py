"""Faults of the page or app that opens the socket, as far as its files lie on the server. They are advice."""
