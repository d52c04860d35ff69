const canvas = document.createElement('canvas');

/** The pixels of an image that can be drawn. */
export function readPixels(image: CanvasImageSource, width: number, height: number): ImageData {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('there is no 2D context to read pixels with');
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** An image as a PNG file, in base64. */
export function encodePng(image: CanvasImageSource, width: number, height: number): string {
  readPixels(image, width, height);
  return canvas.toDataURL('image/png').replace('data:image/png;base64,', '');
}

/** Waits for one task, or for a time in milliseconds. */
export function pause(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
