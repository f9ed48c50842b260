"""Sound for the ear beside Opus at equal bytes, by two measures; losses included.

PESQ (ITU-T P.862, package `pesq`; speech at 8 or 16 kHz only) is a measure of others. The noise-to-mask ratio is written here: the mean
over frames and half-Bark bands of noise over what the sound masks, in dB, and the share of bands in which it would be heard. Its spreading
is not the encoder's, but of its kind: it may lean our way. Both see the same samples, aligned to the sample.
"""
from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from . import machine

KBPS = (12, 16, 24, 32, 48)
SECONDS = 15


def recordings() -> dict[str, tuple[np.ndarray, int, bool]]:
    """int16 `[n]`, rate, whether it is speech. The Vorbis files of the data folder as they decode; nothing was trained on them."""
    from engine.hierarchical import arrays, kinds

    folder = machine.data_dir() / "train" / "audio"
    found = {}
    for name, speech in (("librosa_libri1", True), ("librosa_robin", False), ("librosa_humpback", False)):
        x, rate = _decoded(folder / f"{name}.ogg")
        found[name] = x[:SECONDS * rate], rate, speech
    digits = [arrays.read(p, kinds.AUDIO) for p in sorted(folder.glob("*.wav"))[8:]]
    found["fsdd, 7 digits"] = np.concatenate([t.data[0, 0] for t in digits]).astype(np.int16), int(digits[0].facts["rate"]), True
    return found


def _decoded(path: Path) -> tuple[np.ndarray, int]:
    import av

    with av.open(str(path)) as box:
        stream = box.streams.audio[0]
        x = np.concatenate([frame.to_ndarray() for frame in box.decode(stream)], 1)[0]
        return np.clip(np.rint(x * 32767), -32768, 32767).astype(np.int16), int(stream.rate)


def opus(x: np.ndarray, rate: int, kbps: int) -> tuple[int, np.ndarray]:
    """(bytes of packets, samples as they come back, aligned)."""
    import av

    def resampled(frames: Any, to: int) -> Any:
        turn = av.AudioResampler(format="s16", layout="mono", rate=to)
        for frame in frames:
            yield from turn.resample(frame)
        yield from turn.resample(None)

    box, size = io.BytesIO(), 0
    whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(x[None]), format="s16", layout="mono")
    whole.sample_rate = rate
    with av.open(box, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=48000, options={"vbr": "on", "application": "audio", "compression_level": "10"})
        stream.bit_rate, stream.layout = kbps * 1000, "mono"
        for frame in [*resampled([whole], 48000), None]:
            for packet in stream.encode(frame):
                size += packet.size
                out.mux(packet)
    box.seek(0)
    with av.open(box) as back:
        y = np.concatenate([f.to_ndarray() for f in resampled(back.decode(audio=0), rate)], 1)[0]
    return size, aligned(y, x)


def aligned(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """y moved to where it fits x best, as long as x."""
    many = 1 << (len(x) + len(y)).bit_length()
    fit = np.fft.irfft(np.fft.rfft(y.astype(float), many) * np.conj(np.fft.rfft(x.astype(float), many)), many)
    move = int(np.argmax(fit))
    move = move - many if move > many // 2 else move
    y = y[move:] if move >= 0 else np.concatenate([np.zeros(-move, y.dtype), y])
    return np.concatenate([y, np.zeros(max(0, len(x) - len(y)), y.dtype)])[:len(x)]


def ours(x: np.ndarray, rate: int, most: int) -> tuple[int, float, np.ndarray]:
    """(bytes, quality, samples) of the highest quality, in quarters of a step, that takes at most `most` bytes."""
    from engine.hierarchical import sound_quality

    nothing, best = np.zeros((1, 0)), (0, 0.0, x)
    low, high = 0, 4 * 63
    while low <= high:
        middle = (low + high) // 2
        parts = sound_quality.encode(x[None], nothing, nothing, rate, middle / 4, 1.0, 0)
        size = sum(map(len, parts))
        if size <= most:
            low = middle + 1
            best = size, middle / 4, sound_quality.decode(parts, 1, len(x), rate, 1.0, 0, np.dtype(np.int16))[0]
        else:
            high = middle - 1
    return best


def noise_to_mask(x: np.ndarray, y: np.ndarray, rate: int) -> tuple[float, float]:
    """(mean ratio in dB, share of bands above 0 dB) over frames that are not silent."""
    size = 512 if rate <= 24000 else 1024
    window = np.hanning(2 * size)

    def power(z: np.ndarray) -> np.ndarray:
        pieces = np.lib.stride_tricks.sliding_window_view(z, 2 * size)[::size]
        return np.abs(np.fft.rfft(pieces * window, axis=1))[:, :size] ** 2

    hertz = (np.arange(size) + 0.5) * rate / (2 * size)
    half = np.floor(2 * (26.81 * hertz / (1960 + hertz) - 0.53)).astype(int)
    first = np.flatnonzero(np.diff(half, prepend=half[0] - 1))
    loud, noise = (np.add.reduceat(power(z), first, 1) for z in (x.astype(float), y.astype(float) - x))
    apart = (half[first][:, None] - half[first][None]) / 2
    spread = 10.0 ** (-np.where(apart >= 0, 1.0 * apart, -2.5 * apart))
    mask = 0.1 * loud @ spread.T + 2 * size * 0.375
    heard = loud.sum(1) > 1e-6 * loud.sum(1).max()
    ratio = 10 * np.log10((noise / mask)[heard] + 1e-6)
    return float(ratio.mean()), float((ratio > 0).mean())


def measure() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (x, rate, speech) in recordings().items():
        for kbps in KBPS:
            size, y = opus(x, rate, kbps)
            mine, quality, z = ours(x, rate, size)
            row: dict[str, Any] = {"kbps": size * 8 / 1000 / (len(x) / rate), "quality": quality, "bytes": {"Opus": size, "Lorentz": mine}}
            for coder, w in (("Opus", y), ("Lorentz", z)):
                row[coder] = {"nmr": noise_to_mask(x, w, rate), "pesq": _pesq(x, w, rate) if speech else None}
            found[f"{name} | {kbps}"] = row
    return found


def _pesq(x: np.ndarray, y: np.ndarray, rate: int) -> float:
    from pesq import pesq

    return float(pesq(rate, x, y, "wb" if rate == 16000 else "nb"))


def page(figures: dict[str, Any]) -> list[str]:
    rows = []
    for name, r in figures.items():
        both = [r["Opus"], r["Lorentz"]]
        rows.append([name.split(" | ")[0], f"{r['kbps']:.1f}", f"{r['quality']:g}",
                     *(f"{b['pesq']:.2f}" if b["pesq"] else "-" for b in both),
                     *(f"{b['nmr'][0]:+.1f} dB, {100 * b['nmr'][1]:.0f} %" for b in both)])
    return ["Sound for the ear (`--quality`) beside Opus (libopus, audio, variable rate, effort 10) at no more than its bytes; streams "
            "alone. PESQ (P.862, speech only): higher is better, at most 4.64 (16 kHz) or 4.55 (8 kHz). Noise over mask: lower is better, "
            "and the share of bands in which it would be heard; the first is a measure of others, the second was written here "
            "(see `benchmarks/data_sound.py`). How noise is spread was chosen by PESQ on the first 8 seconds of librosa_libri1.", "",
            machine.table(["recording", "kbit/s", "our quality", "PESQ Opus", "PESQ ours", "over mask, Opus", "over mask, ours"],
                          rows), ""]
