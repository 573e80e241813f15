"""The project for servers that speak WSGI: plain HTTP only."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "Parkmate.settings")

application = get_wsgi_application()
