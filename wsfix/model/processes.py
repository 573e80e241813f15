"""The shell that tells the processes of a host from those of its containers, which /proc shows beside them."""

from __future__ import annotations

OF_THIS_HOST = r"""
ours=$(readlink /proc/self/ns/pid 2>/dev/null)
of_this_host() { there=$(readlink "/proc/$1/ns/pid" 2>/dev/null); [ "${there:-$ours}" = "$ours" ]; }
"""
"""`of_this_host PID` succeeds for a process of the same PID namespace, and where that cannot be told (pid_namespaces(7))."""
