#!/usr/bin/env python3
"""Makes the images of this folder with Pillow (Debian 12: python3-pil 9.4) and, where Pillow cannot, by hand.

    python3 tests/data/images/make_images.py

The pictures follow formulas that the tests repeat; see pixel() and smooth().
"""
import os
import struct
import zlib

from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
W, H = 13, 7


def pixel(x, y):
    """Exact formats: red grows to the right, green downwards, blue and alpha with both."""
    return (x * 19, y * 40, (x * y * 3) % 256, 255 - x * 10 - y)


def smooth(x, y):
    """Lossy formats: no edges."""
    return (60 + 4 * x, 200 - 5 * y, 100 + 2 * x + 2 * y)


def picture(mode, size=(W, H), f=pixel):
    image = Image.new(mode, size)
    count = len(mode) if mode in ("RGB", "RGBA") else 1
    for y in range(size[1]):
        for x in range(size[0]):
            value = f(x, y)[:count]
            image.putpixel((x, y), value if count > 1 else value[0])
    return image


def save(image, name, **options):
    image.save(os.path.join(HERE, name), **options)


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(color, depth, interlaced, rows):
    header = struct.pack(">IIBBBBB", W, H, depth, color, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) +
            png_chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))) + png_chunk(b"IEND", b""))


def adam7_rows():
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        for y in range(y0, H, dy):
            row = bytes(v for x in range(x0, W, dx) for v in pixel(x, y)[:3])
            if row:
                yield row


