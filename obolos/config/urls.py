"""Every URL, by interface. tests/architecture holds each of them to an access rule."""

from django.urls import include, path

urlpatterns = [
    path("", include("obolos.interfaces.portal.urls")),
    path("callbacks/", include("obolos.interfaces.callbacks.urls")),
    path("office/", include("obolos.interfaces.office.urls")),
]

handler400 = "obolos.interfaces.portal.errors.bad_request"
handler403 = "obolos.interfaces.portal.errors.forbidden"
handler404 = "obolos.interfaces.portal.errors.not_found"
handler500 = "obolos.interfaces.portal.errors.server_error"
