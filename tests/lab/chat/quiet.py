"""The quiet chat: the same application, but the server never pings, so an idle socket stays silent."""

import uvicorn
from server import PORT, app

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, ws_ping_interval=None)
