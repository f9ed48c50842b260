"""The tables of `data.py`'s figures."""
from __future__ import annotations

from typing import Any

from . import data_large, data_levels, data_pictures, data_sensors, data_sound, machine


def page(figures: dict[str, Any]) -> str:
    """Markdown; a plus means that ours is larger."""
    models = figures["model_bytes"]
    parts = ["Ours: bytes of whole `.lzc` files, but where a column says stream. Others: bare streams without any header of "
             "their own for names, types and check sums. "
             f"The shipped models take {models['series']:,} bytes (series) and {models['picture']:,} (pictures and cubes), once, whatever "
             "the number of files; they are not in the columns but where one says so. In brackets: ours against the other, **below zero "
             "ours is smaller**.", "",
             "Parts are measured by themselves: "
             + "; ".join(f"{name} {date}, commit {commit}" for name, (date, commit) in figures["made"].items()) + ".", ""]
    if "sensors" in figures:
        parts += _sensors(figures["sensors"], models["series"])
    if "across" in figures:
        parts += data_sensors.page(figures["across"])
    if "large" in figures:
        parts += data_large.page(figures["large"])
    if "levels" in figures and "regimes" in figures:
        parts += data_levels.page(figures)
    if "cubes" in figures:
        rows = []
        for name, row in figures["cubes"].items():
            ours = row["Lorentz"]
            others = (_of(row[c]["bytes"], ours["bytes"]) if c in row else None for c in ("SZ3 3D", "JPEG 2000 per band"))
            rows.append([name.replace(" | ", ", "), *others, ours["bytes"], f"{ours['worst']:.3f}"])
        parts += ["Band cubes (the data has no part of its own for validation; nothing was trained on it):", "", machine.table(
            ["cube, bound as a share of the range", "SZ3 3D", "JPEG 2000 per band", "ours", "largest error / bound"], rows), ""]
    if "sounds" in figures:
        some = figures["sounds"]
        ours, flac = (sum(r[coder]["bytes"] for r in some.values()) for coder in ("Lorentz", "FLAC"))
        raw = sum(r["source"] for r in some.values())
        stream = sum(r["Lorentz"]["extra"]["stream"] for r in some.values())
        rows = [[name, r["source"], _of(r["FLAC"]["bytes"], r["Lorentz"]["extra"]["stream"]), r["Lorentz"]["extra"]["stream"],
                 r["Lorentz"]["bytes"]] for name, r in some.items()]
        samples = [raw / 2 / max(1e-9, sum(r["Lorentz"]["seconds"][i] for r in some.values())) for i in (0, 1)]
        parts += [f"Sound without loss (nothing of it was learnt from; byte for byte the same after restoring: {_all_same(some)}; librosa: "
                  f"15 seconds of what the Vorbis files decode to). All together: ours {ours:,} in files, of which {stream:,} are streams; "
                  f"FLAC streams {flac:,} ({_percent(stream, flac)} stream against stream, {_percent(ours, flac)} with our "
                  f"headers). {samples[0] / 1e6:.2f} million samples a second of processor time to write, {samples[1] / 1e6:.2f} to read.",
                  "",
                  machine.table(["recording", "wav", "FLAC (our stream against it)", "ours, stream", "ours, file"], rows), ""]
    if "ear" in figures:
        parts += data_sound.page(figures["ear"])
    if "images" in figures:
        rows = [[name, _of(r["PNG"], r["Lorentz"]["bytes"]), _of(r["WebP"], r["Lorentz"]["bytes"]), r["Lorentz"]["bytes"],
                 r["Lorentz within 2"], r["worst"]] for name, r in figures["images"].items()]
        parts += _speed(figures["images"])
        parts += ["Pictures without loss, and within 2 grey steps:", "", machine.table(
                      ["picture", "PNG as it came", "WebP lossless", "ours", "ours within 2", "largest error then"], rows), ""]
    if "curves" in figures:
        parts += data_pictures.page(figures["curves"])
    if "texts" in figures:
        rows = [[name, r["source"], *(_of(r[other], r["Lorentz"]["bytes"]) for other in ("zstd -19", "xz -9e")), r["Lorentz"]["bytes"]]
                for name, r in figures["texts"].items()]
        parts += [f"Text and whole tables without loss, byte for byte the same after restoring: {_all_same(figures['texts'])}.", "",
                  machine.table(["file", "bytes", "zstd -19", "xz -9e", "ours"], rows), ""]
    return "\n".join(parts)


