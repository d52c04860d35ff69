#!/usr/bin/env python3
"""Renders the demo's clip: a person who sways and leans in front of a drawn room.

    pip install -r scripts/clip/requirements.txt     # and ffmpeg with libvpx
    python3 scripts/clip/matte.py                    # once: writes the alpha matte, matte.png
    python3 scripts/clip/make.py                     # writes demo-chime/public/clip.webm
    python3 scripts/clip/make.py --masks DIR         # writes the ground truth instead, DIR/0000.png ...
    python3 scripts/clip/make.py --stills DIR        # writes the uncompressed frames instead

The person is cut out of a photo and composited over a drawn room. The alpha matte of each frame is therefore its exact
ground truth. All movements have whole numbers of periods, so the clip loops without a seam.
"""

import argparse
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matte import MATTE, PHOTO, ROOT, box_mean
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
"""The cut-out is upsampled once with a bicubic filter, so that the warp can be bilinear."""
PERSON_SCALE = 1.4
"""Pixels of the frame per pixel of the photo."""
PERSON_CENTER = 245
"""The column of the photo at the center of the frame."""
PERSON_BOTTOM = 474
"""The row of the photo at the frame's lower border. It hides the photo's lower edge."""


def cut_out() -> np.ndarray:
    """The person as premultiplied RGBA in 0..1, `CUT_OUT_SCALE` times the photo's size."""
    color = np.asarray(Image.open(PHOTO).convert("RGB"), dtype=np.float64) / 255
    coverage = np.asarray(Image.open(MATTE), dtype=np.float64) / 255
    # Edge pixels contain some of the photo's background. They take the color of the nearest opaque pixels.
    opaque = (coverage > 0.98).astype(np.float64)[..., None]
    spread = box_mean(box_mean(color * opaque, 4), 4) / np.maximum(box_mean(box_mean(opaque, 4), 4), 1e-6)
    foreground = np.where(opaque > 0, color, spread)
    premultiplied = np.dstack([foreground * coverage[..., None], coverage])
    size = (coverage.shape[1] * CUT_OUT_SCALE, coverage.shape[0] * CUT_OUT_SCALE)
    planes = [Image.fromarray(plane.astype(np.float32)) for plane in np.moveaxis(premultiplied, -1, 0)]
    upsampled = np.dstack([np.asarray(plane.resize(size, Image.Resampling.BICUBIC)) for plane in planes])
    upsampled = np.clip(upsampled, 0, 1)
    return np.minimum(upsampled, upsampled[..., 3:])


def sample(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Bilinear samples at pixel-center coordinates. Pixels outside the image are transparent."""
    height, width = image.shape[:2]
    inside = (x > -1) & (x < width) & (y > -1) & (y < height)
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)))
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
    # The lower border stays in place and the head moves most.
    upward = (HEIGHT - rows) / HEIGHT
    x = (columns - WIDTH / 2 - sway - lean * upward**2) / scale + PERSON_CENTER
    y = (rows - HEIGHT - rise) / scale + PERSON_BOTTOM
    return sample(person, x * CUT_OUT_SCALE - 0.5, y * CUT_OUT_SCALE - 0.5)


def masks() -> Iterator[np.ndarray]:
    """The person of each frame as premultiplied RGBA. The alpha channel is the ground truth."""
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


def write_images(images: Iterator[np.ndarray], folder: Path) -> None:
    """One PNG for each frame, numbered from 0000."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:04}.png")


def write_clip(images: Iterator[np.ndarray], path: Path) -> None:
    """VP9 in WebM, which every browser plays."""
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FRAMES_PER_SECOND), "-i", "-"]
    color_options = ["-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709", "-color_primaries", "bt709"]
    color_options += ["-color_trc", "bt709", "-color_range", "tv", "-pix_fmt", "yuv420p"]
    codec = ["-c:v", "libvpx-vp9", "-crf", str(QUALITY), "-b:v", "0", "-g", str(FRAMES_PER_SECOND * 2), "-row-mt", "1"]
    # Without the encoder's name and the time, the same frames produce the same file.
    plain = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
    command = ["ffmpeg", "-y", "-loglevel", "error", *source, *color_options, *codec, *plain, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        for image in images:
            encoder.stdin.write(image.tobytes())
        encoder.stdin.close()
        if encoder.wait() != 0:
            raise SystemExit(f"ffmpeg failed with status {encoder.returncode}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--masks", type=Path, metavar="DIR", help="write the ground truth instead of the clip")
    parser.add_argument("--stills", type=Path, metavar="DIR", help="write the uncompressed frames instead of the clip")
    arguments = parser.parse_args()
    if arguments.masks:
        write_images((np.rint(person[..., 3] * 255).astype(np.uint8) for person in masks()), arguments.masks)
    if arguments.stills:
        write_images(frames(), arguments.stills)
    if not arguments.masks and not arguments.stills:
        CLIP.parent.mkdir(parents=True, exist_ok=True)
        write_clip(frames(), CLIP)
        print(f"{CLIP}: {CLIP.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
