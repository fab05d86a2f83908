"""What a reason means, in Greek and English, for whoever must mend the file. Both languages stand side by side."""

from typing import Any

from obolos.domain.debts.debts_file.defects import Note, Reason

WORDS: dict[str, tuple[str, str]] = {
    Reason.FILE_NAME: (
        "Το όνομα του αρχείου δεν είναι της μορφής 9999_DEBTS_εεεεμμηη_αριθμός.csv.",
        "The file is not named 9999_DEBTS_yyyymmdd_number.csv.",
    ),
    Reason.FILE_NAME_DIFFERS: (
        "Το όνομα του αρχείου λέει άλλο από την πρώτη γραμμή.",
        "The file's name says something else than its first line.",
    ),
    Reason.FILE_EMPTY: ("Το αρχείο είναι κενό.", "The file is empty."),
    Reason.FILE_TOO_LARGE: ("Το αρχείο ξεπερνά τα 2 GB.", "The file is larger than 2 GB."),
    Reason.FILE_CHANGED: (
        "Το αρχείο άλλαξε την ώρα που διαβαζόταν.",
        "The file changed while it was being read.",
    ),
    Reason.NOT_TEXT: ("Το αρχείο δεν είναι αρχείο κειμένου.", "The file is not a text file."),
    Reason.ENCODING_UNKNOWN: (
        "Η κωδικοποίηση δεν είναι UTF-8, windows-1253 ή ISO-8859-7.",
        "The encoding is none of UTF-8, windows-1253, ISO-8859-7.",
    ),
    Reason.ENCODING_UNCLEAR: (
        "Δεν φαίνεται αν η κωδικοποίηση είναι windows-1253 ή ISO-8859-7. Στείλτε το αρχείο σε UTF-8.",
        "Nothing shows whether the encoding is windows-1253 or ISO-8859-7. Send the file in UTF-8.",
    ),
    Reason.ENCODING_MIXED: (
        "Το αρχείο ανακατεύει κωδικοποιήσεις.",
        "The file mixes encodings.",
    ),
    Reason.ENCODING_WRONG: (
        "Το κείμενο δεν είναι ελληνικά: κάποιο πρόγραμμα το αποθήκευσε με λάθος κωδικοποίηση.",
        "The text is not Greek: some program saved it in a wrong encoding.",
    ),
    Reason.HEADER_MISSING: (
        "Η πρώτη γραμμή δεν είναι «H;1;δήμος;FULL ή DELTA;κωδικοί;αριθμός;χρόνος».",
        "The first line is not “H;1;municipality;FULL or DELTA;codes;sequence;made at”.",
    ),
    Reason.HEADER_VALUE: ("Λάθος τιμή στην πρώτη γραμμή.", "A wrong value in the first line."),
    Reason.MUNICIPALITY_OTHER: ("Το αρχείο είναι άλλου δήμου.", "The file is another municipality's."),
    Reason.SEQUENCE_GAP: (
        "Λείπουν αρχεία πριν από αυτό. Αναμένεται ο αριθμός που δίνεται.",
        "Files before this one are missing. The number expected next is given.",
    ),
    Reason.SEQUENCE_TAKEN: (
        "Αρχείο με αυτόν τον αριθμό και άλλο περιεχόμενο έχει ήδη καταχωριστεί. Αναμένεται ο αριθμός που δίνεται.",
        "A file of this number with other content is already imported. The number expected next is given.",
    ),
    Reason.TRAILER_MISSING: (
        "Η τελευταία γραμμή δεν είναι «T;γραμμές;άθροισμα;SHA-256»: το αρχείο κόπηκε.",
        "The last line is not “T;rows;sum;SHA-256”: the file was cut off.",
    ),
    Reason.TRAILER_VALUE: ("Λάθος τιμή στην τελευταία γραμμή.", "A wrong value in the last line."),
    Reason.ROWS_DIFFER: (
        "Οι γραμμές του αρχείου δεν είναι όσες λέει η τελευταία γραμμή.",
        "The file does not have as many rows as its last line says.",
    ),
    Reason.SUM_DIFFERS: (
        "Το άθροισμα των κεφαλαίων δεν είναι αυτό που λέει η τελευταία γραμμή.",
        "The sum of principal is not what the last line says.",
    ),
    Reason.HASH_DIFFERS: (
        "Το περιεχόμενο δεν είναι αυτό που υπολογίστηκε όταν γράφτηκε το αρχείο (SHA-256).",
        "The content is not what it was when the file was written (SHA-256).",
    ),
    Reason.LINE_TOO_LONG: ("Πολύ μεγάλη γραμμή.", "The line is too long."),
    Reason.LINE_EMPTY: ("Κενή γραμμή.", "The line is empty."),
    Reason.QUOTES: ("Λάθος εισαγωγικά.", "Wrong quoting."),
    Reason.COLUMN_COUNT: ("Η γραμμή δεν έχει 27 στήλες.", "The line does not have 27 columns."),
    Reason.CONTROL_CHARACTER: (
        "Χαρακτήρας που δεν φαίνεται ή αλλάζει τη φορά του κειμένου.",
        "A character that does not show or turns the direction of text.",
    ),
    Reason.SUSPECT_CHARACTER: (
        "Χαρακτήρας που προδίδει λάθος κωδικοποίηση.",
        "A character that betrays a wrong encoding.",
    ),
    Reason.MISSING: ("Λείπει η τιμή.", "The value is missing."),
    Reason.TOO_LONG: ("Πολύ μεγάλη τιμή.", "The value is too long."),
    Reason.NOT_A_NUMBER: ("Δεν είναι ακέραιος αριθμός.", "Not a whole number."),
    Reason.NOT_ONE_OF: ("Δεν είναι από τις επιτρεπόμενες τιμές.", "Not one of the values allowed."),
    Reason.AFM_SHAPE: ("Ο ΑΦΜ δεν έχει 9 ψηφία.", "The tax number does not have 9 digits."),
    Reason.AFM_CHECK_DIGIT: ("Ο ΑΦΜ είναι λάθος (ψηφίο ελέγχου).", "The tax number is wrong (check digit)."),
    Reason.NAME: (
        "Δεν είναι όνομα: λείπουν γράμματα ή έχει σύμβολα.",
        "Not a name: it has no letters, or has symbols.",
    ),
    Reason.CODE_UNKNOWN: ("Άγνωστος κωδικός εσόδου.", "The revenue code is unknown."),
    Reason.CODE_OUTSIDE_SCOPE: (
        "Ο κωδικός εσόδου δεν είναι από αυτούς που αφορά το αρχείο.",
        "The revenue code is not among those the file is about.",
    ),
    Reason.YEAR: ("Δεν είναι έτος.", "Not a year."),
    Reason.DATE_SHAPE: ("Δεν είναι ημερομηνία.", "Not a date."),
    Reason.DATE_IMPOSSIBLE: ("Τέτοια ημερομηνία δεν υπάρχει.", "There is no such date."),
    Reason.DATE_STYLE: (
        "Η ημερομηνία είναι γραμμένη αλλιώς από τις υπόλοιπες.",
        "The date is written otherwise than the rest.",
    ),
    Reason.DATE_RANGE: ("Απίθανη ημερομηνία.", "The date is out of all likelihood."),
    Reason.DATE_IN_FUTURE: (
        "Η ημερομηνία είναι μετά τη σύνταξη του αρχείου.",
        "The date is after the file was made.",
    ),
    Reason.AMOUNT_SHAPE: ("Δεν είναι ποσό.", "Not an amount."),
    Reason.AMOUNT_DECIMALS: ("Το ποσό δεν έχει δύο δεκαδικά.", "The amount does not have two decimals."),
    Reason.AMOUNT_STYLE: (
        "Το ποσό έχει άλλη υποδιαστολή από τα υπόλοιπα.",
        "The amount has another decimal mark than the rest.",
    ),
    Reason.AMOUNT_NEGATIVE: ("Αρνητικό ποσό.", "The amount is negative."),
    Reason.AMOUNT_TOO_LARGE: ("Πολύ μεγάλο ποσό.", "The amount is too large."),
    Reason.RF_SHAPE: ("Δεν είναι κωδικός RF.", "Not an RF code."),
    Reason.RF_LENGTH: ("Ο κωδικός RF δεν έχει 25 χαρακτήρες.", "The RF code does not have 25 characters."),
    Reason.RF_CHECK_DIGITS: ("Ο κωδικός RF είναι λάθος (ψηφία ελέγχου).", "The RF code is wrong (check digits)."),
    Reason.NO_LETTER_OR_DIGIT: ("Δεν έχει γράμμα ή ψηφίο.", "It has no letter or digit."),
    Reason.UNCERTIFIED_WITH_DATE: (
        "Αβεβαίωτη οφειλή με ημερομηνία βεβαίωσης.",
        "An uncertified debt with a date of certification.",
    ),
    Reason.PAID_OVER_PRINCIPAL: ("Πληρωμένα περισσότερα από το κεφάλαιο.", "More is paid than the principal."),
    Reason.WRITTEN_OFF_OVER_PRINCIPAL: (
        "Διαγραμμένα περισσότερα από το κεφάλαιο.",
        "More is written off than the principal.",
    ),
    Reason.SURCHARGE_WITHOUT_DATE: (
        "Προσαύξηση χωρίς την ημερομηνία που υπολογίστηκε.",
        "A surcharge without the date it was worked out for.",
    ),
    Reason.DATE_WITHOUT_SURCHARGE: (
        "Ημερομηνία προσαύξησης χωρίς προσαύξηση.",
        "A date of surcharge without a surcharge.",
    ),
    Reason.INSTALMENT_RANGE: (
        "Ο αριθμός της δόσης δεν είναι από 1 έως το πλήθος των δόσεων.",
        "The instalment's number is not from 1 to the number of instalments.",
    ),
    Reason.INSTALMENT_TWICE: ("Η δόση υπάρχει δύο φορές.", "The instalment is there twice."),
    Reason.INSTALMENT_MISSING: ("Λείπουν δόσεις της οφειλής.", "Instalments of the debt are missing."),
    Reason.DIFFERS_IN_DEBT: (
        "Οι γραμμές της ίδιας οφειλής διαφέρουν σε στήλη που πρέπει να είναι ίδια.",
        "Rows of one debt differ in a column that must be the same.",
    ),
    Reason.DEBT_TWICE: (
        "Η οφειλή υπάρχει και σε άλλο σημείο του αρχείου.",
        "The debt is in another place of the file as well.",
    ),
    Reason.RF_TWICE: (
        "Ο κωδικός RF υπάρχει και σε άλλη γραμμή.",
        "The RF code is in another line as well.",
    ),
    Reason.RF_TAKEN: (
        "Ο κωδικός RF ανήκει σε άλλη οφειλή.",
        "The RF code belongs to another debt.",
    ),
    Reason.DEBT_TAKEN: (
        "Οφειλή με αυτόν τον κωδικό δεν προέρχεται από το σύστημα του δήμου.",
        "A debt of this id does not come from the municipality's system.",
    ),
    Reason.INTERNAL: (
        "Το αρχείο δεν διαβάστηκε από λάθος δικό μας. Δεν γράφτηκε τίποτα.",
        "The file could not be read through a fault of ours. Nothing was written.",
    ),
    Note.VERSION_OLDER: (
        "Αγνοήθηκε: έχουμε νεότερη έκδοση της οφειλής.",
        "Ignored: a newer version of the debt is here already.",
    ),
    Note.VERSION_SAME_OTHER_CONTENT: (
        "Αγνοήθηκε: η ίδια έκδοση της οφειλής είχε άλλο περιεχόμενο.",
        "Ignored: this version of the debt had other content before.",
    ),
    Note.MADE_AHEAD: (
        "Το αρχείο λέει ότι συντάχθηκε στο μέλλον.",
        "The file says that it was made in the future.",
    ),
    Note.MADE_BEFORE_LAST: (
        "Το αρχείο λέει ότι συντάχθηκε πριν από το προηγούμενο.",
        "The file says that it was made before the last one.",
    ),
    Note.PERSON_RENAMED: (
        "Ο ΑΦΜ είχε άλλο όνομα στον δήμο: από εδώ και πέρα ισχύει το νέο.",
        "This tax number had another name in the municipality: the new one counts from now on.",
    ),
}


def words(reason: str, language: str) -> str:
    """A reason in words; the machine word itself when it is not known here."""
    found = WORDS.get(reason)
    return str(reason) if found is None else found[1 if language == "en" else 0]


def with_words(plain: dict[str, Any]) -> dict[str, Any]:
    """A stored finding with its words in both languages."""
    return plain | {"el": words(plain["reason"], "el"), "en": words(plain["reason"], "en")}
