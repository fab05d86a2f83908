"""What can happen at the bank's page: each outcome decides about the money and says what the browser carries back.

An outcome gives a list of posts: one usually, none when the browser never returns, two when it returns twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox import bank
from sandbox.state import Charge, World

Outcome = Callable[[World, Charge], list["Post"]]


@dataclass(frozen=True)
class Post:
    """One request of the payer's browser to the portal."""

    url: str
    method: str
    fields: dict[str, str]

    def as_json(self) -> dict[str, object]:
        """For the control API."""
        return {"url": self.url, "method": self.method, "fields": self.fields}


#: Other names of outcomes, understood wherever a script names one.
ALIASES = {"closed_tab": "abandon", "iris_pending": "delay"}


def name_of(asked: object) -> str:
    """The outcome meant; the payer pays when nothing is said."""
    name = str(asked or "approve")
    return ALIASES.get(name, name)


def happen(world: World, charge: Charge, name: str, *, signed: bool = False) -> tuple[str, list[Post]]:
    """Let an outcome happen, or the fault that is due in its place. Gives what happened and the posts.

    `signed` makes a refusal carry its HashKey; banks often leave it out. Raises KeyError for an unknown name.
    """
    if name not in OUTCOMES:
        raise KeyError(name)
    if name not in ("cancel", "abandon"):
        name = world.take_fault("bank", OUTCOMES, charge.reference) or name
    bank.settle(world, charge)
    if name in ("cancel", "abandon"):
        return name, OUTCOMES[name][1](world, charge)
    if any(one.state == "PAID" for one in bank.charges_of(world, charge.reference, charge.merchant_id)):
        return "already_paid", _already_paid(world, charge)
    if bank.expired(charge):
        return "technical_failure", _technical_failure(world, charge)
    posts = OUTCOMES[name][1](world, charge)
    if signed:
        posts = [_signed(charge, one) if not one.fields.get("HashKey") and one.fields else one for one in posts]
    return name, posts


def _approve(world: World, charge: Charge) -> list[Post]:
    bank.decide(world, charge, "PAID", "00")
    return [_signed(charge, _return(world, "success", bank.post_back(charge)))]


def _decline(world: World, charge: Charge) -> list[Post]:
    bank.decide(world, charge, "FAILED", "05")
    return [_return(world, "failure", bank.post_back(charge))]


def _decline_signed(world: World, charge: Charge) -> list[Post]:
    return [_signed(charge, one) for one in _decline(world, charge)]


def _declined(code: str, auth: str = "01") -> Outcome:
    """A refusal with that response code, its return unsigned as banks do it."""

    def decline(world: World, charge: Charge) -> list[Post]:
        bank.decide(world, charge, "FAILED", code)
        return [_return(world, "failure", bank.post_back(charge, AuthStatus=auth))]

    return decline


def _not_authenticated(world: World, charge: Charge) -> list[Post]:
    """3-D Secure failed; only the signed return says so."""
    return [_signed(charge, one) for one in _declined("05", "03")(world, charge)]


def _delay(world: World, charge: Charge) -> list[Post]:
    bank.decide(world, charge, "PENDING", "09", method="IRIS")
    return [_signed(charge, _return(world, "success", bank.post_back(charge)))]


def _abandon(_world: World, _charge: Charge) -> list[Post]:
    return []


def _paid_closed_tab(world: World, charge: Charge) -> list[Post]:
    bank.decide(world, charge, "PAID", "00")
    return []


def _duplicate_return(world: World, charge: Charge) -> list[Post]:
    return _approve(world, charge) * 2


def _bad_hash(world: World, charge: Charge) -> list[Post]:
    [post] = _approve(world, charge)
    return [_with(post, HashKey=bank.sign("f" * 32, charge.pos_id, post.fields))]


def _changed_signed(world: World, charge: Charge) -> list[Post]:
    """A refusal that somebody turned into a success on its way."""
    [post] = _decline_signed(world, charge)
    told = _with(post, StatusFlag="Success", ResponseCode="00", ApprovalCode="389700")
    return [Post(told.url.replace("/failure/", "/success/"), told.method, told.fields)]


def _changed_unsigned(world: World, charge: Charge) -> list[Post]:
    """A true success whose unsigned values somebody changed on its way."""
    [post] = _approve(world, charge)
    changed = {
        "ResultCode": "1034", "ResultDescription": "changed", "ResponseDescription": "changed", "Amount": "0.01",
        "TransactionId": str(world.next()), "CardType": "4", "RetrievalRef": "999", "LanguageCode": "de-DE",
    }  # fmt: skip
    return [_with(post, **changed, PaymentMethod="Changed")]


def _other_transaction_id(world: World, charge: Charge) -> list[Post]:
    """The same success twice, the second time under another TransactionId, which no signature covers."""
    [post] = _approve(world, charge)
    return [post, _with(post, TransactionId=str(world.next()))]


