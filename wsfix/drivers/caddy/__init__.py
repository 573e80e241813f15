"""Caddy: which site and directive a URL takes, what is forwarded there, and the wording of changes."""

from wsfix.drivers.caddy.address import Address, Site
from wsfix.drivers.caddy.config import Config
from wsfix.drivers.problem import Problem

__all__ = ["Address", "Config", "Problem", "Site"]
