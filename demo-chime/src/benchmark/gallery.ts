import hillsUrl from '/hills.jpg?url';
import { alphaImage, grayImage } from './mask-image';
import { type Row, sizeName } from './report';
import type { MaskSample } from './run';
import { digits } from './tables';

/** The largest width of an image, in pixels. */
const WIDTH = 480;

/** The backgrounds in the page's list. */
type Background = 'hills' | 'color' | 'checkerboard';

interface Entry {
  row: Row;
  composite: HTMLCanvasElement;
  person: OffscreenCanvas;
  caption: HTMLElement;
}

/** Shows masks and composites of one frame. */
export class Gallery {
  readonly #section: HTMLElement;
  readonly #images: HTMLElement;
  readonly #background: HTMLSelectElement;
  #entries: Entry[] = [];
  readonly #hills = new Image();

  constructor(section: HTMLElement, images: HTMLElement, background: HTMLSelectElement) {
    this.#section = section;
    this.#images = images;
    this.#background = background;
    this.#hills.src = hillsUrl;
    this.#hills.addEventListener('load', () => this.#compose());
    background.addEventListener('change', () => this.#compose());
  }

  clear(): void {
    this.#entries = [];
    this.#images.replaceChildren();
    this.#section.hidden = true;
  }

  /** Adds a mask and the person over the chosen background. Closes the sample's image. */
  add({ row, mask, person, frame }: MaskSample): void {
    const scale = Math.min(1, WIDTH / row.input[0]);
    const [width, height] = row.input.map((side) => Math.round(side * scale)) as [number, number];
    const title = titleOf(row);

    const foreground = new OffscreenCanvas(width, height);
    const context = foreground.getContext('2d');
    if (!context) return;
    if (person) {
      context.drawImage(person, 0, 0, width, height);
      person.close();
    } else {
      context.drawImage(alphaImage(mask), 0, 0, width, height);
      context.globalCompositeOperation = 'source-in';
      context.drawImage(frame, 0, 0, width, height);
    }
    const gray = createCanvas(width, height, `Mask of ${title}`);
    gray.getContext('2d')?.drawImage(grayImage(mask), 0, 0, width, height);
    const composite = createCanvas(width, height, `Composite of ${title}`);

    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    const pair = document.createElement('div');
    pair.className = 'pair';
    pair.append(gray, composite);
    caption.textContent = `${title} · ${sizeName(row.input)}`;
    figure.append(pair, caption);
    this.#images.append(figure);
    this.#section.hidden = false;
    const entry = { row, composite, person: foreground, caption };
    this.#entries.push(entry);
    this.#compose([entry]);
  }

  /** Writes the final results below the images. */
  describe(rows: readonly Row[], key: (row: Row) => string): void {
    const hasQuality = rows.some(({ quality }) => quality);
    for (const { row, caption } of this.#entries) {
      const { quality, ranges } = rows.find((candidate) => key(candidate) === key(row)) ?? row;
      const parts = [
        titleOf(row),
        quality
          ? `IoU ${quality.iou.toFixed(3)}, boundary F ${quality.boundaryF.toFixed(3)}`
          : hasQuality && 'reference',
        ranges.inference ? `(a) ${digits(ranges.inference.median)} ms` : undefined,
      ];
      caption.textContent = parts.filter(Boolean).join(' · ');
    }
  }

  #compose(entries: readonly Entry[] = this.#entries): void {
    const background = this.#background.value as Background;
    for (const { composite, person } of entries) {
      const context = composite.getContext('2d');
      if (!context) continue;
      const { width, height } = composite;
      context.clearRect(0, 0, width, height);
      if (background === 'hills' && this.#hills.naturalWidth > 0)
        context.drawImage(this.#hills, 0, 0, width, height);
      if (background === 'color') {
        context.fillStyle = '#1f7a5c';
        context.fillRect(0, 0, width, height);
      }
      if (background === 'checkerboard') drawCheckerboard(context, width, height);
      context.drawImage(person, 0, 0);
    }
  }
}

const titleOf = ({ system, model, refinement }: Row) =>
  `${system === 'cyclorama' ? '' : `${system}: `}${model}, ${refinement}`;

function createCanvas(width: number, height: number, label: string): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height, ariaLabel: label });
  canvas.setAttribute('role', 'img');
  return canvas;
}

function drawCheckerboard(context: CanvasRenderingContext2D, width: number, height: number): void {
  const side = 16;
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#c9ced6';
  for (let y = 0; y < height; y += side) {
    for (let x = (y / side) % 2 ? side : 0; x < width; x += 2 * side) context.fillRect(x, y, side, side);
  }
}
