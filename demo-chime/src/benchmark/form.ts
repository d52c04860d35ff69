import type { Backend } from 'cyclorama';
import type { BenchmarkModel, PeerEntry } from './engines';
import type { SourceChoice } from './frames';
import type { Machine } from './machine';
import { fileModel } from './models';
import {
  BACKENDS,
  type BackendName,
  estimate,
  LIMITS,
  type Offers,
  offered,
  parseSize,
  REFINEMENTS,
  type Settings,
  SettingsError,
  SIZES,
  type SourceKind,
} from './settings';

const backendTitles: Record<BackendName, string> = {
  'webgpu-f32': 'WebGPU, float32 weights',
  'webgpu-f16': 'WebGPU, float16 weights',
  webgl: 'WebGL2 effects, model on the CPU',
  cpu: 'CPU',
};

const refinementTitles = {
  guided: 'Guided filter',
  bilateral: 'Bilateral filter',
  none: 'None',
};

/** The result of `VirtualBackground.support()` for each backend. */
export interface BackendSupport {
  /** The backend that `backend: 'auto'` selects. */
  automatic: Backend | undefined;
  webgl: boolean;
  cpu: boolean;
}

/** The form of the page: what a run measures. */
export class BenchmarkForm {
  readonly form: HTMLFormElement;
  readonly #models: BenchmarkModel[];
  #machine: Machine = {};
  #support: BackendSupport = { automatic: undefined, webgl: true, cpu: true };
  /** Settings of the link that have no field in the form. */
  #hidden: Pick<Settings, 'timing' | 'worker'> = { timing: 'every', worker: true };

