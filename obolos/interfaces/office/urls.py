"""URLs of this interface."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
