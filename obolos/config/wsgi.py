"""WSGI entry point of the web processes. Whatever every page needs is read here, before the first visitor comes."""

import os

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.urls import reverse
from django.utils import translation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obolos.config.settings")


def _ready() -> WSGIHandler:
    """The application with its addresses, pages and texts in memory. Asks neither the database nor anybody outside."""
    made: WSGIHandler = get_wsgi_application()
    for language, _ in settings.LANGUAGES:
        with translation.override(language):
            reverse("home")
    return made


application = _ready()
