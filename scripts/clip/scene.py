"""Draws the room behind the person: shelves of books, posters, a checkered screen, text. Its high contrast makes a leaking
background or a bleeding edge obvious."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

OVERSAMPLING = 2
"""The room is drawn at this scale and downsampled, because Pillow's shapes are not antialiased."""
LENS_BLUR = 1.0
"""Standard deviation in pixels: a wall two meters behind a webcam's subject is slightly out of focus."""
SENSOR_NOISE = 1.6
"""Standard deviation in 8-bit steps. The noise is static, so that it costs the video no bits."""

WALL, WALL_STRIPE = (198, 188, 170), (186, 176, 158)
WOOD, WOOD_DARK = (122, 84, 54), (62, 42, 30)
INK, PAPER = (26, 26, 30), (240, 236, 224)
SPINES = [
    (176, 42, 38), (28, 74, 122), (236, 226, 200), (36, 40, 48), (222, 164, 44), (42, 110, 84),
    (120, 52, 110), (200, 96, 40), (70, 148, 170), (244, 244, 240), (90, 98, 60), (150, 26, 66),
]  # fmt: skip
TITLES = ["OPTICS", "WAVES", "ORBITS", "COLOUR", "SIGNALS", "TENSORS", "LIGHT", "SHADOW", "FILTERS", "MAPS", "NOISE"]
BAND_HEIGHTS = [[0.08, 0.88], [0.06, 0.11, 0.84, 0.89], [0.86], []]
"""Positions of a spine's bands, as fractions of its height."""


class Room:
    """An image, drawn in the pixel coordinates of the finished frame."""

    def __init__(self, width: int, height: int, random: np.random.Generator) -> None:
        self.size = (width, height)
        self.random = random
        self.image = Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING), WALL)
        self.draw = ImageDraw.Draw(self.image)

    def rectangle(self, left: float, top: float, right: float, bottom: float, color: tuple) -> None:
        self.draw.rectangle([OVERSAMPLING * v for v in (left, top, right, bottom)], fill=color)

    def disc(self, x: float, y: float, radius: float, color: tuple) -> None:
        self.draw.ellipse([OVERSAMPLING * v for v in (x - radius, y - radius, x + radius, y + radius)], fill=color)

    def polygon(self, points: list[tuple[float, float]], color: tuple) -> None:
        self.draw.polygon([(OVERSAMPLING * x, OVERSAMPLING * y) for x, y in points], fill=color)

    def text(self, x: float, y: float, text: str, size: float, color: tuple, turned: bool = False) -> None:
        """Text around a center. `turned` text reads from bottom to top."""
        font = ImageFont.load_default(size * OVERSAMPLING)
        left, top, right, bottom = font.getbbox(text)
        stencil = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
        ImageDraw.Draw(stencil).text((-left, -top), text, font=font, fill=255)
        if turned:
            stencil = stencil.transpose(Image.Transpose.ROTATE_90)
        corner = (int(x * OVERSAMPLING - stencil.width / 2), int(y * OVERSAMPLING - stencil.height / 2))
        self.image.paste(color, corner, stencil)

    def book(self, left: float, top: float, right: float, bottom: float) -> None:
        """A spine with bands and, if it is wide enough, a title."""
        width, height = right - left, bottom - top
        color = SPINES[self.random.integers(len(SPINES))]
        ink = INK if sum(color) > 380 else (236, 216, 160)
        self.rectangle(left, top, right, bottom, color)
        for fraction in BAND_HEIGHTS[self.random.integers(len(BAND_HEIGHTS))]:
            self.rectangle(left, top + fraction * height, right, top + fraction * height + 3, ink)
        if width > 15:
            title = TITLES[self.random.integers(len(TITLES))]
            self.text((left + right) / 2, top + height * 0.48, title, width * 0.55, ink, turned=True)
        self.rectangle(left, top, left + width * 0.12, bottom, tuple(int(c * 0.65) for c in color))
        self.rectangle(right - 1, top, right, bottom, (22, 18, 16))

    def bookcase(self, left: float, right: float, shelves: list[float]) -> None:
        """Boards at the heights of `shelves`, with books on each but the first."""
        height = self.size[1]
        self.rectangle(left, 0, right, height, WOOD_DARK)
        for above, board in zip(shelves, shelves[1:]):
            x = left + 10
            while x < right - 22:
                width = self.random.uniform(11, 30)
                if self.random.random() < 0.09:
                    x += width
                    continue
                room = board - above - 14
                self.book(x, board - room * self.random.uniform(0.68, 0.97), min(x + width, right - 10), board)
                x += width
        for board in shelves:
            self.rectangle(left, board, right, board + 12, WOOD)
            self.rectangle(left, board + 10, right, board + 12, WOOD_DARK)
        for side in (left, right - 10):
            self.rectangle(side, 0, side + 10, height, WOOD)

    def poster(self, left: float, top: float, right: float, bottom: float) -> None:
        """A white sheet in a black frame."""
        self.rectangle(left - 6, top - 6, right + 6, bottom + 6, INK)
        self.rectangle(left, top, right, bottom, PAPER)


