"""The base of every table that belongs to one municipality."""

from django.db import models


class TenantModel(models.Model):
    """Rows that belong to one municipality. Every subclass's table carries row-level security from its first migration."""

    municipality = models.ForeignKey(
        "municipalities.Municipality",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        db_index=False,
    )

    class Meta:
        abstract = True
