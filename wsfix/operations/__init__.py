"""The only rooms that write to a host."""
