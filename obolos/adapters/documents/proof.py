"""Proof of payment (ανεπίσημη απόδειξη) as PDF."""

from obolos.adapters.documents.views import ProofComponent, ProofLine, ProofView

__all__ = ["ProofComponent", "ProofLine", "ProofView", "render_proof"]


def render_proof(view: ProofView) -> bytes:
    """PDF/A bytes of the proof; the same view gives the same bytes."""
    raise NotImplementedError
