"""The three municipalities of the demo. Codes and names are real; telephone, e-mail, ΑΦΜ and accounts are invented."""

from dataclasses import dataclass

from obolos.domain.debts.law_actions import Switches
from obolos.domain.municipalities.door_actions import BrandingText
from obolos.flows.enrol import Account, LocalFeast, NewMunicipality


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality with what its demo debts need: their share of all, streets, and the letters of its plates."""

    municipality: NewMunicipality
    share: int
    streets: tuple[str, ...]
    plate_letters: tuple[str, ...] = ("ΙΝΑ", "ΙΝΒ", "ΙΝΕ", "ΙΝΖ", "ΙΝΗ")


IOANNINA = Place(
    NewMunicipality(
        code="9084",
        slug="ioannina",
        name_el="Δήμος Ιωαννιτών",
        name_en="Municipality of Ioannina",
        short_el="Ιωαννιτών",
        sms_sender="D.IOANNITON",
        phone="26510 00084",
        email="esoda@ioannina.example",
        afm="997845124",
        dias_code="99084",
        feasts=(
            LocalFeast(1, 17, "Αγίου Γεωργίου Ιωαννίνων", "Saint George of Ioannina"),
            LocalFeast(2, 21, "Απελευθέρωση Ιωαννίνων", "Liberation of Ioannina"),
        ),
    ),
    share=60,
    streets=(
        "Αβέρωφ", "28ης Οκτωβρίου", "Δωδώνης", "Ανεξαρτησίας", "Μιχαήλ Αγγέλου", "Σμύρνης", "Καπλάνη", "Πυρσινέλλα",
        "Χατζηκώστα", "Γαριβάλδη", "Καραϊσκάκη", "Κουντουριώτη", "Νιάρχου", "Βηλαρά", "Αραβαντινού",
    ),
)  # fmt: skip

ZITSA = Place(
    NewMunicipality(
        code="9083",
        slug="zitsa",
        name_el="Δήμος Ζίτσας",
        name_en="Municipality of Zitsa",
        short_el="Ζίτσας",
        sms_sender="D.ZITSAS",
        phone="26510 00083",
        email="esoda@zitsa.example",
        afm="997845136",
        dias_code="99083",
        feasts=(LocalFeast(7, 20, "Προφήτη Ηλία", "Prophet Elijah"),),
    ),
    share=20,
    streets=("Κεντρική πλατεία", "Λόρδου Βύρωνος", "Προφήτη Ηλία", "Αμπελώνων", "Ελεούσας", "Πρωτόπαππα"),
)

METSOVO = Place(
    NewMunicipality(
        code="9086",
        slug="metsovo",
        name_el="Δήμος Μετσόβου",
        name_en="Municipality of Metsovo",
        short_el="Μετσόβου",
        sms_sender="D.METSOVOU",
        phone="26560 00086",
        email="esoda@metsovo.example",
        afm="997845148",
        dias_code="99086",
        feasts=(LocalFeast(10, 31, "Απελευθέρωση Μετσόβου", "Liberation of Metsovo"),),
    ),
    share=20,
    streets=("Τοσίτσα", "Αβέρωφ", "Αγίας Παρασκευής", "Στουρνάρα", "Νικολάου Γκίκα"),
)

PLACES = (IOANNINA, ZITSA, METSOVO)

#: How two of them show themselves at their door; the third leaves everything as it is.
DOORS = {
    "9084": BrandingText(
        head="#12395b", accent="#1f75a8", phone="26510 00084",
        hours_el="Δευτέρα έως Παρασκευή, 8:00 έως 14:00", hours_en="Monday to Friday, 8:00 to 14:00",
    ),
    "9086": BrandingText(
        head="#5b2333", accent="#a8506a", phone="26560 00086",
        hours_el="Δευτέρα έως Παρασκευή, 7:30 έως 15:00", hours_en="Monday to Friday, 7:30 to 15:00",
    ),
}  # fmt: skip

#: One kind is not payable online, one is payable by RF code only; the others as their defaults say.
SWITCHES = {
    "00.0115.0001": Switches(online=False),
    "00.0112.0001": Switches(partial=True, card=False),
}


def accounts_of(code: str, sandbox_url: str) -> tuple[Account, ...]:
    """Access to the simulated bank and to the simulated DIAS, by the rule that both sides of the demo follow."""
    return (
        Account(
            bank="PIRAEUS",
            label="Τράπεζα Πειραιώς (δοκιμαστικός λογαριασμός)",
            public={
                "merchant_id": f"21{code}",
                "pos_id": f"99{code}",
                "acquirer_id": "14",
                "user": f"OB{code}",
                "base_url": f"{sandbox_url}/piraeus",
            },
            password=f"demo-piraeus-{code}",
        ),
        Account(
            bank="DIAS",
            label="ΔΙΑΣ (δοκιμαστικός λογαριασμός)",
            public={"organisation": f"9{code}", "user": f"dias-{code}"},
            password=f"demo-dias-{code}",
        ),
        Account(
            bank="ERP",
            label="Οικονομική διαχείριση (δοκιμαστικός λογαριασμός)",
            public={"base_url": f"{sandbox_url}/erp/{code}", "holds": "yes"},
            password=f"demo-erp-{code}",
        ),
    )
