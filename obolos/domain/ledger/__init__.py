"""Double entry: entries whose postings sum to zero. Append-only; a correction is a new entry."""
