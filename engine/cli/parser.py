"""The words of the command line and what they may be. Only argparse is needed to read them."""
from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, NoReturn

COMMANDS = ("view", "compress", "restore", "batch", "zoom", "predict", "info", "verify", "repair", "train", "models")


class UsageError(Exception):
    """The words make no command; `usage` says which words there are."""

    def __init__(self, line: str, usage: str = "") -> None:
        super().__init__(line)
        self.usage = usage


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message, self.format_usage())


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{value} is not between {low} and {high}")
        return value
    return read


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def _at_least_nothing(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0")
    return value


def _region(text: str) -> tuple[float, float, float, float]:
    try:
        x, y, w, h = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y,W,H, for example 120,80,64,48") from None
    if not all(math.isfinite(v) for v in (x, y, w, h)) or w <= 0 or h <= 0:
        raise argparse.ArgumentTypeError(f"{text!r}: the width and height must be above 0")
    return x, y, w, h


def _range(text: str) -> tuple[int, int | None]:
    first, colon, last = text.partition(":")
    try:
        start, stop = int(first or 0), int(last) if last else None
    except ValueError:
        start, stop = -1, None
    if not colon or start < 0 or (stop is not None and stop <= start):
        raise argparse.ArgumentTypeError(f"{text!r} is not A:B with 0 <= A < B (frame B is not included), for example 0:48")
    return start, stop


def _later(module: str, function: str) -> Callable[..., int]:
    """The command's function, imported when it runs: `--help` stays quick."""
    def run(args: argparse.Namespace, console: Any) -> int:
        code: int = getattr(import_module(f"engine.cli.{module}"), function)(args, console)
        return code
    return run


def _version() -> str:
    try:
        return metadata.version("lorentz-zoom")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def build() -> argparse.ArgumentParser:
    """The whole grammar."""
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", help="one machine-readable object on standard output")
    common.add_argument("--debug", action="store_true", help="show where in the program a failure came from")
    top = _Parser(prog="lorentz", parents=[common], description="Compress video so that it can be zoomed past what was recorded, "
                  "always knowing which pixel was recorded and which was made.",
                  epilog="`lorentz FILE` opens FILE in the viewer; `lorentz` alone opens the sample.")
    top.add_argument("--version", action="version", version=f"lorentz {_version()}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, summary: str, run: Callable[..., int]) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=summary, description=summary, parents=[common])
        parser.set_defaults(run=run)
        return parser

    _view(command("view", "open the viewer; without a screen, write a zoom as a picture", _later("view", "view")))
    _compress(command("compress", "compress video, pictures, sound, tables, text or cubes into a .lzc file", _later("work", "compress")))
    _restore(command("restore", "turn a .lzc file back into what it was made from", _later("work", "restore")))
    _batch(command("batch", "compress or restore many files, one after the other", _later("batch", "batch")))
    _zoom(command("zoom", "write a zoomed picture (or clip) with a record of how it was made", _later("zoom", "zoom")))
    _predict(command("predict", "write the pictures after a frame as they would be if everything moved on", _later("zoom", "predict")))
    for name, summary in (("info", "what is known of a file"), ("verify", "check that a .lzc file is whole and decodes as it was written")):
        command(name, summary, _later("files", name)).add_argument("input", metavar="FILE", type=Path)
    repair = command("repair", "write a whole .lzc file from what is left of a damaged one", _later("files", "repair"))
    repair.add_argument("input", metavar="IN.lzc", type=Path)
    repair.add_argument("output", metavar="OUT.lzc", type=Path)
    _train(command("train", "train the networks on footage", _later("models", "train")))
    models = command("models", "the weights at hand and their scorecards; what can be learnt of one camera", _later("models", "models"))
    models.add_argument("what", choices=("list", "card", "adapt"))
    models.add_argument("names", nargs="*", metavar="NAME", help="with card: which one; with adapt: clips of one camera that stands still")
    models.add_argument("--out", type=Path, metavar="CAMERA.lza", help="with adapt: the file to write, for compress --adapted")
    models.add_argument("--device", choices=("auto", "cpu", "cuda"), help="with adapt")
    return top


def _view(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", metavar="FILE", type=Path, nargs="?", help="a .lzc file, a video, a picture or a folder of pictures")


def _compress(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", metavar="IN", type=Path)
    parser.add_argument("output", metavar="OUT.lzc", type=Path)
    rate = parser.add_mutually_exclusive_group()
    rate.add_argument("--quality", type=_whole(0, 63), metavar="0..63",
                      help="of video, pictures and sound: higher is better and larger (default 32; sound without it keeps every sample)")
    rate.add_argument("--bitrate", type=_positive, metavar="KBPS",
                      help="aim at this size: 1000 bits a second of the whole file, sound included")
    rate.add_argument("--max-error", metavar="E|E%", help="data other than video: no value further off than E, or E %% of the range")
    rate.add_argument("--lossless", action="store_true", help="data other than video: every value as it was (also without any choice)")
    parser.add_argument("--effort", choices=("fast", "normal", "high"), default="normal",
                        help="more: smaller files, more time; fast also for pictures without loss, arrays and cubes; high: data within a "
                        "bound can be restored --nearer")
    parser.add_argument("--key-interval", type=_whole(1, 4096), metavar="N",
                        help="of video: a fresh start every N frames: fewer seek faster and cost more (default 32)")
    parser.add_argument("--adapted", type=Path, metavar="CAMERA.lza", help="video of a camera that `lorentz models adapt` has seen before")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--keep-partial", choices=("auto", "always", "never"),
                        help="of video: the unfinished OUT.lzc.part, from which the same command goes on: kept after Ctrl-C but not after "
                        "an error (auto), always, or never")


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", metavar="IN.lzc", type=Path)
    parser.add_argument("output", metavar="OUT", type=Path,
                        help="by ending: .mp4, .mkv, .y4m (raw), .png (a folder of frames); data: "
                        ".csv, .parquet, .txt, .npy, .tif, .wav, .png, .raw")
    parser.add_argument("--level", type=_whole(0, 16), default=0, metavar="N", help="0 full size (default), 1 half, 2 a quarter, ...")
    parser.add_argument("--frames", type=_range, default=(0, None), metavar="A:B", help="only frames A to B-1")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--no-correlation", action="store_true", help="of video: the decoder's output as it is, nothing restored")
    which.add_argument("--nearer", action="store_true", help="data within a bound: values nearer to the source in the mean, "
                        "though single ones may be up to twice the bound off")


def _batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("inputs", metavar="IN", type=Path, nargs="+", help="files, and folders for what is in them")
    parser.add_argument("output", metavar="OUTDIR", type=Path, help="the folder to write into; made when it is not there")
    parser.add_argument("--restore", choices=("mp4", "mkv", "y4m", "png"), help="restore .lzc files into this instead of compressing; "
                        "data becomes what it was made from")
    parser.add_argument("--deep", action="store_true", help="also what lies in the folders of a folder")
    parser.add_argument("--existing", choices=("skip", "number", "replace"), default="skip",
                        help="where an output is there already: leave it (default), write beside it with a number, or replace it")
    parser.add_argument("--quality", type=_whole(0, 63), metavar="0..63", help="of video and pictures (default 32)")
    parser.add_argument("--max-error", metavar="E|E%", help="of other data; every value as it was without")
    parser.add_argument("--effort", choices=("fast", "normal", "high"), help="more: smaller files, more time (default normal)")
    parser.add_argument("--adapted", type=Path, metavar="CAMERA.lza", help="for video: what `lorentz models adapt` learnt of its camera")
    parser.add_argument("--level", type=_whole(0, 16), default=0, metavar="N", help="with --restore: 0 full size (default), 1 half, ...")
    parser.add_argument("--nearer", action="store_true", help="with --restore: data values nearer to the source in the mean, where a file "
                        "says how (--effort high with --max-error)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def _zoom(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", metavar="IN", type=Path, nargs="?", help="a .lzc file, a video or a picture")
    parser.add_argument("output", metavar="OUT.png", type=Path, nargs="?")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--frame", type=_whole(0, 2**31), metavar="N", help="which frame (from 0); the first one, when OUT is a clip")
    which.add_argument("--frames", type=_range, metavar="A:B", help="frames A to B-1, when OUT is a clip (.mp4, .mkv)")
    parser.add_argument("--roi", type=_region, metavar="X,Y,W,H", help="the region in pixels of the full-size picture")
    parser.add_argument("--magnify", type=_positive, metavar="M", help="OUT is W*M x H*M pixels")
    parser.add_argument("--recorded-only", action="store_true", help="add no detail that was not recorded")
    parser.add_argument("--seed", type=_whole(0, 2**63 - 1), default=0, metavar="S",
                        help="0 (default) shows the expected detail, any other one plausible sample of it")
    parser.add_argument("--samples", type=_whole(1, 256), default=1, metavar="K",
                        help="also write the uncertainty, measured over K plausible samples")
    for name, usual, what in (("contrast", 1.0, "about mid grey, 0.25 to 4"), ("gamma", 1.0, "above 1 brightens what is dark, 0.25 to 4"),
                              ("sharpen", 0.0, "0 to 3"), ("denoise", 0.0, "0 to 1")):
        parser.add_argument(f"--{name}", type=_at_least_nothing, default=usual, metavar="A", help=f"{what}; the sidecar will say so")
    parser.add_argument("--around", type=_whole(0, 2), metavar="N",
                        help="frames on each side that steady made detail where nothing moves (default: 1 for a clip, else 0)")
    parser.add_argument("--mask", type=Path, metavar="MASK.png", help="also write where each pixel comes from")
    parser.add_argument("--certificate", type=Path, metavar="CHAIN.pem", help="sign OUT.png with Content Credentials; needs --key")
    parser.add_argument("--key", type=Path, metavar="KEY.pem", help="the private key of the first certificate in CHAIN.pem")
    parser.add_argument("--from-sidecar", type=Path, metavar="OUT.png.json", help="make the picture again and say whether it matches")


def _predict(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", metavar="IN", type=Path, help="a .lzc file or a video")
    parser.add_argument("output", metavar="OUT", type=Path, help="by ending: .mp4, .mkv, .y4m; beside it OUT.json says how it was made")
    parser.add_argument("--frames", type=_whole(1, 64), default=8, metavar="N", help="how many (default 8)")
    parser.add_argument("--after", type=_whole(1, 2**31), metavar="N", help="the frame to go on from (default: the last)")


def _train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("network", choices=("codec", "correlation", "correlation_data", "joint", "diffusor", "hierarchical"))
    parser.add_argument("data", type=Path, metavar="DATA", help="folder with train/ (to learn from) and val/ (to measure on)")
    parser.add_argument("--out", type=Path, metavar="OUT",
                        help="where weights and scorecard go: a folder for codec, joint, hierarchical and correlation_data, for "
                        "others a file (default: the shipped one)")
    parser.add_argument("--minutes", type=_positive, metavar="M", help="how long to train")
    parser.add_argument("--steps", type=_whole(1, 10**9), metavar="N")
    parser.add_argument("--threads", type=_whole(1, 1024), metavar="N")
    parser.add_argument("--seed", type=_whole(0, 2**31), metavar="S")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--resume", action="store_true", default=None, help="go on from the last checkpoint")
    parser.add_argument("--part", choices=("key", "between", "all"),
                        help="of the codec: the networks of key slices, those between, or both in turn (default; each half of the minutes)")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """`words` as a namespace with `.run(args, console) -> exit code`. UsageError when they make no command.

    `lorentz FILE` and `lorentz` alone mean `view`. SystemExit for --help and --version.
    """
    words = list(words)
    place = next((i for i, word in enumerate(words) if word == "--" or not word.startswith("-")), len(words))
    if not {"-h", "--help", "--version"} & set(words[:place]):
        first = words[place] if place < len(words) else None
        if first is None or first not in COMMANDS:
            if first is not None and first != "--" and not _looks_like_file(first):
                raise UsageError(f"there is no command {first!r} and no such file; the commands are {', '.join(COMMANDS)}")
            words.insert(place, "view")
    # not as argparse defaults: a command's own default would undo what stood before the command
    args = build().parse_args(words, argparse.Namespace(json=False, debug=False))
    if args.command == "zoom":
        _check_zoom(args)
    if args.command == "models":
        _check_models(args)
    if args.command == "batch":
        _check_batch(args)
    return args


def _looks_like_file(word: str) -> bool:
    return "/" in word or "\\" in word or "." in word or Path(word).exists()


def _check_models(args: argparse.Namespace) -> None:
    if args.what == "adapt":
        if not args.names or args.out is None:
            raise UsageError("name clips and a file: lorentz models adapt CLIP... --out CAMERA.lza")
        return
    if args.out is not None or args.device is not None:
        raise UsageError(f"lorentz models {args.what} takes no --out and no --device")
    if args.what == "card" and len(args.names) != 1:
        raise UsageError("name the model: lorentz models card NAME")
    if args.what == "list" and args.names:
        raise UsageError("lorentz models list takes no name")


def _check_batch(args: argparse.Namespace) -> None:
    if not args.restore:
        if args.level or args.nearer:
            raise UsageError("--level and --nearer go with --restore")
        args.quality, args.effort = 32 if args.quality is None else args.quality, args.effort or "normal"
        return
    asked = {"--quality": args.quality, "--max-error": args.max_error, "--effort": args.effort, "--adapted": args.adapted}
    given = [name for name, value in asked.items() if value is not None]
    if given:
        raise UsageError(f"with --restore there is no {' and no '.join(given)}: a file is restored as it was compressed")


def _check_zoom(args: argparse.Namespace) -> None:
    usage = "usage: lorentz zoom IN OUT.png --frame N --roi X,Y,W,H --magnify M\n       lorentz zoom --from-sidecar OUT.png.json"
    which = args.frame if args.frames is None else args.frames[0]
    asked = {"IN": args.input, "OUT.png": args.output, "--frame": which, "--roi": args.roi, "--magnify": args.magnify}
    if args.from_sidecar is not None:
        asked |= {"--around": args.around, "--mask": args.mask, "--certificate": args.certificate, "--key": args.key}
        given = [name for name, value in asked.items() if value is not None]
        look = (args.contrast, args.gamma, args.sharpen, args.denoise)
        if given or args.recorded_only or args.seed or args.samples != 1 or look != (1, 1, 0, 0):
            raise UsageError("--from-sidecar goes alone: the sidecar says everything", usage)
        return
    missing = [name for name, value in asked.items() if value is None]
    if missing:
        raise UsageError("zoom also needs " + ", ".join(missing), usage)
    if (args.certificate is None) != (args.key is None):
        raise UsageError("--certificate and --key go together", usage)
    args.frame = which
