import { VirtualBackground } from 'cyclorama';

const [camera, result, status] = ['camera', 'result', 'status'].map((id) => document.getElementById(id));

try {
  await drawRoom(camera.getContext('2d', { alpha: false }));
  const background = await VirtualBackground.create({ effect: { kind: 'blur', strength: 'high' } });
  const { image, outcome } = await background.processFrame(camera);
  result.getContext('2d').drawImage(image, 0, 0);
  image.close();
  await background.destroy();
  status.textContent = `done: ${outcome}`;
} catch (error) {
  status.textContent = `failed: ${error.code ?? 'unknown'}: ${error}`;
}

/** Draws a person in front of a wall of small squares in two bright colors. */
async function drawRoom(context) {
  const person = new Image();
  person.src = './person.png';
  await person.decode();
  const { width, height } = context.canvas;
  const square = 8;
  for (let y = 0; y < height; y += square) {
    for (let x = 0; x < width; x += square) {
      context.fillStyle = (x + y) % (2 * square) ? '#ff00ff' : '#00ff00';
      context.fillRect(x, y, square, square);
    }
  }
  context.drawImage(person, (width - height) / 2, 0, height, height);
}
