"""What is HAProxy's own: its tunnels, its health checks, the order of its rules, its limits."""
