"""The strict chat: a server of the websockets library, which speaks HTTP/1.1 only (1.0 is answered 505)."""

import json
import os

from websockets.sync.server import ServerConnection, serve

PORT = int(os.environ.get("PORT", "8000"))


def chat(connection: ServerConnection) -> None:
    """Echo each text."""
    for text in connection:
        connection.send(json.dumps({"echo": text}))


if __name__ == "__main__":
    with serve(chat, "127.0.0.1", PORT) as server:
        server.serve_forever()
