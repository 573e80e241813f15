"""HAProxy: which backend and which server a URL takes, what is done to it on the way, and the wording of changes."""

from wsfix.drivers.haproxy.config import Config
from wsfix.drivers.haproxy.listening import Bind, Server
from wsfix.drivers.haproxy.upstreams import Member
from wsfix.drivers.problem import Problem

__all__ = ["Bind", "Config", "Member", "Problem", "Server"]
