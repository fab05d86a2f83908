"""What the demo's municipalities sell: two events, one of them nearly sold out, and two certificates each.

Dates follow the day of the demo. What is sold already was given to schools free of charge: no money is invented.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from obolos.base.dates import ATHENS
from obolos.base.references import random_id, random_reference
from obolos.base.tenancy import current_municipality
from obolos.domain.debts.models import RevenueKind
from obolos.domain.offerings.actions import NewPurchase, write_purchase
from obolos.domain.offerings.models import CertificateKind, Event, PriceClass

TICKETS, CERTIFICATES = "00.0434.0001", "00.0719.0001"
NO_REFUND = (
    "Τα εισιτήρια επιστρέφονται μόνο αν ματαιωθεί η εκδήλωση.\nΜετά την έναρξη η είσοδος γίνεται στο διάλειμμα.",
    "Tickets are given back only if the event is cancelled.\nLatecomers are let in during the interval.",
)


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """An event of the demo: in how many days and at which hour it starts, how many places, how many of them left."""

    title: tuple[str, str]
    place: str
    about: tuple[str, str]
    days: int
    hour: int
    capacity: int
    left: int
    #: (Greek, English, cents, quota)
    classes: tuple[tuple[str, str, int, int | None], ...]


ADULT, CHILD = ("Κανονικό", "Adult", 1_200, None), ("Παιδιά έως 12 ετών", "Children up to 12", 500, None)
FREE = ("Άτομα με αναπηρία και συνοδοί", "Disabled people and companions", 0, 20)

EVENTS = {
    "9084": (
        DemoEvent(
            ("Συναυλία στη λίμνη", "Concert by the lake"), "Πνευματικό Κέντρο Ιωαννίνων",
            ("Η ορχήστρα δωματίου παίζει ηπειρώτικα τραγούδια.", "The chamber orchestra plays songs of Epirus."),
            13, 20, 300, 300, (ADULT, CHILD, FREE),
        ),
        DemoEvent(
            ("Παιδικό θέατρο: Ο Καραγκιόζης", "Shadow theatre for children: Karagiozis"), "Θέατρο Καμπέρειο",
            ("Για παιδιά από 4 ετών.", "For children from 4 years."), 6, 18, 120, 4,
            (("Γενική είσοδος", "Admission", 600, None),),
        ),
    ),
    "9083": (
        DemoEvent(
            ("Γιορτή κρασιού", "Wine festival"), "Κεντρική πλατεία Ζίτσας",
            ("Με γευσιγνωσία ντόπιων κρασιών.", "With a tasting of local wines."), 20, 19, 400, 400,
            (("Είσοδος με γευσιγνωσία", "Entry with tasting", 800, None), FREE),
        ),
        DemoEvent(
            ("Ξενάγηση στο μοναστήρι", "Guided tour of the monastery"), "Μονή Προφήτη Ηλία",
            ("Διαρκεί δύο ώρες.", "Takes two hours."), 9, 11, 25, 3, (("Γενική είσοδος", "Admission", 300, None),),
        ),
    ),
    "9086": (
        DemoEvent(
            ("Βραδιά παραδοσιακών χορών", "Evening of traditional dances"), "Διάσελο Μετσόβου",
            ("Με χορευτικά από όλη την Ήπειρο.", "With dancers from all over Epirus."), 15, 20, 250, 250, (ADULT, CHILD),
        ),
        DemoEvent(
            ("Μαθήματα τυροκομίας", "Cheese-making class"), "Τυροκομείο Ιδρύματος Τοσίτσα",
            ("Δοκιμάζετε ό,τι φτιάχνετε.", "You taste what you make."), 7, 10, 20, 2, (("Συμμετοχή", "Place", 1_500, None),),
        ),
    ),
}  # fmt: skip

#: (title el/en, about el/en, asks el/en, cents, working days)
CERTIFICATE_KINDS = (
    (
        ("Πιστοποιητικό μόνιμης κατοικίας", "Certificate of permanent residence"),
        ("Βεβαιώνει πού μένετε, για σχολείο ή υπηρεσία.", "States where you live, for a school or an office."),
        ("Ονοματεπώνυμο, πατρώνυμο και διεύθυνση κατοικίας", "Full name, father's name and address"),
        500, 3,
    ),
    (
        ("Βεβαίωση περί μη οφειλής ΤΑΠ (Τέλος Ακίνητης Περιουσίας)", "Statement on the property levy (ΤΑΠ) of a property"),
        ("Τη ζητά ο συμβολαιογράφος στη μεταβίβαση.", "A notary asks for it when a property changes hands."),
        ("Διεύθυνση του ακινήτου και ΑΤΑΚ", "Address of the property and its ΑΤΑΚ number"),
        1_000, 5,
    ),
)  # fmt: skip


def _give_to_schools(event: Event, places: int, *, position: int, now: datetime) -> None:
    """Tickets free of charge for schools, given out already: so the event is nearly sold out."""
    schools = PriceClass.objects.create(
        municipality_id=event.municipality_id, event=event, position=position, name_el="Σχολεία", name_en="Schools",
        price_cents=0, quota=places, taken=places, offered=False,
    )  # fmt: skip
    purchase = NewPurchase(
        public_id=random_id(), reference=random_reference("EV"), event_id=event.pk, certificate_id=None, debt_id=None,
        wanted=[(schools.pk, 0, places)], amount_cents=0, email="schools@citizens.example", language="el", request="",
        form_token=random_id(), hold_until=now,
    )  # fmt: skip
    write_purchase(purchase, now=now)


def offer(code: str, *, on: date, now: datetime) -> None:
    """Put a demo municipality's events and certificates on sale, in its open unit of work."""
    municipality = current_municipality()
    kinds = dict(RevenueKind.objects.filter(municipality_id=municipality).values_list("code", "id"))
    for event in EVENTS[code]:
        starts_at = datetime.combine(on + timedelta(days=event.days), time(event.hour, 30), ATHENS)
        kept = event.capacity - event.left
        row = Event.objects.create(
            municipality_id=municipality, revenue_kind_id=kinds[TICKETS], title_el=event.title[0], title_en=event.title[1],
            place=event.place, starts_at=starts_at, doors_at=starts_at - timedelta(hours=1), about_el=event.about[0],
            about_en=event.about[1], conditions_el=NO_REFUND[0], conditions_en=NO_REFUND[1], capacity=event.capacity,
            taken=kept, sales_from=now - timedelta(days=7), sales_until=starts_at - timedelta(hours=1), made_at=now,
        )  # fmt: skip
        classes = [
            PriceClass(
                municipality_id=municipality, event=row, position=position, name_el=el, name_en=en, price_cents=cents,
                quota=quota,
            )
            for position, (el, en, cents, quota) in enumerate(event.classes, 1)
        ]  # fmt: skip
        PriceClass.objects.bulk_create(classes)
        if kept:
            _give_to_schools(row, kept, position=len(classes) + 1, now=now)
    CertificateKind.objects.bulk_create(
        CertificateKind(
            municipality_id=municipality, revenue_kind_id=kinds[CERTIFICATES], title_el=title[0], title_en=title[1],
            about_el=about[0], about_en=about[1], asks_el=asks[0], asks_en=asks[1], price_cents=cents, days_to_issue=days,
            made_at=now,
        )
        for title, about, asks, cents, days in CERTIFICATE_KINDS
    )  # fmt: skip
