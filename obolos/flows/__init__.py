"""One story per file: where domain (the database) and adapters (the outside) meet."""
