"""What the source of an application says about sockets, read by its syntax."""

from __future__ import annotations

import pytest

from wsfix.drivers import python
from wsfix.drivers.python import Program

CHANNELS = """
import os
from channels.routing import ProtocolTypeRouter, URLRouter
django_asgi_app = get_asgi_application()
websocket_urlpatterns = [
    re_path(r'^ws/notifications/(?P<user_id>[\\w\\-]+)/$', NotificationConsumer.as_asgi()),
    path("ws/rooms/<int:room>/", RoomConsumer.as_asgi()),
    path("nested/", URLRouter([path("<slug:name>", Named.as_asgi())])),
    path("admin/", admin.site.urls),
]
application = ProtocolTypeRouter({
    'http': django_asgi_app,
    'websocket': AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
})
"""
STARLETTE = """
router = APIRouter(prefix="/chat")
app = FastAPI()
@router.websocket("/ws/{user_id}")
async def room(socket: WebSocket, user_id: str): ...
app.include_router(router, prefix="/api")
routes = [WebSocketRoute("/files/{rest:path}", endpoint)]
"""


def read(text: str) -> Program:
    program = python.read(text)
    assert program is not None
    return program


def fits(text: str, path: str) -> bool:
    program = read(text)
    return any(python.matches(route, program.prefixes, path) for route in program.routes)


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/ws/notifications/ab-1/", True),
        ("/ws/notifications/ab-1", False),
        ("/ws/rooms/12/", True),
        ("/ws/rooms/twelve/", False),
        ("/nested/some-name", True),
        ("/some-name", True),  # a prefix may be left out: a route is only denied where nothing fits
        ("/admin/", False),
    ],
)
def test_routes_of_channels(path: str, there: bool):
    assert fits(CHANNELS, path) is there


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/api/chat/ws/1", True),
        ("/ws/1", True),
        ("/api/ws/1", True),
        ("/ws/1/", False),
        ("/be/ws/1", False),
        ("/files/a/b/c", True),
        ("/files", False),
    ],
)
def test_routes_of_starlette(path: str, there: bool):
    assert fits(STARLETTE, path) is there


@pytest.mark.parametrize(
    "line",
    [
        "@app.websocket(PATH)\nasync def f(): ...",
        "app.include_router(router, prefix=settings.PREFIX)",
        "app.include_router(router, **options)",
        'websocket_urlpatterns = [path(PREFIX + "ws/", C.as_asgi())]',
        "app.mount(PREFIX, other)",
        '@app.websocket("/ws/***")\nasync def f(): ...',
    ],
)
def test_what_is_no_text_leaves_the_routes_open(line: str):
    assert read(line).open


def test_the_parts_of_an_asgi_module():
    program = read(CHANNELS)
    assert program.protocols is not None
    assert (program.protocols.items, program.protocols.line, program.protocols.open) == (
        ("http", "websocket"),
        11,
        False,
    )
    assert program.validator is not None
    assert program.only_http is None
    assert read("application = get_asgi_application()").only_http == 1
    assert read("application = get_asgi_application()\napplication = Wrapped(application)").only_http is None


@pytest.mark.parametrize(
    ("text", "items", "open_"),
    [
        ('INSTALLED_APPS = ["daphne", "django.contrib.auth"]', ("daphne", "django.contrib.auth"), False),
        ('INSTALLED_APPS = ["a"]\nINSTALLED_APPS += ["daphne"]', ("a", "daphne"), False),
        ('INSTALLED_APPS += ["channels"]', ("channels",), True),
        ('INSTALLED_APPS = ["a", *THIRD]', ("a",), True),
        ('INSTALLED_APPS = ["a", "***"]', ("a", "***"), True),
        ("INSTALLED_APPS = apps()", (), True),
    ],
)
def test_a_list_of_the_settings_and_whether_it_is_whole(text: str, items: tuple[str, ...], open_: bool):
    words = read(text).installed_apps
    assert words is not None
    assert (words.items, words.open) == (items, open_)


def test_origins_and_hosts():
    text = (
        'app.add_middleware(CORSMiddleware, allow_origins=["https://a.example"])\n'
        'app = Starlette(middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["a.example"])])\n'
        'sio = socketio.AsyncServer(cors_allowed_origins=["https://b.example"])\n'
    )
    program = read(text)
    told = [program.cors, program.trusted_hosts, program.sio_origins]
    assert [(words.line, words.items) for words in told if words] == [
        (1, ("https://a.example",)),
        (2, ("a.example",)),
        (3, ("https://b.example",)),
    ]


REDIS, MEMORY = "channels_redis.core.RedisChannelLayer", "channels.layers.InMemoryChannelLayer"


def layers(name: str) -> str:
    return f"CHANNEL_LAYERS = {{'default': {{'BACKEND': '{name}'}}}}"


@pytest.mark.parametrize(
    ("text", "backend", "unless"),
    [
        (layers(MEMORY), MEMORY, ""),
        (f"{layers(MEMORY)}\n{layers(REDIS)}", REDIS, ""),
        (
            f"U = os.environ.get('REDIS_URL')\nif U:\n    {layers(REDIS)}\nelse:\n    {layers(MEMORY)}",
            MEMORY,
            "REDIS_URL",
        ),
        (f"if not os.getenv('REDIS_URL'):\n    {layers(MEMORY)}\nelse:\n    {layers(REDIS)}", MEMORY, "REDIS_URL"),
        (f"{layers(MEMORY)}\nif 'REDIS_URL' in os.environ:\n    {layers(REDIS)}", MEMORY, "REDIS_URL"),
    ],
)
def test_the_channel_layer_that_is_in_force_without_a_variable(text: str, backend: str, unless: str):
    layer = read(text).layer
    assert layer is not None
    assert (layer.backend, layer.unless) == (backend, unless)


@pytest.mark.parametrize(
    "text",
    [
        f"if DEBUG:\n    {layers(MEMORY)}\nelse:\n    {layers(REDIS)}",
        f"U = os.environ.get('REDIS_URL', 'redis://localhost')\nif U:\n    {layers(REDIS)}\nelse:\n    {layers(MEMORY)}",
        "CHANNEL_LAYERS = layers()",
        "X = 1",
    ],
)
def test_a_layer_that_something_else_decides_is_not_told(text: str):
    assert read(text).layer is None


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ('if socket.headers.get("origin") not in ALLOWED: ...', True),
        ("origin = dict(scope['headers']).get(b'origin')", True),
        ("socket.headers['Origin']", True),
        ("# the origin of all evil", False),
        ('original = headers.get("original")', False),
    ],
)
def test_whether_a_module_looks_at_the_origin(text: str, looks: bool):
    assert read(text).reads_origin is looks


@pytest.mark.parametrize("text", ["def (", "print 'old'", "\0", "(" * 10000])
def test_what_is_no_python_is_nothing(text: str):
    assert python.read(text) is None
