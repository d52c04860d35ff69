"""Makes the golden images of the stage `preprocess` with Pillow (made with 13.0.0).

Run in this folder: python3 make.py
"""

import random

from PIL import Image, ImageDraw

random.seed(1)
frame = Image.linear_gradient("L").resize((97, 61)).convert("RGB")
draw = ImageDraw.Draw(frame)
for _ in range(60):
    x, y = random.randrange(97), random.randrange(61)
    box = (x, y, x + random.randrange(1, 20), y + random.randrange(1, 20))
    draw.rectangle(box, fill=tuple(random.randrange(256) for _ in range(3)))
frame.save("frame.png")
for size in [(40, 23), (150, 90), (97, 20), (31, 122)]:
    frame.resize(size, Image.BILINEAR).save("frame_{}x{}.png".format(*size))
