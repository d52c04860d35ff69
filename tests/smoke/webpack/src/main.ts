import { CycloramaError, type OutputFrame, VirtualBackground } from 'cyclorama';
import { drawRoom } from './room';

const camera = element('camera', HTMLCanvasElement);
const result = element('result', HTMLCanvasElement);
const status = element('status', HTMLElement);

try {
  await drawRoom(camera);
  const background = await VirtualBackground.create({ effect: { kind: 'blur', strength: 'high' } });
  const frame = await background.processFrame(camera);
  show(frame);
  await background.destroy();
  status.textContent = `done: ${frame.outcome}`;
} catch (error) {
  const code = error instanceof CycloramaError ? error.code : 'unknown';
  status.textContent = `failed: ${code}: ${error}`;
}

function show({ image }: OutputFrame): void {
  result.getContext('2d')?.drawImage(image, 0, 0);
  image.close();
}

function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}
