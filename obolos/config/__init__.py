"""Composition root: settings, URLs and the WSGI entry point. Nothing imports it."""
