import threading
from fractions import Fraction

from engine.api import SourceInfo
from engine.zoom import TileCache, TileKey
from engine.zoom.cache import identity


def key(n: int) -> TileKey:
    return TileKey("d", n, 0)


def test_bound_in_bytes_oldest_out_first() -> None:
    cache = TileCache(100)
    for n in range(4):
        cache.put(key(n), n, 30)
    assert cache.bytes == 90 and key(0) not in cache and cache.get(key(3)) == 3
    assert cache.get(key(1)) == 1  # used again: now the youngest
    cache.put(key(4), 4, 30)
    assert key(2) not in cache and key(1) in cache


def test_too_large_is_not_kept_and_replacing_counts_once() -> None:
    cache = TileCache(100)
    cache.put(key(0), "small", 60)
    cache.put(key(0), "again", 80)
    assert cache.bytes == 80 and len(cache) == 1
    cache.put(key(1), "huge", 101)
    assert key(1) not in cache and key(0) in cache
    cache.resize(10)
    assert cache.bytes == 0 and len(cache) == 0


def test_many_threads_keep_the_bound() -> None:
    cache = TileCache(500)

    def work(start: int) -> None:
        for n in range(start, start + 300):
            cache.put(key(n), n, 7)
            cache.get(key(n - 3))

    threads = [threading.Thread(target=work, args=(s * 1000,)) for s in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert cache.bytes <= 500 and cache.bytes == 7 * len(cache)


def test_sources_without_a_digest_do_not_share_an_identity() -> None:
    one, two = (SourceInfo(p, "video", 4, 4, (0,), Fraction(1, 25), Fraction(25)) for p in ("a.mp4", "b.mp4"))
    assert identity(one) != identity(two)
    assert identity(SourceInfo("a.mp4", "video", 4, 4, (0,), Fraction(1, 25), Fraction(25), digest="x")) == "x"
