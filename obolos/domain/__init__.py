"""The nouns of municipal revenue, with the database and without the outside world.

Order, top to bottom, each importing only what stands below it:
reconciliation > payments > debts > ledger > messages > people > audit > deliveries > municipalities.
"""
