"""Makes the frame and the background of the golden images with Pillow (made with 13.0.0).

Run in this folder: python3 make.py
"""

from PIL import Image

astronaut = Image.open("../../data/astronaut.png").convert("RGB")
astronaut.crop((0, 0, 512, 288)).resize((320, 180), Image.LANCZOS).save("frame.png")
# Square, so that cover, contain and fill all differ.
hills = Image.open("../../../demo-chime/public/hills.jpg").convert("RGB")
hills.crop((250, 0, 1150, 900)).resize((160, 160), Image.LANCZOS).save("backdrop.png")
