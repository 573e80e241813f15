"""An example inventory: two servers, what runs on them, and what their sockets need. Plain data, nothing to import.

Every key is described by `wsfix schema`. Secrets are named, never written: an environment variable (`from_env`) or a
file (`from_file`) of the machine that runs wsfix. Lists at the top level are groups of hosts (pyinfra's rule), so
anything else that is a list begins with an underscore or stands in group_data/.
"""

import os

_chat = {
    "name": "chat",
    # {user} stands for any value; probe.path_values says which one to try
    "url": "wss://chat.example.com/api/chat/ws/{user}",
    # the pages that open the socket: these origins must be let in
    "origins": ["https://chat.example.com", "https://www.example.com"],
    "proxy": {"kind": "nginx", "file": "/etc/nginx/sites-available/chat.conf"},
    "backend": {"framework": "fastapi", "port": 8000},
    "service": {"manager": "systemd", "name": "chat"},
    "env": {
        "file": "/etc/chat/chat.env",
        "origins_key": "CORS_ORIGINS",
        "values": {
            "LOG_LEVEL": "info",
            "JWT_SECRET": {"from_env": "CHAT_JWT_SECRET"},
        },
    },
    "firewall": {"open": [80, 443], "closed": [8000]},
    # a silent socket must live an hour at the proxy
    "idle_seconds": 3600,
    "probe": {
        "path_values": {"user": "wsfix"},
        "query_from_env": {"token": "CHAT_PROBE_TOKEN"},
        "send": '{"type": "ping"}',
        "expect": "pong",
        "timeout_seconds": 10,
    },
}

_notify = {
    "name": "notify",
    # the public path has a prefix that the application does not know
    "url": "wss://api.example.org/be/ws/{id}",
    "origins": ["https://app.example.org"],
    "backend": {"framework": "starlette", "port": 8001, "path": "/ws/{id}"},
    "service": {"manager": "systemd", "name": "notify"},
    "firewall": {"open": [80, 443], "closed": [8001]},
}

web = [
    (
        "chat.example.com",
        {
            "ssh_user": "deploy",
            "_sudo": True,
            # only where sudo asks for one
            "_sudo_password": os.environ.get("CHAT_SUDO_PASSWORD"),
            "sites": [_chat],
        },
    ),
    ("api.example.org", {"ssh_user": "root", "ssh_port": 2222, "sites": [_notify]}),
]
