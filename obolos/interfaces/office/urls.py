"""URLs of the office. None carries an ΑΦΜ; numbers are rows of the signed-in municipality, or lead to «not found»."""

from django.urls import include, path, register_converter

from obolos.interfaces.office import (
    account,
    certificates,
    clearance_rule,
    door,
    entrance,
    events,
    exports,
    files,
    inquiries,
    kinds,
    notices,
    reminders,
    slips,
    stories,
    uptake,
    views,
)


class RowNumber:
    """An id that fits a row: anything else is no address of ours."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        """As found in an address."""
        return int(value)

    def to_url(self, value: int) -> str:
        """As put into an address."""
        return str(value)


class TicketCode:
    """The code of a ticket, as printed in its QR or typed in small letters."""

    regex = "[0-9A-Za-z]{16}"

    def to_python(self, value: str) -> str:
        """As found in an address."""
        return value

    def to_url(self, value: str) -> str:
        """As put into an address."""
        return value


register_converter(RowNumber, "row")
register_converter(TicketCode, "ticket")

urlpatterns = [
    path("", views.home, name="office"),
    path("search/", views.search, name="office_search"),
    path("payers/<row:debtor_id>/", views.payer, name="office_payer"),
    path("orders/<row:order_id>/", stories.order, name="office_order"),
    path("orders/<row:order_id>/proof.pdf", stories.proof, name="office_proof"),
    path("orders/<row:order_id>/resend/", stories.resend_order, name="office_resend"),
    path("payments/<row:payment_id>/", stories.payment, name="office_payment"),
    path("worklist/", views.worklist, name="office_worklist"),
    path("payers/<row:debtor_id>/notice/", notices.make_one, name="office_notice_make"),
    path("notice/<row:notice_id>.pdf", notices.notice, name="office_notice"),
    path("notices/", notices.notices, name="office_notices"),
    path("notices/start/", notices.start, name="office_notices_start"),
    path("notices/<row:batch_id>/", notices.batch, name="office_batch"),
    path("notices/<row:batch_id>/cancel/", notices.cancel, name="office_batch_cancel"),
    path("notices/<row:batch_id>/<row:number>.pdf", notices.file, name="office_batch_file"),
    path("notices/<row:batch_id>/all.zip", notices.archive, name="office_batch_archive"),
    path("notices/<row:batch_id>/codes.csv", notices.codes, name="office_batch_codes"),
    path("inquiries/", inquiries.inquiries, name="office_inquiries"),
    path("inquiries/<row:inquiry_id>/", inquiries.inquiry, name="office_inquiry"),
    path("slips/", slips.pads, name="office_slips"),
    path("slips/pads/<row:pad_id>.pdf", slips.pad_sheet, name="office_pad_sheet"),
    path("slips/pads/<row:pad_id>.csv", slips.pad_codes, name="office_pad_codes"),
    path("slips/pads/<row:pad_id>/void/", slips.pad_void, name="office_pad_void"),
    path("slips/<row:slip_id>/", slips.slip, name="office_slip"),
    path("slips/<row:slip_id>/match/", slips.match, name="office_slip_match"),
    path("slips/<row:slip_id>/leave/", slips.leave, name="office_slip_leave"),
    path("export/", exports.export, name="office_export"),
    path("import/", files.upload, name="office_import"),
    path("import/<row:file_id>/", files.file, name="office_file"),
    path("import/<row:file_id>/confirm/", files.confirm, name="office_file_confirm"),
    path("reminders/", reminders.reminders, name="office_reminders"),
    path("uptake/", uptake.uptake, name="office_uptake"),
    path("kinds/", kinds.kinds, name="office_kinds"),
    path("door/", door.door, name="office_door"),
    path("door/preview/", door.preview, name="office_door_preview"),
    path("door/publish/", door.publish_door, name="office_door_publish"),
    path("door/emblem.png", door.emblem, name="office_door_emblem"),
    path("door/colours.css", door.colours, name="office_door_colours"),
    path("door/embed/", door.embed, name="office_door_embed"),
    path("door/clearance/", clearance_rule.clearance_rule, name="office_clearance_rule"),
    path("door/<ticket:ticket_code>/", entrance.ticket, name="office_ticket"),
    path("entrance/", entrance.at_entrance, name="office_entrance"),
    path("events/", events.events, name="office_events"),
    path("events/new/", events.new_event, name="office_event_new"),
    path("events/<row:event_id>/", events.event, name="office_event"),
    path("events/<row:event_id>/edit/", events.edit_event, name="office_event_edit"),
    path("events/<row:event_id>/cancel/", events.cancel_event, name="office_event_cancel"),
    path("events/<row:event_id>/sales/", events.sales, name="office_event_sales"),
    path("certificates/", certificates.certificates, name="office_certificates"),
    path("certificates/new/", certificates.new_kind, name="office_certificate_new"),
    path("certificates/<row:certificate_id>/", certificates.edit_kind, name="office_certificate_edit"),
    path("certificates/<row:purchase_row>/issue/", certificates.issue_certificate, name="office_certificate_issue"),
    path("account/", include(account.urlpatterns)),
]
