"""Debt (οφειλή), instalment (δόση), revenue kind (είδος εσόδου) and the dated law rows they are quoted by."""
