"""Frames into a `.lzc` file: chunks through the encoder, packed into the container, safe on disk at every key interval."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.api import Frame, SourceInfo
from engine.lorentzian import camera as cam
from engine.lorentzian.chunkreader import SymbolReader
from engine.lorentzian.codec import ChunkDecoder, ChunkEncoder, CodecSettings
from engine.lorentzian.mctf import REACH, TemporalFilter
from engine.lorentzian.model import HINT, NAME, RULES, CodecModel
from engine.lorentzian.packing import TYPE, pack, signature, unpack
from engine.lorentzian.schedule import CHUNK
from engine.lorentzian.structure import Structure
from engine.lorentzian.thorough import Thorough
from engine.lorentzian.transform import LEVELS
from engine.lzc import ChunkKey, Header, LzcWriter, ModelBinding, Stream, encode_times, models_meta, source_meta

if TYPE_CHECKING:
    from engine.media.audio import AudioTrack

AUDIO_PART = 1 << 22
# (first frame, source frames, decoded planes, (frames, key) of each coded chunk) -> chunks to write after those of the video
Beside = Callable[[int, list[Frame], list[list[np.ndarray]], list[tuple[int, bool]]], Iterable[tuple[ChunkKey, bytes]]]


class VideoStreamWriter:
    """Writes `out`. With `resume`, a broken-off run of the same work goes on at its last key chunk (`committed_frames`)."""

    def __init__(self, out: Path, info: SourceInfo, settings: CodecSettings, model: CodecModel, *, audio: AudioTrack | None = None,
                 resume: bool = True, camera: cam.Camera | None = None) -> None:
        self.info, self.settings = info, settings
        meta: dict[str, Any] = {
            "source": source_meta(info),
            "models": models_meta({"codec": ModelBinding(NAME, model.weights_hash, model.tables_hash, "")}),
            "codec": {"q": settings.quality, "key": settings.key_interval, "effort": settings.effort, "rules": RULES},
        }
        self._picture = delta = b"" if camera is None else camera.to_bytes()
        if camera is not None:
            meta["codec"]["camera"] = cam.name_of(delta)
        streams = [Stream("video", "lorentzian", LEVELS, info.width, info.height, info.bit_depth, info.frames)]
        if audio is not None:
            streams.append(Stream("audio", "packets"))
        self._writer = LzcWriter(out, Header(meta, tuple(streams), 1 if camera is None else cam.FORMAT), resume=resume)
        self._encoder = ChunkEncoder(info.width, info.height, settings, model)
        self._encoder.clean = self._clean = TemporalFilter(REACH[settings.effort])
        kind = Thorough if settings.effort == "high" else Structure
        self._structure = kind(self._encoder, settings.effort, fresh_every=settings.fresh_every)
        if camera is not None:
            self._encoder.camera = camera.reference
        self._audio = audio
        self.beside: Beside | None = None
        self.held: Callable[[], Iterable[tuple[ChunkKey, bytes]]] | None = None  # what `beside` kept back for a larger chunk
        self._since_key = 0
        self._anchor = -1  # first frame of the last key chunk, -1 before there was one
        self._fresh = True
        self._done = 0
        self.bytes_by_level = [0, 0, 0, 0]
        if self._writer.note is not None:
            self._take_up(self._writer.note)
        elif camera is not None:
            self._writer.add(cam.KEY, delta)
        self._safe = self._done

    def _take_up(self, note: dict[str, Any]) -> None:
        """Go on as if nothing had happened: what the encoder looks at is decoded from what is on the disk."""
        self._done, self._anchor, self._fresh = int(note["frames"]), int(note["anchor"]), bool(note["anew"])
        self.bytes_by_level = [int(n) for n in note["levels"]]
        self._since_key = self.settings.key_interval
        self._structure.take_up(note["structure"])
        e = self._encoder
        if self._anchor < 0:
            return
        chunk, _ = unpack(lambda level, tile: self._writer.read(ChunkKey(TYPE, 0, level, self._anchor, tile)), len(e.tiles), 0)
        symbols = SymbolReader(e.width, e.height, e.quality, e.model, e.camera is not None)
        pixels = ChunkDecoder(e.width, e.height, e.quality, e.model)
        pixels.camera = e.camera
        pixels.begin(symbols.read(chunk))
        pixels.close()
        e.anchor = pixels.last, [st.previous() for st in symbols.states], chunk.grain

    @property
    def committed_frames(self) -> int:
        """Frames that are safe on disk; a resumed run starts with the frame after them."""
        return self._safe

    def holds(self, key: ChunkKey) -> bool:
        """Whether a run that was broken off had this chunk safe on disk."""
        return key in self._writer.committed

    def write_chunk(self, frames: list[Frame], cut: bool, before: Sequence[Frame] = (), after: Sequence[Frame] = ()) -> None:
        """Add 1 to 9 frames, see `schedule.pieces`; before the first there is a scene `cut`, where the codec may start anew.

        before, after: frames around them of the same scene, which help to tell noise from what is there; `mctf.REACH` are looked at.
        """
        key = self._fresh or self._since_key >= self.settings.key_interval
        learnt = self._structure.state()
        if key:
            self._checkpoint(cut or self._fresh, learnt)
        scale, reach = np.float32(1 / (1 << (self.info.bit_depth - 8))), self._clean.reach
        before = before[max(0, len(before) - reach):]
        window = [[p.astype(np.float32) * scale if self.info.bit_depth > 8 else p for p in (f.y, f.u, f.v)]
                  for f in (*before, *frames, *after[:reach])]
        self._clean.show(window)
        self._clean.look_ahead(len(before) + (len(frames) > CHUNK), self._structure.length)
        planes = window[len(before):len(before) + len(frames)]
        at = self._done
        pictures: list[list[np.ndarray]] = []
        coded: list[tuple[int, bool]] = []
        beyond = window[len(before) + len(frames):]
        if not key and (cut or self._structure.settled(planes, beyond)):
            made = self._structure.cut(planes, beyond, self.settings.key_interval - self._since_key)
            key = made[0][0].key or made[0][0].camera
            if key:
                self._checkpoint(True, learnt)
        else:
            made = self._structure.encode(planes, key, cut or self._fresh)
        for chunk, shown in made:
            if chunk.key:
                self._anchor = at
            luma = shown[-1][0][:self.info.height, :self.info.width]
            for k, data in pack(chunk, at, signature(luma), self._anchor):
                self._writer.add(k, data)
            at += chunk.frames
            pictures += shown
            coded.append((chunk.frames, chunk.key))
            for parts in chunk.payloads:
                for level in range(LEVELS):
                    self.bytes_by_level[level] += len(parts[level])
        for k, data in self.beside(self._done, frames, pictures, coded) if self.beside is not None else ():
            self._writer.add(k, data)
        self._since_key = len(frames) if key else self._since_key + len(frames)
        self._fresh = False
        self._done += len(frames)

    def _checkpoint(self, anew: bool, structure: dict[str, Any]) -> None:
        """All that is written is safe: a resumed run begins here, with a key interval, from what the choice of structure knew."""
        if self._done > self._safe:
            self._add_held()
            self._writer.checkpoint({"frames": self._done, "levels": self.bytes_by_level, "anchor": self._anchor, "anew": anew,
                                     "structure": structure})
            self._safe = self._done

    def _add_held(self) -> None:
        for k, data in self.held() if self.held is not None else ():
            self._writer.add(k, data)

    def finish(self) -> dict[str, Any]:
        """Add time stamps and sound, make the file final; returns facts."""
        self._add_held()
        self._writer.add(ChunkKey("TIME"), encode_times(self.info.pts[:self._done]))
        if self._audio is not None:
            data = self._audio.to_bytes()
            for n, at in enumerate(range(0, len(data), AUDIO_PART)):
                self._writer.add(ChunkKey("AUDP", 1, 0, n), data[at:at + AUDIO_PART])
        if self._picture and cam.SMALL * len(self._picture) <= sum(self.bytes_by_level):
            self._writer.add(cam.SPARE, self._picture)
        self._close()
        size = self._writer.finish()
        return {"bytes": size, "frames": self._done, "bytes_by_level": self.bytes_by_level}

    def abort(self, keep: bool) -> None:
        """Stop; `keep` leaves the part for a later resume."""
        self._close()
        self._writer.abort(keep)

    def _close(self) -> None:
        self._clean.close()
        self._encoder.close()


__all__ = ["HINT", "VideoStreamWriter"]
