"""Restoration from correlated sets: the organiser finds what belongs together, the correlation network gives every member
patterns of residuals, and what the writer said of the window weighs them."""
from engine.correlation.leave import helps
from engine.correlation.model import CorrelationModel, load_correlation
from engine.correlation.organiser import Order, TileSet, organise, organise_rows
from engine.correlation.restorer import Recorded, Restored, fit, organised, restore

__all__ = ["CorrelationModel", "Order", "Recorded", "Restored", "TileSet", "fit", "helps", "load_correlation", "organise",
           "organise_rows", "organised", "restore"]