def _speed(images: dict[str, Any]) -> list[str]:
    """Megapixels a second: of one core, and of two by who can do what at the same time."""
    pixels = sum(r["pixels"] for r in images.values())
    found: dict[str, list[list[float]]] = {"without loss": [], "within 2": [], "without loss, `--effort fast`": []}
    for r in images.values():
        ways = ((r["Lorentz"]["seconds"], r["Lorentz"]["extra"]["own"]), (r["within"]["seconds"], r["within"]["own"]),
                (r["fast"]["seconds"], None))
        for name, (whole, own) in zip(found, ways, strict=True):
            both = [o + (w - o) * r["share"] for w, o in zip(whole, own)] if own else [float("nan")] * 2
            found[name].append([*whole, *both])
    rows = [[name, *(f"{pixels / s / 1e6:.2f}" if s == s else "" for s in map(sum, zip(*times)))] for name, times in found.items()]
    more = sum(r["fast"]["bytes"] for r in images.values()) / sum(r["Lorentz"]["bytes"] for r in images.values())
    return ["Megapixels a second of processor time, reading and writing PNG included. On two cores: what one thread does alone, and the "
            f"larger half of what is done in blocks. With `--effort fast` the pictures below are {100 * (more - 1):+.1f} % in size.", "",
            machine.table(["", "write, one core", "read, one core", "write, two cores", "read, two cores"], rows), ""]


def _sensors(figures: dict[str, Any], model: int) -> list[str]:
    others = [c for c in next(iter(figures.values()))["coders"] if c != "Lorentz"]
    rows = []
    for name, entry in figures.items():
        coders, ours = entry["coders"], entry["coders"]["Lorentz"]
        stream = ours["extra"]["stream"]
        rows.append([name.replace(" | ", ", "), f"{entry['columns']} x {entry['rows']}", *(_of(coders[c]["bytes"], stream) for c in others),
                     stream, ours["bytes"], ours["bytes"] + model, f"{ours['worst']:.3f}"])
    text = sum(e["coders"]["Lorentz"]["extra"]["text_bytes"] for e in figures.values())
    seconds = [sum(e["coders"]["Lorentz"]["seconds"][i] for e in figures.values()) for i in (0, 1)]
    raw = sum(8 * e["columns"] * e["rows"] for e in figures.values())
    broken = sorted({c for e in figures.values() for c in e["coders"] if e["coders"][c]["worst"] > 1 + 1e-9})
    return ["Sensors, bound as a share of each column's range. The models learnt from the first 60 % of the rows of the same files: read "
            "the rows \"held back\"; brackets compare bare streams; a file adds its header twice, check sums and an index.", "",
            machine.table(["file, rows, bound", "size", *others, "ours, stream", "ours, file", "file and model", "largest error / bound"],
                          rows), "",
            f"Processor time, all of these together: {text / seconds[0] / 1e6:.1f} MB of text a second to write "
            f"({raw / seconds[0] / 1e6:.1f} MB as float64), {text / seconds[1] / 1e6:.1f} to read ({raw / seconds[1] / 1e6:.1f})."
            + (f" Over the bound: {', '.join(broken)}." if broken else " Nobody went over the bound."), ""]


def _of(other: int, ours: int) -> str:
    return f"{other} ({_percent(ours, other)})"


def _percent(ours: int, other: int) -> str:
    return f"{100 * (ours / other - 1):+.0f} %"


def _all_same(figures: dict[str, Any]) -> str:
    return "yes" if all(r["Lorentz"]["worst"] == 0 for r in figures.values()) else "NO"
