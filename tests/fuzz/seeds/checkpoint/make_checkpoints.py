#!/usr/bin/env python3
"""Writes small checkpoints by the page docs/formats/checkpoint.md: make_checkpoints.py FOLDER."""
import os
import struct
import sys

F32, I32, I64, F64, U64, I4 = 1, 6, 7, 11, 13, 22


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def with_checksum(data):
    return data + struct.pack("<I", crc32c(data))


def entry(name, dtype, dims, data):
    name = name.encode()
    head = struct.pack("<IHHQ", len(name), dtype, len(dims), len(data))
    return with_checksum(head + struct.pack(f"<{len(dims)}q", *dims) + name + data)


def file(*entries):
    return with_checksum(b"TERNCKPT" + struct.pack("<II", 1, len(entries))) + b"".join(entries)


def state(**other):
    numbers = {"state/step": 5, "state/epoch": 1, "state/batch": 2, "state/loss_rows": 32,
               "state/best_epoch": 1, "state/plateau_epochs": 2, "data/rows": 70, "data/batch": 16, "data/shuffle": 1,
               "data/drop_last": 0, **other}
    entries = [entry(name, I64, [], struct.pack("<q", value)) for name, value in numbers.items()]
    for name in ("state/loss_sum", "state/best_value", "state/rate_share", "state/plateau_best"):
        entries.append(entry(name, F64, [], struct.pack("<d", 0.5)))
    for name, value in (("data/seed", 5), ("state/seed", 7)):
        entries.append(entry(name, U64, [], struct.pack("<Q", value)))
    return entries


weight = struct.pack("<2f", 1, 2)
seeds = {
    "none": file(),
    "tensors": file(entry("a", I32, [3], struct.pack("<3i", 1, 2, 3)), entry("b", F32, [0, 4], b""),
                    entry("c", I4, [3], b"\x12\x03")),
    "state": file(*state(), entry("variable/w", F32, [2], weight)),
    "best": file(*state(), entry("variable/w", F32, [2], weight), entry("best/w", F32, [2], weight)),
    "negative": file(*state(**{"state/step": -1}), entry("variable/w", F32, [2], weight)),
    "huge": file(entry("w", F32, [1 << 40, 1 << 20], weight)),
}
for name, data in seeds.items():
    with open(os.path.join(sys.argv[1], name), "wb") as out:
        out.write(data)
