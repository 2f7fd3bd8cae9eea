"""Where to cut a range of keys so that idle threads get a share of it (pure).

Strings compare by code point, which is the order of their UTF-8 bytes and so S3's order: cuts are strings, never
half of a character. No alphabet is assumed. What a page of consecutive keys shares tells at which depth keys
still vary: a range whose end lies shallower than that is cut once at each depth in between (galloping), so a long
common stem (`acct-0000`) costs a few empty pages at the start instead of a bisection of every character.
"""

CLASSES = (("0", "9"), ("A", "Z"), ("a", "z"))
SURROGATES = range(0xD800, 0xE000)
TOP = 0x10FFFF


def cut_points(first: str, last: str, until: str | None, *, floor: int) -> list[str]:
    """Points p with last < p < until (None: no end) that divide what is left behind a page, best first.

    The page went from `first` to `last`; all keys share their first `floor` characters. Keys greater than a
    point belong to its upper side. Any answer is correct, a good one leaves keys on both sides.
    """
    shallow = floor if until is None else _shared(last, until)
    deep = max(_shared(first, last), shallow + 1)
    points: list[str] = []
    for depth in range(shallow, min(deep, len(last))):
        bound = until[depth] if until is not None and depth == shallow else None
        points += (last[:depth] + character for character in _between(last[depth], bound))
    return [point for point in points if last < point and (until is None or point < until)]


def _shared(one: str, other: str) -> int:
    """The length of the common start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


def _between(low: str, high: str | None) -> list[str]:
    """Characters over `low` and not over `high`: the middle of what likely follows, and where that ends."""
    code, end = ord(low), ord(_class_end(low))
    top = TOP if high is None else ord(high)
    middle = (code + min(end, top) + 1) // 2
    return [chr(c) for c in dict.fromkeys((middle, end + 1)) if code < c <= top and c not in SURROGATES]


def _class_end(character: str) -> str:
    """The last character of its kind: digits, capitals, small letters; else of its 64 (a UTF-8 lead byte's)."""
    for start, end in CLASSES:
        if start <= character <= end:
            return end
    return character if character.isascii() else chr(ord(character) | 0x3F)
