/** Shows the rows of a check as tables, one per group, and its images. */
import { GROUPS, type Group, PAIRED, pairs, type Row, STATUS_TEXT } from './report';

export class View {
  readonly #tables: HTMLElement;
  readonly #images: HTMLElement;
  readonly #rows = new Map<Group, Row[]>();

  /** @param images the element for images. */
  constructor(tables: HTMLElement, images: HTMLElement) {
    this.#tables = tables;
    this.#images = images;
  }

  clear(): void {
    this.#rows.clear();
    this.#tables.replaceChildren();
    this.#images.replaceChildren();
  }

  /** Adds rows to their groups' tables. */
  add(rows: readonly Row[]): void {
    for (const row of rows) {
      const known = this.#rows.get(row.group) ?? [];
      known.push(row);
      this.#rows.set(row.group, known);
    }
    for (const group of new Set(rows.map(({ group }) => group))) this.#draw(group);
  }

  /** Replaces all rows with their final status. */
  settle(rows: readonly Row[]): void {
    this.#rows.clear();
    this.add(rows);
  }

  /** Adds a small copy of an image, in the order of the checks. */
  showImage(group: Group, title: string, image: CanvasImageSource): void {
    const figure = document.createElement('figure');
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 180;
    canvas.role = 'img';
    canvas.ariaLabel = `${title}, ${GROUPS[group]}`;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const caption = document.createElement('figcaption');
    caption.textContent = `${title} · ${GROUPS[group]}`;
    figure.append(canvas, caption);
    this.#images.append(figure);
  }

  #draw(group: Group): void {
    const rows = this.#rows.get(group) ?? [];
    const isPaired = PAIRED.includes(group);
    const table = document.createElement('table');
    table.className = isPaired ? 'checks paired' : 'checks';
    table.id = `group-${group}`;
    const caption = table.createCaption();
    caption.textContent = GROUPS[group];
    const head = table.createTHead().insertRow();
    for (const title of isPaired ? ['Check', 'Page', 'Worker'] : ['Check', 'Result', 'Detail']) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.textContent = title;
      head.append(cell);
    }
    const body = table.createTBody();
    if (isPaired) {
      for (const { title, page, worker } of pairs(rows)) fill(body, title, [cell(page), cell(worker)]);
    } else {
      for (const row of rows) fill(body, row.title, [[badge(row)], [row.detail]]);
    }
    const old = this.#tables.querySelector(`#${table.id}`);
    if (old) {
      old.replaceWith(table);
      return;
    }
    const card = document.createElement('div');
    card.className = 'card';
    card.append(table);
    this.#tables.append(card);
  }
}

function fill(body: HTMLTableSectionElement, title: string, cells: (string | Node)[][]): void {
  const line = body.insertRow();
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = title;
  line.append(head);
  for (const content of cells) line.insertCell().append(...content);
}

function cell(row: Row | undefined): (string | Node)[] {
  if (!row) return ['–'];
  return row.detail === '' ? [badge(row)] : [badge(row), ` ${row.detail}`];
}

const SIGNS: Record<Row['status'], string> = {
  passed: '✓',
  failed: '✗',
  'worked-around': '✓',
  deviates: '!',
  unavailable: '○',
  'not-run': '–',
};

/** A status as a sign with text, so that colors alone carry no meaning. */
function badge({ status }: Row): HTMLElement {
  const element = document.createElement('span');
  element.className = 'result';
  element.dataset.status = status;
  element.textContent = `${SIGNS[status]}\u00A0${STATUS_TEXT[status]}`;
  return element;
}
