"""Clearances (βεβαίωση μη οφειλής): certificates that somebody owes a municipality nothing that is due."""
