"""URLs of the citizens' portal: short, ASCII, and none that carries an ΑΦΜ."""

from django.urls import path

from obolos.interfaces.portal import clearances, contact, debts, doors, guest, health, orders, pages, pay, sign_in

urlpatterns = [
    path("", pages.home, name="home"),
    path("help/", pages.help_page, name="help"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("status/", pages.status, name="status"),
    path("language/", pages.language, name="language"),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("sign-in/", sign_in.start, name="sign_in"),
    path("sign-in/return/", sign_in.returned, name="sign_in_return"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("signed-out/", sign_in.signed_out, name="signed_out"),
    path("contact/", contact.contact, name="contact"),
    path("contact/confirm/", contact.confirm, name="contact_confirm"),
    path("debts/", debts.debts, name="debts"),
    path("pay/", pay.pay, name="pay"),
    path("pay/<slug:public_id>/", orders.order, name="order"),
    path("pay/<slug:public_id>/bank/", orders.bank, name="bank"),
    path("pay/<slug:public_id>/retry/", orders.retry, name="retry"),
    path("pay/<slug:public_id>/proof.pdf", orders.proof, name="proof"),
    path("pay/<slug:public_id>/reminder.ics", orders.reminder, name="reminder"),
    path("payments/", orders.payments, name="payments"),
    path("clearances/", clearances.clearances, name="clearances"),
    path("clearances/<slug:clearance>.pdf", clearances.certificate, name="clearance_pdf"),
    path("k/<str:code>", guest.debt, name="held_by_code"),
    path("k/<str:code>/", guest.debt),
    path("find/<str:grant>/", guest.debt, name="held_by_grant"),
    path("d/<slug:slug>/", doors.door, name="door"),
    path("d/<slug:slug>/emblem/<slug:digest>.png", doors.emblem, name="door_emblem"),
    path("d/<slug:slug>/colours/<slug:named>.css", doors.colours, name="door_colours"),
]