def _technical_failure(world: World, charge: Charge) -> list[Post]:
    bank.decide(world, charge, "FAILED", "12")
    told = bank.post_back(
        charge,
        ResultCode="500",
        ResultDescription="Technical failure",
        ResponseCode="",
        ResponseDescription="",
        TransactionDateTime="-",
        TransactionId="",
        AuthStatus="",
        PackageNo="",
    )
    return [_return(world, "failure", told)]


def _only_follow_up(world: World, charge: Charge) -> list[Post]:
    """Paid, but the return proves nothing: only the bank's own answer tells it."""
    bank.decide(world, charge, "PAID", "00")
    return [_return(world, "failure", bank.post_back(charge, StatusFlag="", ResponseCode="", ApprovalCode=""))]


def _cancel(world: World, charge: Charge) -> list[Post]:
    return [Post(_address(world, "cancel"), "GET", dict(parse_qsl(charge.back_link)))]


def _already_paid(world: World, charge: Charge) -> list[Post]:
    paid = [one for one in bank.charges_of(world, charge.reference, charge.merchant_id) if one.state == "PAID"][-1]
    told = bank.post_back(paid, ResponseCode="11", ResponseDescription=bank.DESCRIPTIONS["11"], ApprovalCode="")
    return [_signed(charge, _return(world, "success", told))]


def _address(world: World, which: str) -> str:
    return f"{world.settings.portal}/callbacks/piraeus/{which}/"


def _return(world: World, which: str, fields: dict[str, str]) -> Post:
    return Post(_address(world, which), "POST", fields)


def _signed(charge: Charge, post: Post) -> Post:
    return _with(post, HashKey=bank.sign(charge.ticket, charge.pos_id, post.fields))


def _with(post: Post, **changes: str) -> Post:
    return Post(post.url, post.method, post.fields | changes)


#: Name → what it is called on the page (Greek, English), and what it does.
OUTCOMES: dict[str, tuple[tuple[str, str], Outcome]] = {
    "approve": (("Πληρωμή", "Pay"), _approve),
    "decline": (("Απόρριψη από την τράπεζα, χωρίς υπογραφή", "Declined, unsigned"), _decline),
    "decline_signed": (("Απόρριψη από την τράπεζα, με υπογραφή", "Declined, signed"), _decline_signed),
    "insufficient_funds": (("Ανεπαρκές υπόλοιπο", "Insufficient funds"), _declined("51")),
    "over_limit": (("Πάνω από το όριο της κάρτας", "Over the card's limit"), _declined("61")),
    "expired_card": (("Κάρτα που έληξε", "Expired card"), _declined("54")),
    "wrong_card_number": (("Λάθος αριθμός κάρτας", "Wrong card number"), _declined("14")),
    "wrong_security_code": (("Λάθος κωδικός ασφαλείας", "Wrong security code"), _declined("82")),
    "blocked_card": (("Κάρτα κλειδωμένη ή χαμένη", "Blocked or lost card"), _declined("41")),
    "not_permitted": (("Κάρτα χωρίς αγορές στο διαδίκτυο", "Card not for use online"), _declined("57")),
    "suspected_fraud": (("Υποψία απάτης", "Suspected fraud"), _declined("59")),
    "too_many_tries": (("Πολλές προσπάθειες", "Too many tries"), _declined("75")),
    "issuer_down": (("Η τράπεζα της κάρτας δεν απαντά", "The card's bank does not answer"), _declined("91")),
    "invalid": (("Μη έγκυρη κίνηση", "Invalid request"), _declined("12")),
    "not_authenticated": (("Αποτυχία 3-D Secure, με υπογραφή", "3-D Secure failed, signed"), _not_authenticated),
    "delay": (("Μεταφορά IRIS που αργεί", "IRIS transfer on its way"), _delay),
    "abandon": (("Κλείσιμο καρτέλας χωρίς πληρωμή", "Close the tab without paying"), _abandon),
    "paid_closed_tab": (("Πληρωμή και κλείσιμο καρτέλας", "Pay, then close the tab"), _paid_closed_tab),
    "duplicate_return": (("Πληρωμή, επιστροφή δύο φορές", "Pay, return twice"), _duplicate_return),
    "bad_hash": (("Πληρωμή, λάθος υπογραφή", "Pay, wrong signature"), _bad_hash),
    "changed_signed": (("Απόρριψη που αλλοιώθηκε σε επιτυχία", "Decline forged into success"), _changed_signed),
    "changed_unsigned": (("Πληρωμή, αλλαγμένα ανυπόγραφα πεδία", "Pay, unsigned fields changed"), _changed_unsigned),
    "other_transaction_id": (
        ("Πληρωμή, δεύτερη επιστροφή με άλλο TransactionId", "Pay, return again with another id"),
        _other_transaction_id,
    ),
    "technical_failure": (("Τεχνικό σφάλμα, χωρίς χρέωση", "Technical failure, no charge"), _technical_failure),
    "only_follow_up": (("Πληρωμή που φαίνεται μόνο με FOLLOW_UP", "Paid, known by FOLLOW_UP only"), _only_follow_up),
    "cancel": (("Ακύρωση και επιστροφή", "Cancel and return"), _cancel),
}  # fmt: skip
