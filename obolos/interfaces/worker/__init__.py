"""Interface: parses, makes one call, renders."""