  constructor(form: HTMLFormElement, models: readonly BenchmarkModel[], peers: readonly PeerEntry[]) {
    this.form = form;
    this.#models = [...models];
    for (const { name, title } of models) this.#addCheckbox('models', 'model', name, title);
    for (const name of BACKENDS) this.#addCheckbox('backends', 'backend', name, backendTitles[name]);
    for (const name of REFINEMENTS)
      this.#addCheckbox('refinements', 'refinement', name, refinementTitles[name]);
    for (const name of SIZES) this.#addCheckbox('sizes', 'size', name, name.replace('x', ' × '));
    for (const { id, title, note } of peers) this.#addCheckbox('peers', 'peer', id, title, note);
    const peerFields = form.querySelector<HTMLElement>('#peer-fields');
    if (peerFields) peerFields.hidden = peers.length === 0;
    for (const [name, [least, most]] of Object.entries(LIMITS)) {
      Object.assign(this.#input(name), { min: String(least), max: String(most) });
    }
    form.addEventListener('change', ({ target }) => {
      const input = target as HTMLInputElement;
      if (input.name === 'model-file') this.#addFiles(input.files);
      this.refresh();
    });
    form.addEventListener('input', () => this.refresh());
    form.addEventListener('dragover', (event) => event.preventDefault());
    form.addEventListener('drop', (event) => {
      event.preventDefault();
      this.#addFiles(event.dataTransfer?.files);
      this.refresh();
    });
  }

  /** Fills the fields with settings. */
  fill(settings: Settings): void {
    const { models, backends, refinements, sizes, peers, source, quality } = settings;
    const names = sizes.map((size) => size.join('x'));
    for (const name of names) {
      if (!this.#checkboxes('size').some(({ value }) => value === name))
        this.#addCheckbox('sizes', 'size', name, name.replace('x', ' × '));
    }
    const chosen: [string, readonly string[]][] = [
      ['model', models],
      ['backend', backends],
      ['refinement', refinements],
      ['size', names],
      ['peer', peers],
      ['source', [source]],
    ];
    for (const [field, values] of chosen) {
      for (const box of this.#checkboxes(field)) box.checked = values.includes(box.value);
    }
    for (const name of ['rounds', 'frames', 'warmUp', 'seconds'] as const)
      this.#input(name).value = String(settings[name]);
    this.#input('quality').checked = quality;
    this.#hidden = { timing: settings.timing, worker: settings.worker };
    this.refresh();
  }

  /** Disables the backends that the browser lacks, and marks the one that `backend: 'auto'` selects. */
  offer(machine: Machine, support: BackendSupport): void {
    this.#machine = machine;
    this.#support = support;
    const { automatic } = support;
    const chosen = automatic === 'webgpu' ? `webgpu-${this.offers.f16 ? 'f16' : 'f32'}` : automatic;
    for (const box of this.#checkboxes('backend')) {
      box.disabled = offered([box.value as BackendName], this.offers).length === 0;
      const note = box.closest('label')?.querySelector('small');
      const remark = box.value === chosen ? 'automatic choice' : '';
      if (note) note.textContent = box.disabled ? this.#missing(box.value as BackendName) : remark;
    }
    this.refresh();
  }

  /** Which backends the browser offers. */
  get offers(): Offers {
    const { adapter } = this.#machine;
    return {
      webgpu: adapter !== undefined,
      f16: adapter?.f16 ?? false,
      webgl: this.#support.webgl,
      cpu: this.#support.cpu,
      software: adapter?.software ?? false,
    };
  }

  /** Why the browser does not offer a backend. */
  #missing(backend: BackendName): string {
    if (backend === 'webgl') return 'this browser has no WebGL2';
    if (backend === 'cpu') return 'this browser has no VideoFrame';
    return this.#machine.adapter ? 'this adapter has no shader-f16' : 'this browser has no WebGPU adapter';
  }

  /** @throws {SettingsError} if a choice is missing */
  get settings(): Settings {
    const number = (name: keyof typeof LIMITS) => {
      const input = this.#input(name);
      if (!input.validity.valid)
        throw new SettingsError(`${input.labels?.[0]?.textContent?.trim()}: ${input.validationMessage}`);
      return input.valueAsNumber;
    };
    const chosen = (field: string) =>
      this.#checkboxes(field)
        .filter(({ checked, disabled }) => checked && !disabled)
        .map(({ value }) => value);
    const settings: Settings = {
      models: chosen('model'),
      backends: chosen('backend') as BackendName[],
      refinements: REFINEMENTS.filter((name) => chosen('refinement').includes(name)),
      sizes: chosen('size').map(parseSize),
      peers: chosen('peer'),
      source: chosen('source')[0] as SourceKind,
      rounds: number('rounds'),
      frames: number('frames'),
      warmUp: number('warmUp'),
      seconds: number('seconds'),
      quality: this.#input('quality').checked,
      ...this.#hidden,
    };
    const missing = (['models', 'backends', 'refinements', 'sizes'] as const).find(
      (name) => settings[name].length === 0,
    );
    const names = {
      models: 'a model',
      backends: 'a backend',
      refinements: 'an edge refinement or “None”',
      sizes: 'a frame size',
    };
    if (missing) throw new SettingsError(`Choose ${names[missing]}.`);
    if (settings.source === 'file' && !this.choice.file)
      throw new SettingsError('Choose an image or a video.');
    return settings;
  }

  get models(): readonly BenchmarkModel[] {
    return this.#models;
  }

  /** The source of the frames. */
  get choice(): SourceChoice {
    const source = this.#checkboxes('source').find(({ checked }) => checked)?.value as SourceKind;
    return { kind: source, file: this.#input('file').files?.[0], mask: this.#input('mask').files?.[0] };
  }

  set running(running: boolean) {
    for (const fieldset of this.form.querySelectorAll('fieldset')) fieldset.disabled = running;
  }

  /** Shows how long a run takes, or which choice is missing. */
  refresh(): void {
    const files = this.form.querySelector<HTMLElement>('#files');
    if (files) files.hidden = this.choice.kind !== 'file';
    const place = document.querySelector('#estimate');
    const start = document.querySelector<HTMLButtonElement>('#start');
    if (!place || !start || start.dataset.running) return;
    try {
      const { configurations, engines, seconds } = estimate(this.settings, this.offers);
      const device = this.offers.software ? 'a software GPU' : 'a typical laptop';
      place.textContent = `${count(configurations, 'configuration')}, ${count(engines, 'engine')}: about ${duration(seconds)} on ${device}.`;
      start.disabled = false;
    } catch (error) {
      place.textContent = error instanceof Error ? error.message : String(error);
      start.disabled = true;
    }
  }

  #addFiles(files: FileList | null | undefined): void {
    for (const file of files ?? []) {
      if (!/\.tflite$/i.test(file.name)) continue;
      const model = fileModel(file);
      const known = this.#models.findIndex(({ name }) => name === model.name);
      if (known >= 0) {
        this.#models[known] = model;
        continue;
      }
      this.#models.push(model);
      this.#addCheckbox('models', 'model', model.name, model.title).checked = true;
    }
  }

  #addCheckbox(place: string, name: string, value: string, title: string, note = ''): HTMLInputElement {
    const label = document.createElement('label');
    label.className = 'check';
    const input = document.createElement('input');
    Object.assign(input, { type: 'checkbox', name, value });
    const text = document.createElement('span');
    const small = document.createElement('small');
    small.textContent = note;
    text.append(title, ' ', small);
    label.append(input, text);
    this.form.querySelector(`#${place}`)?.append(label);
    return input;
  }

  #checkboxes(name: string): HTMLInputElement[] {
    return [...this.form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`)];
  }

  #input(name: string): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement;
  }
}

/** A number with its noun, in the plural where needed. */
export const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** A duration, rounded to what an estimate can promise. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(5, Math.round(seconds / 5) * 5)} s`;
  return `${Math.round(seconds / 60)} min`;
}
