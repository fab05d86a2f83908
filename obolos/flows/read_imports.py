"""Staff see which debts files came in, how far one is, and what its report says."""

from obolos.base.tenancy import tenancy
from obolos.domain.debts.models import DebtsFile


def recent_imports(municipality_id: int, *, count: int = 30) -> list[DebtsFile]:
    """The newest files, newest first."""
    with tenancy(municipality=municipality_id):
        return list(DebtsFile.objects.filter(municipality_id=municipality_id).order_by("-id")[:count])


def read_import(municipality_id: int, file_id: int) -> DebtsFile | None:
    """One file, or None when it is not this municipality's."""
    with tenancy(municipality=municipality_id):
        return DebtsFile.objects.filter(municipality_id=municipality_id, id=file_id).first()
