"""URLs of the office. None carries an ΑΦΜ."""

from django.urls import include, path

from obolos.interfaces.office import account, files, kinds, views

urlpatterns = [
    path("", views.home, name="office"),
    path("search/", views.search, name="office_search"),
    path("payers/<int:person_id>/", views.payer, name="office_payer"),
    path("orders/<int:order_id>/", views.order, name="office_order"),
    path("orders/<int:order_id>/resend/", views.resend_order, name="office_resend"),
    path("payments/<int:payment_id>/", views.payment, name="office_payment"),
    path("worklist/", views.worklist, name="office_worklist"),
    path("export/", views.export, name="office_export"),
    path("import/", files.upload, name="office_import"),
    path("import/<int:file_id>/", files.file, name="office_file"),
    path("import/<int:file_id>/confirm/", files.confirm, name="office_file_confirm"),
    path("kinds/", kinds.kinds, name="office_kinds"),
    path("kinds/<int:kind_id>/", kinds.switch, name="office_kind"),
    path("account/", include(account.urlpatterns)),
]
