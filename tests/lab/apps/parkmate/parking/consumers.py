"""The socket of a user: it carries what views send to the user, and echoes."""

import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer


class NotificationConsumer(AsyncWebsocketConsumer):
    """Holds one open page of one user."""

    async def connect(self) -> None:
        """Join the user's group."""
        self.group = f"user_{self.scope['url_route']['kwargs']['user_id']}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        """Leave it."""
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Echo each text."""
        await self.send(json.dumps({"echo": text_data}))

    async def send_notification(self, event: dict[str, Any]) -> None:
        """Pass on what a view has sent to the group."""
        await self.send(json.dumps({"level": event["level"], "message": event["message"]}))
