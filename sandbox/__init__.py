"""The simulated outside: bank, DIAS, TAXISnet, financial system, mail and SMS. Shares no code with the product."""
