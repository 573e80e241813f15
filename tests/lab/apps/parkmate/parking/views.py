"""The views: one tells that HTTP works, one sends a notification into a user's sockets."""

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


def health(request: HttpRequest) -> JsonResponse:
    """Say that plain HTTP works."""
    return JsonResponse({"status": "ok"})


@csrf_exempt
@require_POST
def notify(request: HttpRequest, user_id: str) -> JsonResponse:
    """Send the text of the request to every open page of a user."""
    event = {"type": "send_notification", "level": "info", "message": request.body.decode()}
    async_to_sync(get_channel_layer().group_send)(f"user_{user_id}", event)
    return JsonResponse({"sent": True})
