/** Draws a person in front of a wall of small squares in two bright colors. */
export async function drawRoom(canvas: HTMLCanvasElement): Promise<void> {
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('the browser has no 2D canvas');
  const person = new Image();
  person.src = new URL('./person.png', import.meta.url).href;
  await person.decode();
  const { width, height } = canvas;
  const square = 8;
  for (let y = 0; y < height; y += square) {
    for (let x = 0; x < width; x += square) {
      context.fillStyle = (x + y) % (2 * square) ? '#ff00ff' : '#00ff00';
      context.fillRect(x, y, square, square);
    }
  }
  context.drawImage(person, (width - height) / 2, 0, height, height);
}
