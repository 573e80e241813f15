"""nginx: which server and location a URL takes, what it forwards, and the wording of changes."""

from wsfix.drivers.nginxconf.config import Config

__all__ = ["Config"]
