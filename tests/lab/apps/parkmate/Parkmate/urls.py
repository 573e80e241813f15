"""The routes of plain HTTP."""

from django.urls import path
from parking import views

urlpatterns = [
    path("api/health/", views.health),
    path("api/notify/<str:user_id>/", views.notify),
]