def draw_room(width: int, height: int, seed: int) -> np.ndarray:
    """The empty room as the camera sees it, `[height, width, 3]` in 0..255. The layout is for 1280 x 720."""
    room = Room(width, height, np.random.default_rng(seed))
    for x in range(0, width, 36):
        room.rectangle(x, 0, x + 17, height, WALL_STRIPE)

    # A checkered folding screen behind the shoulders.
    square = 34
    for row, y in enumerate(range(372, height, square)):
        for column, x in enumerate(range(372, 940, square)):
            room.rectangle(x, y, x + square, y + square, PAPER if (row + column) % 2 else (44, 62, 84))

    room.poster(404, 28, 572, 262)
    for line, (text, size) in enumerate([("E", 64), ("F P", 44), ("T O Z", 32), ("L P E D", 24), ("P E C F D", 18)]):
        room.text(488, 64 + [0, 62, 106, 142, 172][line], text, size, INK)
    room.rectangle(424, 252, 552, 255, (176, 42, 38))

    room.poster(716, 40, 904, 228)
    for ring in range(9):
        room.disc(810, 134, 88 - 10 * ring, (198, 50, 44) if ring % 2 == 0 else PAPER)

    room.poster(596, 14, 692, 150)
    for stripe in range(8):
        room.polygon(
            [(596, 14 + 17 * stripe), (692, 14 + 17 * stripe), (692, 22 + 17 * stripe), (596, 22 + 17 * stripe)],
            (28, 74, 122),
        )

    for flag in range(15):
        x, y = 384 + flag * 38, 300 + 22 * np.sin(np.pi * flag / 14)
        room.polygon([(x, y), (x + 34, y), (x + 17, y + 40)], SPINES[(flag * 5) % len(SPINES)])

    room.bookcase(-10, 372, [-8, 168, 352, 540, 730])
    room.bookcase(940, 1290, [-40, 132, 322, 506, 700])

    # A clock in front of the books of the right bookcase.
    room.disc(1118, 418, 62, INK)
    room.disc(1118, 418, 55, PAPER)
    for hour in range(12):
        angle = hour * np.pi / 6
        room.disc(1118 + 45 * np.sin(angle), 418 - 45 * np.cos(angle), 4.5 if hour % 3 == 0 else 2.5, INK)
    room.polygon([(1115, 421), (1121, 421), (1119, 378), (1117, 378)], INK)
    room.polygon([(1116, 415), (1118, 421), (1148, 431), (1148, 429)], INK)

    reduced = room.image.resize((width, height), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(LENS_BLUR))
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    # Light from the upper left, and a lens that vignettes.
    light = 0.98 - 0.10 * x - 0.12 * y - 0.12 * (x**2 + y**2) / 2
    grain = room.random.normal(0, SENSOR_NOISE, (height, width, 1))
    return np.clip(np.asarray(reduced, dtype=np.float64) * light[..., None] + grain, 0, 255)
