"""MurmurHash3 of 32 bits, for those who ask a hasher for a score."""

from __future__ import annotations

_MASK = 0xFFFF_FFFF


def murmur3(data: bytes, seed: int) -> int:
    """MurmurHash3_x86_32, published by Austin Appleby in SMHasher."""
    hashed = seed & _MASK
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        hashed ^= _mixed(int.from_bytes(data[at : at + 4], "little"))
        hashed = (_rotated(hashed, 13) * 5 + 0xE654_6B64) & _MASK
    if whole < len(data):
        hashed ^= _mixed(int.from_bytes(data[whole:], "little"))
    hashed ^= len(data)
    hashed = ((hashed ^ hashed >> 16) * 0x85EB_CA6B) & _MASK
    hashed = ((hashed ^ hashed >> 13) * 0xC2B2_AE35) & _MASK
    return hashed ^ hashed >> 16


def _mixed(word: int) -> int:
    return _rotated(word * 0xCC9E_2D51 & _MASK, 15) * 0x1B87_3593 & _MASK


def _rotated(word: int, bits: int) -> int:
    return (word << bits | word >> (32 - bits)) & _MASK
