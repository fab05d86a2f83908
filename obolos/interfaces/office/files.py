"""Clerks bring the debts file: upload, progress, report line by line, and the question before a FULL file closes much."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from obolos.domain.debts.debts_file.wording import words
from obolos.flows.import_debts import UploadTooLarge, confirm_closing, start_upload
from obolos.flows.read_imports import FileUnknown, FileView, read_import, recent_imports
from obolos.interfaces.office.staff import language_of, staff_of, staff_required

#: While a file is read, its page is asked for again after so many seconds, without script.
LOOK_AGAIN_SECONDS = 2


@staff_required("CLERK", "ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file, or show the last ones."""
    staff = staff_of(request)
    error = ""
    if request.method == "POST":
        given = request.FILES.get("file")
        if given is None or not given.name or not given.size:
            error = "NO_FILE" if given is None or not given.name else "EMPTY"
        else:
            try:
                file_id = start_upload(
                    municipality_id=staff.municipality_id,
                    name=given.name,
                    chunks=given.chunks(),
                    by_user=staff.user_id,
                    now=timezone.now(),
                )
                return redirect("office_file", file_id)
            except UploadTooLarge:
                error = "TOO_LARGE"
    values = {
        "files": recent_imports(municipality_id=staff.municipality_id),
        "error": error,
        "section": "import",
    }
    return render(request, "office/import.html", values, status=422 if error else 200)


@staff_required("CLERK", "ADMIN")
@require_safe
def file(request: HttpRequest, file_id: int) -> HttpResponse:
    """How far an import is, then its report."""
    found = _file(request, file_id)
    language = language_of(request)
    values = {
        "file": found,
        "defects": _told(found.report.get("defects"), language),
        "notes": _told(found.report.get("notes"), language),
        "section": "import",
    }
    response = render(request, "office/file.html", values)
    if found.row.state == "CHECKING":
        response["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


@staff_required("CLERK", "ADMIN")
@require_POST
def confirm(request: HttpRequest, file_id: int) -> HttpResponse:
    """Let a FULL file close what it leaves out."""
    staff = staff_of(request)
    _file(request, file_id)
    confirm_closing(municipality_id=staff.municipality_id, file_id=file_id, by_user=staff.user_id, now=timezone.now())
    return redirect("office_file", file_id)


def _file(request: HttpRequest, file_id: int) -> FileView:
    try:
        return read_import(file_id, municipality_id=staff_of(request).municipality_id)
    except FileUnknown as error:
        raise Http404 from error


def _told(found: Any, language: str) -> list[dict[str, Any]]:
    """Findings of a report with their reason in words."""
    shown = found.get("shown", []) if isinstance(found, dict) else []
    return [one | {"words": words(one["reason"], language)} for one in shown]
