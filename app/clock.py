"""How time runs in the playing file, for those who have to keep in step with the picture."""
from __future__ import annotations

from dataclasses import dataclass

SLOWEST, FASTEST = 0.5, 2.0


@dataclass(frozen=True)
class Clock:
    """At `wall` (perf_counter) the file was at `media` seconds of its own clock, moving `speed` times as fast."""

    wall: float
    media: float
    speed: float

    @property
    def audible(self) -> bool:
        """Slower, faster or backwards, sound would say nothing."""
        return SLOWEST <= self.speed <= FASTEST

    def at(self, wall: float) -> float:
        """Seconds of the file's clock at this moment."""
        return self.media + (wall - self.wall) * self.speed
