"""The municipality's financial system, in which debts live and to which payments are told."""
