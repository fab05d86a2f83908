"""A reference that we printed leads staff to what it stands for: an order, a payer, a slip, a message, a ticket.

Inside the tenancy of the searching municipality: another one's reference finds nothing here.
"""

from dataclasses import dataclass

from obolos.base.printed import Printed
from obolos.domain.clearances.queries import person_of_clearance
from obolos.domain.debts.debtor_queries import debtor_of_debt
from obolos.domain.messages.inquiry_queries import inquiry_by_reference
from obolos.domain.notices.queries import debt_of_pay_code, debtor_of_notice
from obolos.domain.notices.slip_mentions import slip_of_debt, slip_of_number, slip_of_rf
from obolos.domain.offerings.purchase_queries import PurchaseRow, purchase_of_reference, ticket_called
from obolos.domain.payments.story_queries import order_by_reference, order_of_debt
from obolos.domain.people.debtor_queries import debtor_of_person


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a reference leads. `about` says «slip:9», «inquiry:3», «event:4», «certificate:7» or «ticket:<code>».

    `order_id` and `debtor_id` go with it where they are known, for those who may not open the first.
    """

    about: str = ""
    order_id: int | None = None
    debtor_id: int | None = None

    @property
    def somewhere(self) -> bool:
        """Whether anything was found."""
        return bool(self.about or self.order_id or self.debtor_id)


NOWHERE = Lead()


def follow(sort: Printed, code: str) -> Lead:
    """Where a printed reference, as `printed_as` spells it, leads in this municipality."""
    match sort:
        case Printed.ORDER:
            return Lead(order_id=order_by_reference(code))
        case Printed.NOTICE:
            return Lead(debtor_id=debtor_of_notice(code))
        case Printed.PURCHASE:
            return _purchase(purchase_of_reference(code))
        case Printed.INQUIRY:
            inquiry = inquiry_by_reference(code)
            return Lead(f"inquiry:{inquiry.id}", debtor_id=debtor_of_debt(inquiry.debt_id)) if inquiry else NOWHERE
        case Printed.CLEARANCE:
            debtor = debtor_of_person(person_of_clearance(code))
            return Lead(debtor_id=debtor.id) if debtor else NOWHERE
        case Printed.SLIP:
            return _slip(slip_of_number(code))
    return _code(code)


def rf_on_slip(rf: str) -> Lead:
    """The slip on which an RF code was printed that no money came for yet."""
    return _slip(slip_of_rf(rf))


def _slip(slip_id: int | None) -> Lead:
    return Lead(f"slip:{slip_id}") if slip_id else NOWHERE


def _purchase(purchase: PurchaseRow | None) -> Lead:
    if purchase is None:
        return NOWHERE
    order_id = order_of_debt(purchase.debt_id) if purchase.debt_id else None
    if order_id:
        return Lead(order_id=order_id)
    if purchase.event_id:
        return Lead(f"event:{purchase.event_id}")
    return Lead(f"certificate:{purchase.id}")


def _code(code: str) -> Lead:
    """A pay code is that of a slip, of a debtor's debt, or of something sold; else it may be a ticket's."""
    debt_id = debt_of_pay_code(code)
    if debt_id is None:
        return Lead(f"ticket:{code}") if ticket_called(code) else NOWHERE
    slip_id = slip_of_debt(debt_id)
    if slip_id:
        return _slip(slip_id)
    debtor_id = debtor_of_debt(debt_id)
    return Lead(debtor_id=debtor_id) if debtor_id else Lead(order_id=order_of_debt(debt_id))
