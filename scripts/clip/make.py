#!/usr/bin/env python3
"""Makes the demo's clip: a person who sways and leans before a room that is known to the pixel.

    pip install -r scripts/clip/requirements.txt     # and ffmpeg with libvpx
    python3 scripts/clip/matte.py                    # once: cuts her out, writes matte.png
    python3 scripts/clip/make.py                     # writes demo-chime/public/clip.webm
    python3 scripts/clip/make.py --masks DIR         # writes the true masks instead, DIR/0000.png ...
    python3 scripts/clip/make.py --stills DIR        # writes the frames themselves, before compression

The person is cut out of a photograph and set before a drawn room, so that every frame's mask is known exactly: it
is the matte that the frame was composed with. All movements have whole numbers of periods: the clip loops without
a seam.
"""

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matte import MATTE, PHOTOGRAPH, ROOT, box_mean
from PIL import Image
from scene import draw_room

CLIP = ROOT / "demo-chime/public/clip.webm"
WIDTH, HEIGHT = 1280, 720
FRAMES_PER_SECOND = 30
SECONDS = 8
ROOM_SEED = 7
QUALITY = 36
"""Constant quality of libvpx-vp9, 0 (best) to 63."""

CUT_OUT_SCALE = 2
"""The cut-out is enlarged once with a good filter, so that the warp can be bilinear."""
PERSON_SCALE = 1.4
"""Pixels of the frame per pixel of the photograph."""
PERSON_CENTRE = 245
"""The column of the photograph that stands in the middle of the frame."""
PERSON_BOTTOM = 474
"""The row of the photograph at the frame's lower border: all below it would show where the photograph ends."""


def cut_out() -> np.ndarray:
    """The person as premultiplied RGBA in 0..1, `CUT_OUT_SCALE` times the photograph's size."""
    colour = np.asarray(Image.open(PHOTOGRAPH).convert("RGB"), dtype=np.float64) / 255
    coverage = np.asarray(Image.open(MATTE), dtype=np.float64) / 255
    # Pixels of her edge hold some of the old background: they take the colour of the nearest pixels that are hers alone.
    sure = (coverage > 0.98).astype(np.float64)[..., None]
    spread = box_mean(box_mean(colour * sure, 4), 4) / np.maximum(box_mean(box_mean(sure, 4), 4), 1e-6)
    own = np.where(sure > 0, colour, spread)
    premultiplied = np.dstack([own * coverage[..., None], coverage])
    size = (coverage.shape[1] * CUT_OUT_SCALE, coverage.shape[0] * CUT_OUT_SCALE)
    planes = [Image.fromarray(plane.astype(np.float32)) for plane in np.moveaxis(premultiplied, -1, 0)]
    enlarged = np.dstack([np.asarray(plane.resize(size, Image.Resampling.BICUBIC)) for plane in planes])
    enlarged = np.clip(enlarged, 0, 1)
    return np.minimum(enlarged, enlarged[..., 3:])


def sample(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Bilinear samples at pixel-centre coordinates; nothing outside of the picture."""
    height, width = picture.shape[:2]
    inside = (x > -1) & (x < width) & (y > -1) & (y < height)
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)))
    x, y = np.clip(x + 1, 0, width), np.clip(y + 1, 0, height)
    left, top = x.astype(int), y.astype(int)
    across, down = (x - left)[..., None], (y - top)[..., None]
    upper = padded[top, left] * (1 - across) + padded[top, left + 1] * across
    lower = padded[top + 1, left] * (1 - across) + padded[top + 1, left + 1] * across
    return (upper * (1 - down) + lower * down) * inside[..., None]


def place(person: np.ndarray, phase: float) -> np.ndarray:
    """The person in the frame at `phase` (0..1 of the clip), premultiplied RGBA `[HEIGHT, WIDTH, 4]`."""

    def wave(periods: int, shift: float = 0.0) -> float:
        return np.sin(2 * np.pi * (periods * phase + shift))

    scale = PERSON_SCALE * (1 + 0.07 * wave(1, 0.2) + 0.02 * wave(2))
    sway = 90 * wave(1) + 14 * wave(3, 0.1)
    lean = 46 * wave(2, 0.15)
    rise = 6 * wave(3) + 4 * wave(5, 0.4)
    columns, rows = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    # The seat stays where it is and the head moves most.
    upward = (HEIGHT - rows) / HEIGHT
    x = (columns - WIDTH / 2 - sway - lean * upward**2) / scale + PERSON_CENTRE
    y = (rows - HEIGHT - rise) / scale + PERSON_BOTTOM
    return sample(person, x * CUT_OUT_SCALE - 0.5, y * CUT_OUT_SCALE - 0.5)


def masks() -> Iterator[np.ndarray]:
    """For each frame the person as premultiplied RGBA; the last channel is the true mask."""
    person = cut_out()
    count = FRAMES_PER_SECOND * SECONDS
    for frame in range(count):
        yield place(person, frame / count)


def frames() -> Iterator[np.ndarray]:
    """The frames, `[HEIGHT, WIDTH, 3]` bytes."""
    room = draw_room(WIDTH, HEIGHT, ROOM_SEED)
    for person in masks():
        composed = person[..., :3] * 255 + room * (1 - person[..., 3:])
        yield np.rint(composed).astype(np.uint8)


def write_pictures(pictures: Iterator[np.ndarray], folder: Path) -> None:
    """One PNG for each frame, numbered from 0000."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{number:04}.png")


def write_clip(pictures: Iterator[np.ndarray], path: Path) -> None:
    """VP9 in WebM, which every browser plays."""
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FRAMES_PER_SECOND), "-i", "-"]
    colours = ["-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709", "-color_primaries", "bt709"]
    colours += ["-color_trc", "bt709", "-color_range", "tv", "-pix_fmt", "yuv420p"]
    codec = ["-c:v", "libvpx-vp9", "-crf", str(QUALITY), "-b:v", "0", "-g", str(FRAMES_PER_SECOND * 2), "-row-mt", "1"]
    # Without the encoder's name and the time, the same frames make the same file.
    plain = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
    command = ["ffmpeg", "-y", "-loglevel", "error", *source, *colours, *codec, *plain, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        for picture in pictures:
            encoder.stdin.write(picture.tobytes())
        encoder.stdin.close()
        if encoder.wait() != 0:
            raise SystemExit(f"ffmpeg failed with status {encoder.returncode}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--masks", type=Path, metavar="DIR", help="write the true masks instead of the clip")
    parser.add_argument("--stills", type=Path, metavar="DIR", help="write the uncompressed frames instead of the clip")
    arguments = parser.parse_args()
    if arguments.masks:
        write_pictures((np.rint(person[..., 3] * 255).astype(np.uint8) for person in masks()), arguments.masks)
    if arguments.stills:
        write_pictures(frames(), arguments.stills)
    if not arguments.masks and not arguments.stills:
        CLIP.parent.mkdir(parents=True, exist_ok=True)
        write_clip(frames(), CLIP)
        print(f"{CLIP}: {CLIP.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
