"""Long and odd footage through the command line and back: frames, times, sizes and depth as they were, quality also beside a cut, memory
that does not grow."""
from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import psutil

from engine.api import Frame
from engine.lzc import ChunkKey, LzcReader, decode_times

from . import machine, odd_films
from .odd_films import Odd

if TYPE_CHECKING:
    from .run import Options

LONG = {"640x360, 2 frames a second, 10 minutes": ((640, 360), 600, 2), "160x90, 25 frames a second, 10 minutes": ((160, 90), 600, 25)}
EVERY = 0.2      # seconds between two looks at the memory
SMEARED = 1.0    # dB that a frame beside a cut may lie below the worst frame elsewhere in its scene


def lorentz(*words: object, watch: Callable[[float], None] | None = None) -> dict[str, Any]:
    """A command of the program, with what `--json` says of it, its processor seconds and peak memory (with its children, MB).
    RuntimeError with its last line when it fails."""
    start = os.times()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as told:
        program = subprocess.Popen([sys.executable, "-m", "engine.cli", *map(str, words), "--json"], cwd=machine.ROOT, stdout=said,
                                   stderr=told)
        peak = 0.0
        while program.poll() is None:
            now = memory(program.pid)
            peak = max(peak, now)
            if watch is not None:
                watch(now)
            time.sleep(EVERY)
        said.seek(0)
        told.seek(0)
        if program.returncode:
            raise RuntimeError(f"lorentz {words[0]}: {(told.read().strip().splitlines() or ['no message'])[-1]}")
        end = os.times()
        cpu = end.children_user + end.children_system - start.children_user - start.children_system
        return {**json.loads(said.read()), "cpu_s": cpu, "peak_mb": peak}


def memory(pid: int) -> float:
    """MB that a process and its children hold now; what they share counts once."""
    total = 0
    try:
        top = psutil.Process(pid)
        for p in (top, *top.children(recursive=True)):
            m = p.memory_info()
            total += m.rss - (m.shared if p is not top and hasattr(m, "shared") else 0)
    except psutil.Error:  # it has ended meanwhile
        pass
    return total / 1e6


def decoded(path: Path) -> tuple[list[Frame], list[float]]:
    """Pictures of a file without loss, and their times in seconds."""
    frames, times = [], []
    with av.open(str(path)) as film:
        for n, shot in enumerate(film.decode(video=0)):
            deep = "10" in shot.format.name
            planes = []
            for p in shot.planes:
                rows = np.frombuffer(p, np.uint16 if deep else np.uint8).reshape(p.height, -1)
                planes.append(rows[:, :p.width].copy())
            frames.append(Frame(*planes, n, 0, 10 if deep else 8))
            times.append(float(shot.pts * shot.time_base))
    return frames, times


def psnr(a: Frame, b: Frame) -> float:
    """Of (6 Y + U + V) / 8, in dB."""
    top = (1 << a.bit_depth) - 1
    parts = []
    for p, q in ((a.y, b.y), (a.u, b.u), (a.v, b.v)):
        error = float(np.mean((p.astype(np.float64) - q) ** 2))
        parts.append(99.0 if error == 0 else min(99.0, 10 * float(np.log10(top ** 2 / error))))
    return (6 * parts[0] + parts[1] + parts[2]) / 8


def one(film: Odd, folder: Path) -> dict[str, Any]:
    """`film` compressed, looked at, verified and restored; `faults` says what is not as it was."""
    source, lzc, raw, video = folder / f"in.{film.ending}", folder / "o.lzc", folder / "o.y4m", folder / "o.mkv"
    odd_films.write(source, film)
    made = lorentz("compress", source, lzc, "--effort", film.effort)
    told, sound = lorentz("info", lzc), lorentz("verify", lzc)
    back = lorentz("restore", lzc, raw, "--no-correlation")
    lorentz("restore", lzc, video, "--no-correlation")
    frames, times = list(film.frames()), [float(t * film.base) for t in film.stamps]
    shown = decoded(raw)[0]
    again = decoded(video)[1]
    with LzcReader(lzc) as file:
        stamps = [t * file.header.meta["source"]["time_base"][0] / file.header.meta["source"]["time_base"][1]
                  for t in decode_times(file.read(ChunkKey("TIME")), 1 << 20)]
    faults = []
    if not len(frames) == made["frames"] == len(shown) == len(stamps) == len(again):
        faults.append(f"{len(frames)} frames became {made['frames']}, {len(shown)}, {len(stamps)}, {len(again)}")
    if not sound["ok"]:
        faults += sound["problems"]
    late = _apart(times, stamps)
    if late > 1e-6:
        faults.append(f"times of the recording are {late:.3g} s off")
    after = _apart(times, again)
    if after > 0.0006:  # Matroska counts in milliseconds
        faults.append(f"times of the restored video are {after:.3g} s off")
    if {(f.width, f.height, f.bit_depth) for f in shown} != {(*film.size, film.bits)}:
        faults.append("another size or depth came back")
    if tuple(told["streams"][0][3:7]) != (*film.size, film.bits, len(frames)):
        faults.append("info names another size, depth or count")
    quality = [psnr(a, b) for a, b in zip(frames, shown)]
    beside = cut_quality(quality, film.cuts)
    if beside is not None and beside < -SMEARED:
        faults.append(f"beside a cut the picture is {-beside:.1f} dB worse")
    return {"title": film.title, "frames": len(frames), "bytes": made["bytes"], "psnr": statistics.mean(quality), "worst": min(quality),
            "late": late, "late_after": after, "beside": beside, "compress_mb": made["peak_mb"], "restore_mb": back["peak_mb"],
            "cpu": 1000 * made["cpu_s"] / len(frames), "faults": faults}


