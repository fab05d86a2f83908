"""URLs that banks and DIAS have on record."""

from django.urls import path

from obolos.interfaces.callbacks import views

urlpatterns = [
    path("piraeus/success/", views.piraeus_return),
    path("piraeus/failure/", views.piraeus_return),
    path("piraeus/cancel/", views.piraeus_cancel),
    path("dias/online/", views.dias_online),
]
