#!/usr/bin/env python3
"""Makes the golden files: what LiteRT computes for the five networks.

    pip install ai-edge-litert==2.3.0 numpy pillow
    python3 tests/golden/make.py            # writes NAME__astronaut__in.npy and __out.npy beside this script
    python3 tests/golden/make.py --check    # compares with the files that are there, writes nothing

The picture is NASA's photograph of Eileen Collins (public domain), resized to the network's input with Pillow's
bilinear filter, as RGB in [0, 1]. The output is the graph's own: logits of background and person, or the
probability where the graph ends in a logistic function.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def run(model: Path, picture: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    interpreter = Interpreter(model_path=str(model), num_threads=1)
    interpreter.allocate_tensors()
    given, made = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    _, height, width, _ = given["shape"]
    resized = picture.resize((int(width), int(height)), Image.Resampling.BILINEAR)
    values = np.asarray(resized, dtype=np.float32)[None] / np.float32(255)
    interpreter.set_tensor(given["index"], values)
    interpreter.invoke()
    return values, interpreter.get_tensor(made["index"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="folder of the .tflite files")
    parser.add_argument("--picture", type=Path, default=ROOT / "tests/data/astronaut.png")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    manifest = json.loads((ROOT / "models/manifest.json").read_text())
    picture = Image.open(arguments.picture).convert("RGB")
    worst = 0.0
    for entry in manifest["models"]:
        given, made = run(arguments.models / entry["file"], picture)
        for part, values in (("in", given), ("out", made)):
            path = HERE / f"{entry['name']}__{arguments.picture.stem}__{part}.npy"
            if arguments.check:
                difference = float(np.abs(np.load(path) - values).max())
                worst = max(worst, difference)
                print(f"{path.name}: worst difference {difference:.2e}")
            else:
                np.save(path, values)
                print(f"{path.name}: {values.shape}")
    # Another processor may round a sum differently; more than that is another model or another picture.
    return int(worst > 1e-4)


if __name__ == "__main__":
    sys.exit(main())
