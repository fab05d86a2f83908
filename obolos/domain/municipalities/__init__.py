"""Municipality (Δήμος): the payee, its calendar. Knows nothing of debts or money."""
