"""The `.lzc` container: layout, writer, reader, index, repair. It knows nothing of codecs; see `docs/lzc.md`."""
from engine.lzc.check import RepairReport, VerifyReport, describe, info, repair, verify
from engine.lzc.facts import ModelBinding, models_from, models_meta, source_info, source_meta
from engine.lzc.header import Header, Stream
from engine.lzc.layout import KNOWN_TYPES, ChunkKey, is_ancillary
from engine.lzc.limits import Limits
from engine.lzc.names import safe_name
from engine.lzc.packed import pack_json, unpack_json
from engine.lzc.reader import LzcReader
from engine.lzc.times import decode_times, encode_times
from engine.lzc.writer import LzcWriter

__all__ = [
    "KNOWN_TYPES", "ChunkKey", "Header", "Limits", "LzcReader", "LzcWriter", "ModelBinding", "RepairReport", "Stream",
    "VerifyReport", "decode_times", "describe", "encode_times", "info", "is_ancillary", "models_from", "models_meta",
    "pack_json", "repair", "safe_name", "source_info", "source_meta", "unpack_json", "verify",
]
