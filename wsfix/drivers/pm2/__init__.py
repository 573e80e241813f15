"""PM2: what an ecosystem file says, and the commands by which its daemon's own user changes what it keeps."""

from wsfix.drivers.pm2.commands import Cli
from wsfix.drivers.pm2.ecosystem import Declared, Literal, declared

__all__ = ["Cli", "Declared", "Literal", "declared"]
