"""What a payer keeps: the proof of payment (PDF), QR codes, calendar reminders. No database, no Django, no network."""
