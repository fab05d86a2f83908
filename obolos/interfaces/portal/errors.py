"""Error pages: what happened, what to do, in the reader's language."""
