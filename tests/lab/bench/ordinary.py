"""The same state as an ordinary pyinfra deploy keeps it; it looks at files and units, and asks no socket."""

from pyinfra import host
from pyinfra.operations import apt, files, systemd

source = host.data.get("bench_source")

apt.packages(name="nginx is installed", packages=["nginx"], update=False)
files.put(name="the map", src=f"{source}/websocket.conf", dest="/etc/nginx/conf.d/websocket.conf", mode="644")
files.put(name="the site", src=f"{source}/site.conf", dest="/etc/nginx/sites-available/backend.chat.conf", mode="644")
files.link(
    name="the site is enabled",
    path="/etc/nginx/sites-enabled/backend.chat.conf",
    target="/etc/nginx/sites-available/backend.chat.conf",
)
files.put(name="the unit", src=f"{source}/chat.service", dest="/etc/systemd/system/chat.service", mode="644")
files.line(name="the origins", path="/etc/chat/chat.env", line="^CORS_ORIGINS=", replace=host.data.get("bench_origins"))
files.line(name="the port", path="/etc/chat/chat.env", line="^PORT=", replace="PORT=8000")
for port in (22, 80, 443):
    files.line(name=f"port {port} is let in", path="/etc/ufw/user.rules", line=f"### tuple ### allow tcp {port} .*")
systemd.service(name="the chat runs", service="chat", running=True, enabled=True)
systemd.service(name="nginx runs", service="nginx", running=True, enabled=True)
