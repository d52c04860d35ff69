import hillsUrl from '/hills.jpg?url';
import { greyPicture } from './quality';
import { type Row, sizeName } from './report';
import type { Cut } from './run';
import { digits } from './tables';

/** Pictures are at most so wide, in pixels. */
const WIDTH = 480;

/** What stands behind the person, as the page's list has it. */
type Backdrop = 'hills' | 'colour' | 'squares';

/** Masks and composites of one frame, side by side. */
export class Gallery {
  readonly #section: HTMLElement;
  readonly #pictures: HTMLElement;
  readonly #backdrop: HTMLSelectElement;
  #cuts: { row: Row; composite: HTMLCanvasElement; person: OffscreenCanvas; caption: HTMLElement }[] = [];
  readonly #hills = new Image();

  constructor(section: HTMLElement, pictures: HTMLElement, backdrop: HTMLSelectElement) {
    this.#section = section;
    this.#pictures = pictures;
    this.#backdrop = backdrop;
    this.#hills.src = hillsUrl;
    this.#hills.addEventListener('load', () => this.#compose());
    backdrop.addEventListener('change', () => this.#compose());
  }

  clear(): void {
    this.#cuts = [];
    this.#pictures.replaceChildren();
    this.#section.hidden = true;
  }

  /** Shows a mask, the person before the chosen backdrop, and what the two are of. The picture handed over is closed. */
  add({ row, mask, person, frame }: Cut): void {
    const scale = Math.min(1, WIDTH / row.input[0]);
    const [width, height] = row.input.map((side) => Math.round(side * scale)) as [number, number];
    const title = `${row.system === 'cyclorama' ? '' : `${row.system}: `}${row.model}, ${row.refinement}`;

    const cut = new OffscreenCanvas(width, height);
    const context = cut.getContext('2d');
    if (!context) return;
    if (person) {
      context.drawImage(person, 0, 0, width, height);
      person.close();
    } else {
      context.drawImage(alphaPicture(mask), 0, 0, width, height);
      context.globalCompositeOperation = 'source-in';
      context.drawImage(frame, 0, 0, width, height);
    }
    const grey = canvas(width, height, `Mask of ${title}`);
    grey.getContext('2d')?.drawImage(greyPicture(mask), 0, 0, width, height);
    const composite = canvas(width, height, `Composite of ${title}`);

    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    const pair = document.createElement('div');
    pair.className = 'pair';
    pair.append(grey, composite);
    caption.textContent = `${title} · ${sizeName(row.input)}`;
    figure.append(pair, caption);
    this.#pictures.append(figure);
    this.#section.hidden = false;
    const entry = { row, composite, person: cut, caption };
    this.#cuts.push(entry);
    this.#compose([entry]);
  }

  /** Writes the final figures beneath the pictures. */
  describe(rows: readonly Row[], key: (row: Row) => string): void {
    const judged = rows.some(({ quality }) => quality);
    for (const { row, caption } of this.#cuts) {
      const found = rows.find((candidate) => key(candidate) === key(row)) ?? row;
      const { quality, ranges } = found;
      const parts = [
        `${row.system === 'cyclorama' ? '' : `${row.system}: `}${row.model}, ${row.refinement}`,
        quality
          ? `IoU ${quality.iou.toFixed(3)}, boundary F ${quality.boundaryF.toFixed(3)}`
          : judged && 'the reference',
        ranges.inference ? `(a) ${digits(ranges.inference.median)} ms` : undefined,
      ];
      caption.textContent = parts.filter(Boolean).join(' · ');
    }
  }

  #compose(cuts: readonly { composite: HTMLCanvasElement; person: OffscreenCanvas }[] = this.#cuts): void {
    const backdrop = this.#backdrop.value as Backdrop;
    for (const { composite, person } of cuts) {
      const context = composite.getContext('2d');
      if (!context) continue;
      const { width, height } = composite;
      context.clearRect(0, 0, width, height);
      if (backdrop === 'hills' && this.#hills.naturalWidth > 0)
        context.drawImage(this.#hills, 0, 0, width, height);
      if (backdrop === 'colour') {
        context.fillStyle = '#1f7a5c';
        context.fillRect(0, 0, width, height);
      }
      if (backdrop === 'squares') drawSquares(context, width, height);
      context.drawImage(person, 0, 0);
    }
  }
}

function canvas(width: number, height: number, label: string): HTMLCanvasElement {
  const made = document.createElement('canvas');
  Object.assign(made, { width, height, ariaLabel: label });
  made.setAttribute('role', 'img');
  return made;
}

/** A mask as the alpha of a picture. */
function alphaPicture({ width, height, levels }: Cut['mask']): OffscreenCanvas {
  const picture = new OffscreenCanvas(width, height);
  const data = new ImageData(width, height);
  for (const [index, level] of levels.entries()) data.data[4 * index + 3] = level;
  picture.getContext('2d')?.putImageData(data, 0, 0);
  return picture;
}

function drawSquares(context: CanvasRenderingContext2D, width: number, height: number): void {
  const side = 16;
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#c9ced6';
  for (let y = 0; y < height; y += side) {
    for (let x = (y / side) % 2 ? side : 0; x < width; x += 2 * side) context.fillRect(x, y, side, side);
  }
}
