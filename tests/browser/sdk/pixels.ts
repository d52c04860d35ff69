const canvas = document.createElement('canvas');

/** The pixels of a picture that can be drawn. */
export function readPixels(picture: CanvasImageSource, width: number, height: number): ImageData {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('there is no 2D context to read pixels with');
  context.drawImage(picture, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** A picture as a PNG file, in base64. */
export function encodePng(picture: ImageBitmap): string {
  readPixels(picture, picture.width, picture.height);
  return canvas.toDataURL('image/png').replace('data:image/png;base64,', '');
}

/** Waits one task, or as many milliseconds as asked. */
export function pause(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
