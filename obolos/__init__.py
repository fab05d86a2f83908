"""Obolos: municipal debts, seen and paid. `ls obolos` is the map; imports point from interfaces down to base."""
