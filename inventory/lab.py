"""The hosts of the lab that run now (`make lab-up`), each with its chat behind nginx."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.lab.state import running_hosts


def _data(card):
    become = {"_sudo": True} if card.user != "root" else {}
    if card.sudo_password_file:
        become["_sudo_password"] = Path(card.sudo_password_file).read_text(encoding="utf-8").strip()
    return {
        "ssh_hostname": card.address4,
        "ssh_port": card.ssh_port,
        "ssh_user": card.user,
        "ssh_key": card.key,
        "ssh_known_hosts_file": card.known_hosts,
        "ssh_strict_host_key_checking": "yes",
        **become,
        "sites": [
            {
                "name": "chat",
                "url": f"wss://{card.site}/api/chat/ws/{{user}}",
                "address": card.address4,
                "origins": [f"https://{card.site}"],
                "proxy": {"kind": "nginx", "file": "/etc/nginx/sites-available/backend.chat.conf"},
                "backend": {"framework": "fastapi", "port": 8000},
                "service": {"manager": "systemd", "name": "chat"},
                "env": {"file": "/etc/chat/chat.env", "origins_key": "CORS_ORIGINS"},
                "firewall": {"open": [80, 443], "closed": [8000]},
                "idle_seconds": 3600,
                "probe": {
                    "path_values": {"user": "lobby"},
                    "send": "hello",
                    "expect": "hello",
                    "ca_file": card.ca,
                    "timeout_seconds": 5,
                },
            }
        ],
    }


lab = [(card.name, _data(card)) for card in running_hosts()]
