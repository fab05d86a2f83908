"""The floor of the card lifecycle: a bare Django ORM program that does the same writes and nothing else.

No tenancy, no signatures, no forms, no session, no audit, no call to a bank: two debts, 17 statements, 2 commits.
"""