def cut_quality(quality: list[float], cuts: tuple[int, ...]) -> float | None:
    """dB by which the worst of the frames beside a cut lies above (below: negative) the worst other frame of its scene."""
    if not cuts:
        return None
    found = []
    for a, b in zip((0, *cuts), (*cuts, len(quality))):
        near = {n for n in (a, a + 1) if a} | {n for n in (b - 2, b - 1) if b < len(quality)}
        rest = [quality[n] for n in range(a, b) if n not in near]
        found += [quality[n] - min(rest) for n in near]
    return min(found)


def _apart(want: list[float], got: list[float]) -> float:
    """Seconds by which the times since the first frame differ at most."""
    return max((abs((a - want[0]) - (b - got[0])) for a, b in zip(want, got)), default=float("inf"))


def growth(title: str, size: tuple[int, int], seconds: int, rate: int, folder: Path) -> dict[str, Any]:
    """A long recording: memory while it is written, as frames become safe, and while a part at its end is read."""
    source, lzc = folder / "long.mp4", folder / "long.lzc"
    odd_films.long(source, size, seconds, rate)
    journal = Path(f"{lzc}.part.json")
    seen: list[tuple[int, float]] = []

    def look(now: float) -> None:
        try:
            seen.append((int(json.loads(journal.read_text())["note"]["frames"]), now))
        except (OSError, ValueError, KeyError, TypeError):
            return
    made = lorentz("compress", source, lzc, "--effort", "fast", watch=look)
    count = made["frames"]
    back = lorentz("restore", lzc, folder / "end.y4m", "--frames", f"{count - 9}:{count}", "--no-correlation")
    quarters = [[m for f, m in seen if k * count / 4 <= f < (k + 1) * count / 4] for k in range(4)]
    for path in (source, lzc):
        path.unlink()
    return {"title": title, "frames": count, "wanted": seconds * rate, "bytes": made["bytes"], "compress_mb": made["peak_mb"],
            "restore_mb": back["peak_mb"], "cpu": 1000 * made["cpu_s"] / count, "quarters": [max(q, default=None) for q in quarters]}


def run(options: Options) -> dict[str, Any]:
    """`--clips` names films, or `films` for all but the long ones, or `long` for these; everything without."""
    figures: dict[str, Any] = {"films": [], "long": []}
    made = {"commit": machine.describe()["commit"]}
    chosen = [f for f in odd_films.FILMS if not options.clips or {f.title, "films"} & set(options.clips)]
    with tempfile.TemporaryDirectory() as name:
        for film in chosen:
            with tempfile.TemporaryDirectory(dir=name) as folder:
                figures["films"].append({**one(film, Path(folder)), **made})
            print(f"  {film.title}: {'; '.join(figures['films'][-1]['faults']) or 'ok'}", flush=True)
        for title, (size, seconds, rate) in LONG.items() if not options.clips or "long" in options.clips else ():
            figures["long"].append({**growth(title, size, seconds, rate, Path(name)), **made})
            print(f"  {title}: {figures['long'][-1]['quarters']}", flush=True)
    return {"figures": figures, "markdown": markdown(figures)}


def merge(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Films that were not measured this time keep their rows."""
    figures = {}
    for kind, order in (("films", [f.title for f in odd_films.FILMS]), ("long", list(LONG))):
        rows = {f["title"]: f for f in (*old["figures"][kind], *new["figures"][kind])}
        figures[kind] = [rows[title] for title in order if title in rows]
    return {"figures": figures, "markdown": markdown(figures)}


def markdown(figures: dict[str, Any]) -> str:
    rows = [[f["title"], f["frames"], f["bytes"], round(f["psnr"], 2), round(f["worst"], 2),
             None if f["beside"] is None else round(f["beside"], 2), round(f["compress_mb"]), round(f["restore_mb"]), round(f["cpu"]),
             "; ".join(f["faults"]) or "nothing", f["commit"]] for f in figures["films"]]
    text = ("Films made from numbers, stored without loss, then `lorentz compress` (quality 32, effort normal; 4K: fast), `info`, "
            "`verify`, `restore --no-correlation` to raw video and to Matroska. Checked: the number of frames, every time stamp (of the "
            "recording exactly, of Matroska to its millisecond), size, bit depth, every chunk's symbols. PSNR is (6 Y + U + V) / 8, in "
            "dB: the mean and the worst frame. Beside a cut: the worst of the two frames on either side of every cut, less the worst "
            f"other frame of its scene (smeared: under -{SMEARED:g}). Memory: peak of the process with its children. CPU time of "
            "compress for each frame, with the start of the program.")
    head = ["film", "frames", "bytes", "PSNR", "worst", "beside a cut", "compress MB", "restore MB", "CPU ms/frame",
            "not as it was", "commit"]
    long = [[f["title"], f["frames"], f["bytes"], *(None if q is None else round(q) for q in f["quarters"]), round(f["compress_mb"]),
             round(f["restore_mb"]), round(f["cpu"]), f["commit"]] for f in figures["long"]]
    more = ("Long recordings of a camera on a stand in one file (effort fast): peak memory in MB while each quarter of the frames was "
            "written, of all of `compress`, and of `restore` of the last nine frames.")
    return (f"{text}\n\n{machine.table(head, rows)}\n\n{more}\n\n"
            + machine.table(["film", "frames", "bytes", "1st quarter", "2nd", "3rd", "4th", "compress MB", "restore MB", "CPU ms/frame",
                             "commit"], long))
