"""Shipped weights and their scorecards. A package only so that an installed copy carries them; see `engine.resources`."""
