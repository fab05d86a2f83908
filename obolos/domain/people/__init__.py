"""Person (πρόσωπο), debtor (οφειλέτης) and staff. A person is seen by himself and by those he owes to."""
