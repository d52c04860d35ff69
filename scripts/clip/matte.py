#!/usr/bin/env python3
"""Computes the alpha matte of the astronaut in her photo: writes matte.png, 8-bit coverage at the photo's size.

The selfie model's mask is refined by a guided filter (He, Sun, Tang, "Guided Image Filtering", 2010) with the photo as
the guide. The models segment the helmet in her arm as part of the person, and so does this matte.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PHOTO = ROOT / "tests/data/astronaut.png"
MODEL_MASK = ROOT / "tests/golden/selfie_segmentation__astronaut__out.npy"
MATTE = HERE / "matte.png"

# Corrections where the model is wrong or unsure, in pixels of the photo. Glove and harness belong to the person. Two strips are
# background: next to the lower arm (a flag as red as the suit) and behind the strap of the shoulder.
SURELY_PERSON = [
    [(60, 300), (330, 300), (330, 360), (420, 360), (480, 440), (480, 511), (44, 511), (50, 420)],
]
SURELY_BACKGROUND = [
    [(0, 0), (100, 0), (100, 200), (40, 280), (18, 400), (19, 420), (22, 433), (22, 455), (24, 481), (36, 511), (0, 511)],
    [(351, 260), (354, 285), (358, 303), (359, 318), (364, 331), (362, 334), (364, 344), (369, 347), (400, 340), (400, 260)],
    [(370, 0), (511, 0), (511, 340), (400, 338), (372, 335)],
]
FILTER_RADIUS = 6
"""Pixels of the photo."""
FILTER_EPSILON = 1e-4
"""Smaller values preserve weaker edges."""


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
    """The color guided filter: in each window, the mask becomes an affine function of the guide's color."""
    guide_mean = box_mean(guide, radius)
    mask_mean = box_mean(mask, radius)
    products = guide[..., :, None] * guide[..., None, :]
    covariance = box_mean(products, radius) - guide_mean[..., :, None] * guide_mean[..., None, :]
    correlation = box_mean(guide * mask[..., None], radius) - guide_mean * mask_mean[..., None]
    slope = np.linalg.solve(covariance + epsilon * np.eye(3), correlation[..., None])[..., 0]
    offset = mask_mean - np.sum(slope * guide_mean, axis=-1)
    return np.sum(box_mean(slope, radius) * guide, axis=-1) + box_mean(offset, radius)


def polygons(size: tuple[int, int], outlines: list[list[tuple[int, int]]]) -> np.ndarray:
    """The pixels inside any of the outlines."""
    image = Image.new("1", size)
    for outline in outlines:
        ImageDraw.Draw(image).polygon(outline, fill=1)
    return np.asarray(image)


def cut_out() -> np.ndarray:
    """Coverage in 0..1, `[height, width]`, of the person in the photo."""
    photo = Image.open(PHOTO).convert("RGB")
    mask = Image.fromarray(np.load(MODEL_MASK).reshape(256, 256))
    rough = np.asarray(mask.resize(photo.size, Image.Resampling.BICUBIC), dtype=np.float64)
    rough[polygons(photo.size, SURELY_PERSON)] = 1.0
    rough[polygons(photo.size, SURELY_BACKGROUND)] = 0.0
    decided = np.clip((rough - 0.5) * 4 + 0.5, 0, 1)
    guide = np.asarray(photo, dtype=np.float64) / 255
    refined = guided_filter(guide, decided, FILTER_RADIUS, FILTER_EPSILON)
    return np.clip((refined - 0.5) * 1.6 + 0.5, 0, 1)


if __name__ == "__main__":
    Image.fromarray(np.rint(cut_out() * 255).astype(np.uint8)).save(MATTE, optimize=True)
    print(MATTE)
