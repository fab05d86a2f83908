"""Reminders (υπενθυμίσεις) before and after the due date: whom to remind of what and when, and whom not, to compare."""
