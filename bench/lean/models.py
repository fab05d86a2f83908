"""Eight plain tables."""

from django.db import models


class Debt(models.Model):
    """What is owed."""

    town = models.IntegerField()
    amount_cents = models.BigIntegerField()
    paid_cents = models.BigIntegerField(default=0)


class Counter(models.Model):
    """The next number of a town."""

    town = models.IntegerField(primary_key=True)
    next_no = models.BigIntegerField(default=1)


class Payment(models.Model):
    """A payment, created and then paid."""

    town = models.IntegerField()
    key = models.TextField(unique=True)
    amount_cents = models.BigIntegerField()
    status = models.SmallIntegerField(default=0)
    bank_ref = models.TextField(default="")
    created_at = models.DateTimeField(auto_now_add=True)
    paid_at = models.DateTimeField(null=True)


class Allocation(models.Model):
    """What a payment pays of a debt."""

    payment = models.ForeignKey(Payment, models.DO_NOTHING)
    debt = models.ForeignKey(Debt, models.DO_NOTHING)
    amount_cents = models.BigIntegerField()


class BankEvent(models.Model):
    """What the bank said."""

    payment = models.ForeignKey(Payment, models.DO_NOTHING)
    provider_ref = models.TextField(unique=True)
    body = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)


class Posting(models.Model):
    """One side of an entry."""

    payment = models.ForeignKey(Payment, models.DO_NOTHING)
    account = models.SmallIntegerField()
    amount_cents = models.BigIntegerField()


class Outbox(models.Model):
    """Something to tell somebody."""

    kind = models.TextField()
    body = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)


class Receipt(models.Model):
    """A numbered receipt."""

    town = models.IntegerField()
    no = models.BigIntegerField()
    payment = models.OneToOneField(Payment, models.DO_NOTHING)
