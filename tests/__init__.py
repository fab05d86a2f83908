"""The suite: mirrors obolos/, plus flows/, journeys/ (browser), reliability/, architecture/ and launch/."""
