"""Why a municipality closed a message without an answer of its own words, in one sentence for whoever wrote it."""

_CLOSINGS = {
    "STANDS": (
        "Ελέγξαμε την οφειλή και δεν αλλάζει.",
        "We have checked the debt, and it does not change.",
    ),
    "CORRECTED": (
        "Η οφειλή διορθώθηκε.",
        "The debt has been corrected.",
    ),
    "PAPERS": (
        "Χρειαζόμαστε έγγραφα από εσάς: τηλεφωνήστε για να σας πούμε ποια.",
        "We need papers from you: call us to hear which.",
    ),
    "ELSEWHERE": (
        "Αποφασίζει άλλη υπηρεσία: τηλεφωνήστε για να σας πούμε ποια.",
        "Another office decides about it: call us to hear which.",
    ),
    "TWICE": (
        "Σας απαντήσαμε σε άλλο μήνυμά σας για την ίδια οφειλή.",
        "We have answered another message of yours about the same debt.",
    ),
}


def closing_words(closing: str, language: str) -> str:
    """The sentence of an InquiryClosing in «el» or «en»."""
    return _CLOSINGS[closing][0 if language == "el" else 1]
