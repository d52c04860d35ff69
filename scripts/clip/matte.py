#!/usr/bin/env python3
"""Cuts the astronaut out of her photograph: writes matte.png, 8-bit coverage at the photograph's size.

The selfie network's mask says roughly where she is; a guided filter (He, Sun, Tang, "Guided Image Filtering",
2010) with the photograph as the guide brings its edge to the picture's own. The networks see the helmet in her
arm as part of her, and so does this matte.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PHOTOGRAPH = ROOT / "tests/data/astronaut.png"
NETWORK_MASK = ROOT / "tests/golden/selfie_segmentation__astronaut__out.npy"
MATTE = HERE / "matte.png"

# Where the network is wrong or unsure, in pixels of the photograph: glove and harness deep inside of her, and
# two strips outside, beside the lower arm (a flag as red as the suit) and behind the strap of the shoulder.
SURELY_PERSON = [
    [(60, 300), (330, 300), (330, 360), (420, 360), (480, 440), (480, 511), (44, 511), (50, 420)],
]
SURELY_BACKGROUND = [
    [(0, 0), (100, 0), (100, 200), (40, 280), (18, 400), (19, 420), (22, 433), (22, 455), (24, 481), (36, 511), (0, 511)],
    [(351, 260), (354, 285), (358, 303), (359, 318), (364, 331), (362, 334), (364, 344), (369, 347), (400, 340), (400, 260)],
    [(370, 0), (511, 0), (511, 340), (400, 338), (372, 335)],
]
FILTER_RADIUS = 6
"""Pixels of the photograph."""
FILTER_EPSILON = 1e-4
"""Smaller follows weaker edges."""


def box_mean(values: np.ndarray, radius: int) -> np.ndarray:
    """Mean over the square of side `2 * radius + 1`, edges repeated, over the first two axes."""
    size = 2 * radius + 1
    for axis in (0, 1):
        padding = [(0, 0)] * values.ndim
        padding[axis] = (radius + 1, radius)
        total = np.cumsum(np.pad(values, padding, mode="edge"), axis=axis)
        ahead, behind = [slice(None)] * values.ndim, [slice(None)] * values.ndim
        ahead[axis], behind[axis] = slice(size, None), slice(None, -size)
        values = (total[tuple(ahead)] - total[tuple(behind)]) / size
    return values


def guided_filter(guide: np.ndarray, mask: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """The colour guided filter: in each window the mask becomes an affine function of the guide's colour."""
    guide_mean = box_mean(guide, radius)
    mask_mean = box_mean(mask, radius)
    products = guide[..., :, None] * guide[..., None, :]
    covariance = box_mean(products, radius) - guide_mean[..., :, None] * guide_mean[..., None, :]
    correlation = box_mean(guide * mask[..., None], radius) - guide_mean * mask_mean[..., None]
    slope = np.linalg.solve(covariance + epsilon * np.eye(3), correlation[..., None])[..., 0]
    offset = mask_mean - np.sum(slope * guide_mean, axis=-1)
    return np.sum(box_mean(slope, radius) * guide, axis=-1) + box_mean(offset, radius)


def polygons(size: tuple[int, int], outlines: list[list[tuple[int, int]]]) -> np.ndarray:
    """Which pixels lie inside any of the outlines."""
    picture = Image.new("1", size)
    for outline in outlines:
        ImageDraw.Draw(picture).polygon(outline, fill=1)
    return np.asarray(picture)


def cut_out() -> np.ndarray:
    """Coverage in 0..1, `[height, width]`, of the person in the photograph."""
    photograph = Image.open(PHOTOGRAPH).convert("RGB")
    network = Image.fromarray(np.load(NETWORK_MASK).reshape(256, 256))
    rough = np.asarray(network.resize(photograph.size, Image.Resampling.BICUBIC), dtype=np.float64)
    rough[polygons(photograph.size, SURELY_PERSON)] = 1.0
    rough[polygons(photograph.size, SURELY_BACKGROUND)] = 0.0
    decided = np.clip((rough - 0.5) * 4 + 0.5, 0, 1)
    guide = np.asarray(photograph, dtype=np.float64) / 255
    refined = guided_filter(guide, decided, FILTER_RADIUS, FILTER_EPSILON)
    return np.clip((refined - 0.5) * 1.6 + 0.5, 0, 1)


if __name__ == "__main__":
    Image.fromarray(np.rint(cut_out() * 255).astype(np.uint8)).save(MATTE, optimize=True)
    print(MATTE)