def bmp(bits, height, rows, palette=b"", masks=b"", compression=0, header=40):
    offset = 14 + header + len(masks if header == 40 else b"") + len(palette)
    info = struct.pack("<IiiHHIIiiII", header, W, height, 1, bits, compression, 0, 0, 0, len(palette) // 4, 0)
    if header == 40:
        info += masks
    elif header == 108:
        info += masks.ljust(68, b"\0")
    data = b"".join(row + b"\0" * (-len(row) % 4) for row in rows)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + info + palette + data


def jpeg2000(rgb, rgba, gray, big):
    """Without a rate they are exact."""
    save(rgb, "rgb.jp2")
    save(rgba, "rgba.jp2")
    save(gray, "gray.j2k", no_jp2=True)  # a bare codestream
    save(Image.merge("LA", [gray, rgba.getchannel("A")]), "gray_alpha.jp2")
    save(big, "tiles.jp2", tile_size=(10, 8), tile_offset=(0, 0))
    save(big, "smooth.jp2", irreversible=True, quality_mode="dB", quality_layers=[60])
    sixteen = Image.new("I;16", (W, H))  # 257 times the red of pixel(): that red again, in 8 bits
    for y in range(H):
        for x in range(W):
            sixteen.putpixel((x, y), pixel(x, y)[0] * 257)
    save(sixteen, "gray16.jp2")
    # The box "colr" says sYCC (18) where it said sRGB (16): the samples are Y, Cb, Cr.
    ycc = big.convert("YCbCr")
    save(Image.merge("RGB", ycc.split()), "ycc.jp2")
    path = os.path.join(HERE, "ycc.jp2")
    with open(path, "rb") as made:
        data = bytearray(made.read())
    at = data.index(b"colr") + 7
    data[at:at + 4] = struct.pack(">I", 18)
    write("ycc.jp2", bytes(data))


def main():
    rgb, rgba, gray = picture("RGB"), picture("RGBA"), picture("L")
    save(rgb, "rgb.png")
    save(rgba, "rgba.png")
    save(gray, "gray.png")
    write("interlaced.png", png(2, 8, 1, adam7_rows()))
    # 16 bits: the high byte is the red of pixel(), the low byte makes no difference after rounding.
    write("gray16.png", png(0, 16, 0, (b"".join(struct.pack(">H", pixel(x, y)[0] * 257) for x in range(W)) for y in range(H))))
    write("gray_alpha.png", png(4, 8, 0, (bytes(v for x in range(W) for v in (pixel(x, y)[0], pixel(x, y)[3])) for y in range(H))))
    palette = picture("P")
    palette.putpalette([v for i in range(256) for v in (i, 255 - i, i // 2)])
    save(palette, "palette.png")  # index i is (i, 255 - i, i / 2); indices are the reds of pixel()

    save(palette, "palette_alpha.png", transparency=0)  # the same, with index 0 transparent

    exif = Image.Exif()
    big = picture("RGB", (24, 16), smooth)
    save(big, "smooth.jpg", quality=95, subsampling=0)
    save(big, "subsampled.jpg", quality=95, subsampling=2)
    save(big, "progressive.jpg", quality=95, subsampling=0, progressive=True)
    save(big.convert("L"), "gray.jpg", quality=95)
    # Pillow inverts nothing when it writes CMYK; Adobe's files are inverted, which the marker tells.
    save(Image.merge("CMYK", [c.point(lambda v: 255 - v) for c in big.split()] + [Image.new("L", big.size, 0)]), "cmyk.jpg", quality=95)
    turns = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
             6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}
    for orientation, turn in turns.items():
        exif[0x0112] = orientation
        save(big.transpose(turn), f"turned{orientation}.jpg", quality=95, subsampling=0, exif=exif)
    exif[0x0112] = 6
    save(rgb.transpose(Image.ROTATE_90), "turned6.png", exif=exif)
    save(rgb.transpose(Image.ROTATE_90), "turned6.webp", lossless=True, exif=exif)

    save(rgb, "rgb.webp", lossless=True)
    save(rgba, "rgba.webp", lossless=True, exact=True)
    save(big, "smooth.webp", quality=95)
    save(rgb, "animated.webp", save_all=True, append_images=[rgb.transpose(Image.FLIP_LEFT_RIGHT)], lossless=True)

    jpeg2000(rgb, rgba, gray, big)

    save(rgb, "rgb.bmp")
    bgr = [bytes(v for x in range(W) for v in pixel(x, y)[2::-1]) for y in range(H)]
    write("top_down.bmp", bmp(24, -H, bgr))
    indices = [bytes(pixel(x, y)[0] for x in range(W)) for y in reversed(range(H))]
    write("palette.bmp", bmp(8, H, indices, b"".join(bytes((i // 2, 255 - i, i, 0)) for i in range(256))))
    # 4 and 1 bits: the index is x, or x and y odd; the palette is (17 i, 0, 255 - 17 i), or black and white.
    nibbles = [bytes((x % 16) << 4 | (x + 1 if x + 1 < W else 0) for x in range(0, W, 2)) for y in range(H)]
    write("palette4.bmp", bmp(4, H, nibbles, b"".join(bytes((255 - 17 * i, 0, 17 * i, 0)) for i in range(16))))
    bits = [int("".join(str((x + y) % 2) if x < W else "0" for x in range(16)), 2).to_bytes(2, "big") for y in reversed(range(H))]
    write("bits.bmp", bmp(1, H, bits, b"\0\0\0\0\xff\xff\xff\0"))
    # 16 bits, 5 for each colour: (x, 2 y, x + y) of 31.
    fives = [b"".join(struct.pack("<H", x << 10 | 2 * y << 5 | x + y) for x in range(W)) for y in reversed(range(H))]
    write("rgb555.bmp", bmp(16, H, fives))
    masks = struct.pack("<IIII", 0xFF000000, 0x00FF0000, 0x0000FF00, 0x000000FF)
    wide = [b"".join(struct.pack(">I", 0)[:0] + struct.pack("<I", int.from_bytes(bytes(pixel(x, y)), "big")) for x in range(W)) for y in reversed(range(H))]
    write("masks.bmp", bmp(32, H, wide, masks=masks, compression=3, header=108))

    # Resizing, as Pillow does it: "<filter>_<width>x<height>.png" of a picture with edges and slopes.
    source = picture("RGB", (32, 20), lambda x, y: ((x * 8) % 256, 255 if (x // 5 + y // 3) % 2 else 0, (x * x + y * y) % 256))
    save(source, "resize_source.png")
    for name, kind in {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "box": Image.BOX}.items():
        for width, height in ((11, 7), (50, 33), (32, 5), (1, 1)):
            save(source.resize((width, height), kind), f"{name}_{width}x{height}.png")


if __name__ == "__main__":
    main()
