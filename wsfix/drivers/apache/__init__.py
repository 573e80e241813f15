"""Apache: which virtual host and which entry a URL takes, what is forwarded there, and the wording of changes."""

from wsfix.drivers.apache.config import Config
from wsfix.drivers.apache.needs import Need
from wsfix.drivers.apache.rules import Condition, Rule
from wsfix.drivers.apache.server import Listen, Server
from wsfix.drivers.apache.shadow import Shadow
from wsfix.drivers.problem import Problem

__all__ = ["Condition", "Config", "Listen", "Need", "Problem", "Rule", "Server", "Shadow"]
