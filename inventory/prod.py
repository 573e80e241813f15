"""An example inventory: five kinds of site, what runs on them, and what their sockets need. Plain data, nothing to import.

Every key is described by `wsfix schema`. Secrets are named, never written: an environment variable (`from_env`) or a
file (`from_file`) of the machine that runs wsfix. Lists at the top level are groups of hosts (pyinfra's rule), so
anything else that is a list begins with an underscore or stands in group_data/.

`provision` is read by deploys/provision.py alone, which makes a site on a blank host; all else looks after what is there.
"""

import os

# FastAPI under systemd, behind nginx
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
    # without `enabled` a packet filter that is off stays off
    "firewall": {"open": [80, 443], "closed": [8000], "enabled": True},
    # a silent socket must live an hour at the proxy
    "idle_seconds": 3600,
    "probe": {
        "path_values": {"user": "wsfix"},
        "query_from_env": {"token": "CHAT_PROBE_TOKEN"},
        "send": '{"type": "ping"}',
        "expect": "pong",
        "timeout_seconds": 10,
    },
    "provision": {
        # a directory of this machine, or a git URL
        "source": "../chat",
        "entrypoint": "server:app",
        # files of this machine; or "certbot": {"email": "ops@example.com"} for a public name
        "certificate": {"certificate": "../tls/chat.pem", "key": "../tls/chat.key"},
    },
}

# FastAPI under systemd, behind Apache; pages beside it, built with an env file of their own
_hub = {
    "name": "hub",
    # the public path has a prefix that the application does not know
    "url": "wss://hub.example.com/be/ws/{user}",
    "origins": ["https://hub.example.com"],
    "proxy": {"kind": "apache"},
    "backend": {"framework": "fastapi", "port": 8001, "path": "/ws/{user}", "directory": "/opt/hub/current/backend"},
    "service": {"name": "hub"},
    "env": {
        "file": "/etc/hub/backend.env",
        "origins_key": "CORS_ORIGINS",
        "values": {"JWT_SECRET_KEY": {"from_env": "HUB_JWT_SECRET"}},
    },
    "client": {
        "env_file": "/etc/hub/frontend.env",
        "values": {"REACT_APP_BACKEND_URL": "https://hub.example.com/be"},
        "files": ["/opt/hub/current/frontend/src", "/opt/hub/current/frontend/build"],
    },
    "firewall": {"open": [80, 443], "closed": [8001]},
    "provision": {
        "source": "https://git.example.com/hub.git",
        "revision": "v2.1",
        "workdir": "backend",
        "entrypoint": "server:app",
        "static": "frontend/build",
        "certbot": {"email": "ops@example.com"},
    },
}

# FastAPI kept by PM2; whoever opens the socket logs in first and shows the token
_talk = {
    "name": "talk",
    "url": "wss://talk.example.com/api/chat/ws/{user}",
    "backend": {"framework": "fastapi", "port": 8000},
    "service": {
        "manager": "pm2",
        "name": "talk-backend",
        "user": "talk",
        "ecosystem": "/opt/talk/ecosystem.config.js",
    },
    "firewall": {"open": [80, 443], "closed": [8000]},
    "probe": {
        "login": {
            "path": "/api/auth/login",
            "fields": {"username": "probe@example.com", "password": {"from_env": "TALK_PROBE_PASSWORD"}},
            "encoding": "form",
        },
        "token": {"field": "access_token", "place": "query", "name": "token"},
    },
}

# Socket.IO on Node, for a mobile client without an origin
_valet = {
    "name": "valet",
    "url": "ws://valet.example.com/ws",
    "protocol": "socketio",
    "socketio": {"auth": {"token": {"from_env": "VALET_PROBE_TOKEN"}}},
    "backend": {"framework": "socketio", "port": 3000},
    "service": {"manager": "pm2", "name": "valet", "user": "valet", "ecosystem": "/opt/valet/ecosystem.config.js"},
    "env": {"file": "/etc/valet/valet.env", "values": {"ACCESS_TOKEN": {"from_env": "VALET_ACCESS_TOKEN"}}},
    "firewall": {"open": [80], "closed": [3000]},
    "provision": {"source": "../valet", "runtime": "node", "entrypoint": "server.js"},
}

# Django and Channels: Daphne holds the sockets, gunicorn answers the rest, Redis joins the two
_park = {
    "name": "park",
    "url": "wss://park.example.org/ws/notifications/{id}/",
    "origins": ["https://park.example.org"],
    "backend": {"framework": "channels", "port": 8001, "directory": "/opt/park/current"},
    "service": {"name": "park"},
    "env": {
        "file": "/etc/park/park.env",
        "values": {"DJANGO_SECRET_KEY": {"from_file": "../secrets/park-django"}, "ALLOWED_HOSTS": "park.example.org"},
    },
    "firewall": {"open": [80, 443], "closed": [8000, 8001]},
    "provision": {
        "source": "../park",
        "entrypoint": "park.asgi:application",
        "http": {"entrypoint": "park.wsgi:application", "port": 8000},
        "packages": ["redis-server"],
        "certificate": {"certificate": "../tls/park.pem", "key": "../tls/park.key"},
    },
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
    ("hub.example.com", {"ssh_user": "root", "sites": [_hub]}),
    ("talk.example.com", {"ssh_user": "root", "sites": [_talk]}),
    ("valet.example.com", {"ssh_user": "deploy", "_sudo": True, "sites": [_valet]}),
    ("park.example.org", {"ssh_user": "root", "ssh_port": 2222, "sites": [_park]}),
]
