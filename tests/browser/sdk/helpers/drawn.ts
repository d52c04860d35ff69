/**
 * Frames and background images that are easily corrupted on their way to the GPU: rotated, mirrored, cropped, stretched,
 * transparent. Each must look as `drawImage` draws it over black, on every import path of the engine.
 */
import { expect } from 'vitest';
import type { FrameSource, ImageEffect, VirtualBackground } from '../../../../ts/src/index.js';
import { readPixels } from './pixels.js';
import { meanDifference, paintScene } from './scene.js';

const [WIDTH, HEIGHT] = [320, 180];
const SUBSAMPLED = 'a frame with subsampled colors';

/** Expects frames of every orientation, crop and transparency to look like their drawings. */
export async function expectFramesAsDrawn(background: VirtualBackground): Promise<void> {
  for (const [name, frame] of Object.entries(await oddFrames())) {
    const { width, height } = sizeOf(frame);
    const drawing = new OffscreenCanvas(width, height);
    const context = contextOf(drawing);
    context.fillRect(0, 0, width, height);
    context.drawImage(frame, 0, 0, width, height);
    const [given, drawn] = [await show(background, frame), await show(background, drawing)];
    if ('close' in frame) frame.close();
    expect([given.width, given.height], name).toEqual([width, height]);
    // Subsampled colors are upsampled with different filters.
    expect(meanDifference(given, drawn), name).toBeLessThan(name === SUBSAMPLED ? 4 : 2);
  }
}

/** Expects transparent images over black, as `drawImage` draws them. */
export async function expectImagesAsDrawn(background: VirtualBackground): Promise<void> {
  const frame = await paintScene(WIDTH, HEIGHT);
  for (const [name, source] of Object.entries(await transparentImages())) {
    await background.setEffect({ kind: 'image', source, fit: 'fill', lightWrap: 0 });
    const { data } = await show(background, frame);
    const edge = [...data.subarray(0, 3)];
    for (const level of edge) expect(Math.abs(level - 64), `${name}: ${edge}`).toBeLessThanOrEqual(1);
  }
}

async function oddFrames(): Promise<Record<string, FrameSource>> {
  const scene = await paintScene(WIDTH, HEIGHT);
  const whole = new VideoFrame(scene, { timestamp: 0 });
  const frames: Record<string, FrameSource> = {};
  for (const rotation of [0, 90, 180, 270]) {
    for (const flip of [false, true]) {
      // Stored so that it has the scene's orientation when shown.
      const init = { timestamp: 0, rotation, flip } as VideoFrameInit;
      const frame = new VideoFrame(turned(scene, (360 - rotation) % 360), init);
      frames[`rotation ${rotation}${flip ? ', flipped' : ''}`] = frame;
    }
  }
  const visibleRect = { x: 40, y: 20, width: 240, height: 160 };
  frames['a part of a frame'] = new VideoFrame(whole, { visibleRect });
  frames['a stretched frame'] = new VideoFrame(whole, { displayWidth: 480, displayHeight: 180 });
  frames[SUBSAMPLED] = subsampled(scene);
  frames['a transparent frame'] = new VideoFrame(faded(scene), { timestamp: 0 });
  frames['a transparent canvas'] = faded(scene);
  frames['a transparent bitmap'] = await createImageBitmap(faded(scene), { premultiplyAlpha: 'none' });
  frames['a bitmap upside down'] = await createImageBitmap(turned(scene, 180), { imageOrientation: 'flipY' });
  whole.close();
  return frames;
}

async function transparentImages(): Promise<Record<string, ImageEffect['source']>> {
  const canvas = new OffscreenCanvas(64, 64);
  const context = contextOf(canvas);
  context.fillStyle = 'rgb(255 255 255 / 0.25)';
  context.fillRect(0, 0, 64, 64);
  const file = await canvas.convertToBlob({ type: 'image/png' });
  const drawing =
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#fff" fill-opacity="0.25"/></svg>';
  const element = new Image();
  element.src = `data:image/svg+xml,${encodeURIComponent(drawing)}`;
  await element.decode();
  return {
    'a PNG file': file,
    'its URL': await urlOf(file),
    'an <img> of an SVG': element,
    'a bitmap': await createImageBitmap(file),
    'a bitmap that is not premultiplied': await createImageBitmap(file, { premultiplyAlpha: 'none' }),
  };
}

async function show(background: VirtualBackground, frame: FrameSource): Promise<ImageData> {
  const { image, outcome, width, height } = await background.processFrame(frame);
  const pixels = readPixels(image, width, height);
  image.close();
  expect(outcome).toBe('processed');
  return pixels;
}

/** The image rotated clockwise, in degrees. */
function turned(image: HTMLCanvasElement, degrees: number): OffscreenCanvas {
  const { width, height } = image;
  const lies = degrees % 180 !== 0;
  const canvas = new OffscreenCanvas(lies ? height : width, lies ? width : height);
  const context = contextOf(canvas);
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate((degrees * Math.PI) / 180);
  context.drawImage(image, -width / 2, -height / 2);
  return canvas;
}

/** The image with three quarters of its opacity. */
function faded(image: HTMLCanvasElement): OffscreenCanvas {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = contextOf(canvas);
  context.globalAlpha = 0.75;
  context.drawImage(image, 0, 0);
  return canvas;
}

/** The image in a camera's format: luma for each pixel, chroma for each four pixels (I420 of BT.601). */
function subsampled(image: HTMLCanvasElement): VideoFrame {
  const { width, height } = image;
  const { data } = readPixels(image, width, height);
  const size = width * height;
  const planes = new Uint8Array(size * 1.5);
  for (let at = 0; at < size; at += 1) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at * 4);
    planes[at] = 16 + (65.5 * red + 128.6 * green + 25 * blue) / 255;
    const [x, y] = [at % width, Math.floor(at / width)];
    if (x % 2 > 0 || y % 2 > 0) continue;
    const color = (y / 2) * (width / 2) + x / 2;
    planes[size + color] = 128 + (-37.8 * red - 74.2 * green + 112 * blue) / 255;
    planes[size * 1.25 + color] = 128 + (112 * red - 93.8 * green - 18.2 * blue) / 255;
  }
  return new VideoFrame(planes, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 0 });
}

function sizeOf(frame: FrameSource): { width: number; height: number } {
  if (frame instanceof VideoFrame) return { width: frame.displayWidth, height: frame.displayHeight };
  return { width: frame.width, height: frame.height };
}

function urlOf(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the canvas has no 2D context');
  return context;
}
