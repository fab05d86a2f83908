"""Worklist (εκκρεμότητες): money and matches that need a person; files of banks and DIAS."""
