"""PayCode (κωδικός πληρωμής): what a notice or a link carries so that its holder can pay one debt without an account."""

from django.db import models

from obolos.base.tenant_model import TenantModel


class PayCode(TenantModel):
    """A debt's own code, 80 random bits: whoever holds it may see and pay that debt, and never learns whose it is.

    One per debt, made when it is first printed or sent. It stays as long as the debt does: paper is kept for years.
    """

    debt = models.ForeignKey(
        "debts.Debt", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    code = models.CharField(max_length=16, unique=True)
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "pay_code"
        constraints = [models.UniqueConstraint(fields=["municipality", "debt"], name="pay_code_once")]
