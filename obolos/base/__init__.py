"""What every layer may use: money, dates, references, text, tenancy. No business noun lives here."""
