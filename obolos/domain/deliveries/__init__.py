"""Delivery (εξερχόμενο): one thing to tell one outside party, once in effect. Never sends anything itself."""
