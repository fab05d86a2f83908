"""DIAS, the interbank payment system: its question before a payment by RF code, and its file of the day."""
