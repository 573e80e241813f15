"""nginx: which server and location a URL takes, what is forwarded there, and the wording of changes."""

from wsfix.drivers.nginx.config import Config
from wsfix.drivers.nginx.location import Location, Modifier
from wsfix.drivers.nginx.server import Listen, Server
from wsfix.drivers.nginx.undefined import Unknown
from wsfix.drivers.problem import Problem

__all__ = ["Config", "Listen", "Location", "Modifier", "Problem", "Server", "Unknown"]
