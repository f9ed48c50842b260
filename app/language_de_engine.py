"""German for what the engine says: its sentences, with `{}` for what is put into them. `app.told` finds the right one."""
from __future__ import annotations

from app.language_de_engine_data import TABLE as _DATA
from app.language_de_engine_jobs import TABLE as _JOBS
from app.language_de_engine_lzc import TABLE as _LZC
from app.language_de_engine_media import SYSTEM
from app.language_de_engine_media import TABLE as _MEDIA

TABLE: dict[str, str] = _DATA | _MEDIA | _LZC | _JOBS
PLACES = (" bei Byte {}", " in {}")  # where in a file something is: after the sentence
__all__ = ["PLACES", "SYSTEM", "TABLE"]
