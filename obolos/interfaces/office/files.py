"""Clerks bring the debts file: upload, progress, report, and the question before a FULL file closes much."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from obolos.flows.import_debts import UploadTooLarge, confirm_closing, start_upload
from obolos.flows.read_imports import read_import, recent_imports
from obolos.interfaces.office.staff import staff_of, staff_required


@staff_required("CLERK", "ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file, or show the last ones."""
    staff = staff_of(request)
    error = ""
    if request.method == "POST":
        given = request.FILES.get("file")
        if given is None or not given.name:
            error = _("Choose the debts file first.")
        else:
            try:
                file_id = start_upload(
                    municipality_id=staff.municipality_id, name=given.name, chunks=given.chunks(), by_user=staff.user_id,
                    now=timezone.now(),
                )  # fmt: skip
                return HttpResponseRedirect(f"/office/import/{file_id}/")
            except UploadTooLarge:
                error = _("The file is too large. Split it, or import it by command.")
    values = {"files": recent_imports(staff.municipality_id), "error": error, "section": "import"}
    return render(request, "office/import.html", values, status=422 if error else 200)


@staff_required("CLERK", "ADMIN")
@require_safe
def file(request: HttpRequest, file_id: int) -> HttpResponse:
    """How far an import is, and its report."""
    found = read_import(staff_of(request).municipality_id, file_id)
    if found is None:
        raise Http404
    return render(request, "office/file.html", {"file": found, "section": "import"})


@staff_required("CLERK", "ADMIN")
@require_POST
def confirm(request: HttpRequest, file_id: int) -> HttpResponse:
    """Let a FULL file close what it leaves out."""
    staff = staff_of(request)
    asked = confirm_closing(
        municipality_id=staff.municipality_id, file_id=file_id, by_user=staff.user_id, now=timezone.now()
    )
    if not asked and read_import(staff.municipality_id, file_id) is None:
        raise Http404
    return HttpResponseRedirect(f"/office/import/{file_id}/")
