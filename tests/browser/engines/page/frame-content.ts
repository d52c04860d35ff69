/** What an image shows of the scene that a camera saw. */
import { readPixels } from '../../sdk/helpers/pixels.ts';
import { BACKGROUND, cut, meanDifference, PERSON } from '../../sdk/helpers/scene.ts';
import { HEIGHT, isNear, WIDTH } from './scenes.ts';

export interface FrameContent {
  /** Mean difference from the camera where the person is, in levels of 0 to 255. */
  person: number;
  /** The fraction of the wall behind the person that looks as the camera sees it, 0 to 1. */
  wall: number;
  /** The mean color where the wall is, as red, green, blue and alpha of 0 to 255. */
  back: number[];
  /** The greatest difference between two pixels of the image, in levels: 0 if it has one color. */
  spread: number;
}

export function inspectFrame(image: CanvasImageSource, camera: ImageData): FrameContent {
  const seen = readPixels(image, WIDTH, HEIGHT);
  return {
    person: Math.max(...PERSON.map((region) => meanDifference(cut(seen, region), cut(camera, region)))),
    wall: wallOf(seen, camera),
    back: backOf(seen),
    spread: spreadOf(seen),
  };
}

/** The pixels of what a camera sees. */
export function pixelsOf(camera: CanvasImageSource): ImageData {
  return readPixels(camera, WIDTH, HEIGHT);
}

/** The mean color of the wall's area. */
export function backOf(image: ImageData): number[] {
  const parts = BACKGROUND.map((region) => cut(image, region).data);
  return [0, 1, 2, 3].map((channel) => {
    let [sum, count] = [0, 0];
    for (const part of parts) {
      for (let at = channel; at < part.length; at += 4) {
        sum += part[at] ?? 0;
        count += 1;
      }
    }
    return sum / count;
  });
}

function wallOf(seen: ImageData, camera: ImageData): number {
  let [same, count] = [0, 0];
  for (const region of BACKGROUND) {
    const [a, b] = [cut(seen, region).data, cut(camera, region).data];
    for (let at = 0; at < a.length; at += 4) {
      if (isNear([...a.subarray(at, at + 3)], [...b.subarray(at, at + 3)])) same += 1;
      count += 1;
    }
  }
  return same / count;
}

function spreadOf({ data }: ImageData): number {
  let most = 0;
  for (const channel of [0, 1, 2, 3]) {
    let [low, high] = [255, 0];
    for (let at = channel; at < data.length; at += 4) {
      const level = data[at] ?? 0;
      if (level < low) low = level;
      if (level > high) high = level;
    }
    most = Math.max(most, high - low);
  }
  return most;
}
