"""Django's name for this package."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "obolos.domain.offerings"
    label = "offerings"
