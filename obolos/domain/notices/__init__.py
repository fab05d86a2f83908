"""Notices (ειδοποιητήρια) and the codes printed on them or sent as links."""
