"""Inside the product, for `bench.web_worker`: somebody pays one of his debts. `python -m bench.web_worker_probe PERSON`.

By RF code, as DIAS would tell it; says the path of the proof.
"""

import secrets
import sys

import django


def pay_one(person: int) -> str:
    """Order one debt by RF, let DIAS say that it was paid; the path of its proof."""
    from django.utils import timezone

    from obolos.adapters.dias.online import IncomingPayment, OnlineRequest
    from obolos.flows.demo_data.places import PLACES
    from obolos.flows.dias import answer_online
    from obolos.flows.order_status import order_view
    from obolos.flows.pay import pay_by_rf
    from obolos.flows.show_debts import Chosen, Payer, basket_of, debts_of

    now = timezone.now()
    code = PLACES[0].municipality.code
    view = debts_of(person, now=now)
    chosen = [Chosen(view.groups[0].rows[0].instalment_id)]
    cents = basket_of(view, chosen, now=now).legs[0].amount_cents
    order = pay_by_rf(
        payer=Payer(person_id=person), chosen=chosen, expected_cents=cents, form_token=secrets.token_hex(16),
        language="el", now=now,
    )  # fmt: skip
    told = IncomingPayment(
        rid="R1", organisation=PLACES[0].municipality.dias_code, bank_txn="T1", rf=order_view(order, now=now).rf,
        amount_cents=cents, paid_at=now, booked_on=None, debtor_name="ΔΟΚΙΜΗ", debtor_bank="", remittance="",
        line_of_business="", created_at=now,
    )  # fmt: skip
    (decision,) = answer_online(
        OnlineRequest("TEST", (told,)), user=f"dias-{code}", password=f"demo-dias-{code}", now=now
    )
    assert decision.rejection is None, decision
    return f"/pay/{order}/proof.pdf"


if __name__ == "__main__":
    django.setup()
    print(pay_one(int(sys.argv[1])))
