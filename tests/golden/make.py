#!/usr/bin/env python3
"""Makes the golden files: what LiteRT computes for the models of models/manifest.json.

    pip install ai-edge-litert==2.3.0 numpy pillow
    python3 tests/golden/make.py            # writes NAME__astronaut__in.npy, __out.npy and __person.npy next to this script
    python3 tests/golden/make.py --check    # compares with the existing files, writes nothing

The image is NASA's photo of Eileen Collins (public domain), resized to the model's input with Pillow's bilinear
filter, as RGB in [0, 1]. BodyPix and DeepLabV3 receive values in [-1, 1], the range of their training data. The output
is the graph's own: logits of background and person, or the probability if the graph ends in a logistic function.
README.md describes what is stored for the two models that score every eighth pixel.
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

# Models that score every eighth pixel, and the index of their person class.
PERSON = {"body-pix-float-050-8": 0, "deeplabv3_257_mv_gpu": 15}


def run(name: str, model: Path, image: Image.Image) -> dict[str, np.ndarray]:
    interpreter = Interpreter(model_path=str(model), num_threads=1)
    interpreter.allocate_tensors()
    given, made = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    _, height, width, _ = given["shape"]
    resized = image.resize((int(width), int(height)), Image.Resampling.BILINEAR)
    values = np.asarray(resized, dtype=np.float32)[None] / np.float32(255)
    interpreter.set_tensor(given["index"], values * 2 - 1 if name in PERSON else values)
    interpreter.invoke()
    output = interpreter.get_tensor(made["index"])
    if name not in PERSON:
        return {"in": values, "out": output}
    if output.shape[1:3] == (height, width):
        small = output[:, ::8, ::8]
        # The graph upsamples by eight with aligned corners, so the other pixels add no information.
        assert np.abs(upsampled(small, (height, width)) - output).max() < 1e-4
        output = np.ascontiguousarray(small)
    person = probability(upsampled(output, (height, width)), PERSON[name])
    return {"in": values, "out": output, "person": person.astype(np.float32)}


def upsampled(scores: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """[1, h, w, C] upsampled bilinearly with aligned corners, in float64."""
    scores = scores.astype(np.float64)
    for axis, side in zip((1, 2), size):
        at = np.arange(side) * (scores.shape[axis] - 1) / (side - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, scores.shape[axis] - 1)
        part = np.expand_dims(at - low, tuple(other for other in range(4) if other != axis))
        scores = scores.take(low, axis) * (1 - part) + scores.take(high, axis) * part
    return scores


def probability(logits: np.ndarray, person: int) -> np.ndarray:
    """The logistic function of a single channel, else the softmax over the channels: [1, H, W, 1]."""
    if logits.shape[-1] == 1:
        return 1 / (1 + np.exp(-logits))
    return 1 / np.exp(logits - logits[..., person : person + 1]).sum(-1, keepdims=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="folder of the .tflite files")
    parser.add_argument("--image", type=Path, default=ROOT / "tests/data/astronaut.png")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    manifest = json.loads((ROOT / "models/manifest.json").read_text())
    image = Image.open(arguments.image).convert("RGB")
    worst = 0.0
    for entry in manifest["models"]:
        for part, values in run(entry["name"], arguments.models / entry["file"], image).items():
            path = HERE / f"{entry['name']}__{arguments.image.stem}__{part}.npy"
            if arguments.check:
                difference = float(np.abs(np.load(path) - values).max())
                worst = max(worst, difference)
                print(f"{path.name}: worst difference {difference:.2e}")
            else:
                np.save(path, values)
                print(f"{path.name}: {values.shape}")
    # Another CPU may round a sum differently. A greater difference means another model or another image.
    return int(worst > 1e-4)


if __name__ == "__main__":
    sys.exit(main())
