"""Two views: create a payment for two debts, and take the bank's word for it."""

import json

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from bench.lean.models import Allocation, BankEvent, Counter, Debt, Outbox, Payment, Posting, Receipt


@csrf_exempt
def create(request: HttpRequest) -> JsonResponse:
    """A payment with its allocations."""
    asked = json.loads(request.body)
    with transaction.atomic():
        debts = list(Debt.objects.filter(pk__in=asked["debts"]))
        total = sum(debt.amount_cents for debt in debts)
        payment, new = Payment.objects.get_or_create(
            key=asked["key"], defaults={"town": asked["town"], "amount_cents": total}
        )
        if new:
            Allocation.objects.bulk_create(
                [Allocation(payment=payment, debt=debt, amount_cents=debt.amount_cents) for debt in debts]
            )
    return JsonResponse({"id": payment.pk}, status=201)


@csrf_exempt
def callback(request: HttpRequest) -> JsonResponse:
    """Paid: event, debts, postings, outbox, number, receipt."""
    asked = json.loads(request.body)
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=asked["id"])
        if payment.status:
            return JsonResponse({"receipt": Receipt.objects.get(payment=payment).no})
        BankEvent.objects.create(payment=payment, provider_ref=asked["ref"], body={"result": "ok", "ref": asked["ref"]})
        payment.status, payment.paid_at, payment.bank_ref = 1, timezone.now(), asked["ref"]
        payment.save(update_fields=["status", "paid_at", "bank_ref"])
        allocations = list(Allocation.objects.filter(payment=payment).order_by("debt_id"))
        for one in allocations:
            Debt.objects.filter(pk=one.debt_id).update(paid_cents=F("paid_cents") + one.amount_cents)
        Posting.objects.bulk_create(
            [Posting(payment=payment, account=11, amount_cents=payment.amount_cents)]
            + [Posting(payment=payment, account=20, amount_cents=-one.amount_cents) for one in allocations]
        )
        Outbox.objects.bulk_create([Outbox(kind=kind, body={"payment": payment.pk}) for kind in ("mail", "erp")])
        counter = Counter.objects.select_for_update().get(town=payment.town)
        number = counter.next_no
        counter.next_no += 1
        counter.save(update_fields=["next_no"])
        Receipt.objects.create(town=payment.town, no=number, payment=payment)
    return JsonResponse({"receipt": number})


urlpatterns = [path("pay", create), path("callback", callback)]
