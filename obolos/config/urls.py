"""Every URL, by interface. tests/architecture holds each of them to an access rule."""

from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("", include("obolos.interfaces.portal.urls")),
    path("callbacks/", include("obolos.interfaces.callbacks.urls")),
    path("office/", include("obolos.interfaces.office.urls")),
    path("language/", set_language, name="set_language"),
]

handler400 = "obolos.interfaces.portal.errors.bad_request"
handler403 = "obolos.interfaces.portal.errors.forbidden"
handler404 = "obolos.interfaces.portal.errors.not_found"
handler500 = "obolos.interfaces.portal.errors.server_error"
