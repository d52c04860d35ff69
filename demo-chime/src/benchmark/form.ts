import type { Choice } from './frames';
import type { Machine } from './machine';
import { ownModel } from './models';
import {
  BACKENDS,
  type BackendName,
  estimate,
  LIMITS,
  offered,
  parseSize,
  REFINEMENTS,
  type Settings,
  SettingsError,
  SIZES,
  type SourceKind,
} from './settings';
import type { BenchmarkModel, PeerEntry } from './systems';

const backendTitles: Record<BackendName, string> = {
  'webgpu-f32': 'WebGPU, weights of 32 bits',
  'webgpu-f16': 'WebGPU, weights of 16 bits',
  webgl: 'CPU (network on the processor, effects on WebGL2)',
};

const refinementTitles = {
  guided: 'Guided: follows the edges',
  bilateral: 'Bilateral',
  none: 'None: as the network gives it',
};

/** The page's form: what is to be measured. */
export class BenchmarkForm {
  readonly form: HTMLFormElement;
  readonly #models: BenchmarkModel[];
  #machine: Machine = {};
  /** What a link asked for and no field shows. */
  #hidden: Pick<Settings, 'timing' | 'worker'> = { timing: 'every', worker: true };

  constructor(form: HTMLFormElement, models: readonly BenchmarkModel[], peers: readonly PeerEntry[]) {
    this.form = form;
    this.#models = [...models];
    for (const { name, title } of models) this.#addBox('models', 'model', name, title);
    for (const name of BACKENDS) this.#addBox('backends', 'backend', name, backendTitles[name]);
    for (const name of REFINEMENTS) this.#addBox('refinements', 'refinement', name, refinementTitles[name]);
    for (const name of SIZES) this.#addBox('sizes', 'size', name, name.replace('x', ' × '));
    for (const { id, title, note } of peers) this.#addBox('peers', 'peer', id, title, note);
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

  /** Puts settings into the fields. */
  fill(settings: Settings): void {
    const { models, backends, refinements, sizes, peers, source, quality } = settings;
    const names = sizes.map((size) => size.join('x'));
    for (const name of names) {
      if (!this.#boxes('size').some(({ value }) => value === name))
        this.#addBox('sizes', 'size', name, name.replace('x', ' × '));
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
      for (const box of this.#boxes(field)) box.checked = values.includes(box.value);
    }
    for (const name of ['rounds', 'frames', 'warmUp', 'seconds'] as const)
      this.#input(name).value = String(settings[name]);
    this.#input('quality').checked = quality;
    this.#hidden = { timing: settings.timing, worker: settings.worker };
    this.refresh();
  }

  /** Offers what the machine has. */
  offer(machine: Machine): void {
    this.#machine = machine;
    for (const box of this.#boxes('backend')) {
      box.disabled = offered([box.value as BackendName], this.offers).length === 0;
      const why = machine.adapter ? 'this adapter has no shader-f16' : 'this browser has no WebGPU';
      const note = box.closest('label')?.querySelector('small');
      if (note) note.textContent = box.disabled ? why : '';
    }
    this.refresh();
  }

  /** What of the backends there is. */
  get offers(): { webgpu: boolean; f16: boolean; software: boolean } {
    const { adapter } = this.#machine;
    return {
      webgpu: adapter !== undefined,
      f16: adapter?.f16 ?? false,
      software: adapter?.software ?? false,
    };
  }

  /** @throws {SettingsError} where a choice is missing */
  get settings(): Settings {
    const number = (name: keyof typeof LIMITS) => {
      const input = this.#input(name);
      if (!input.validity.valid)
        throw new SettingsError(`${input.labels?.[0]?.textContent?.trim()}: ${input.validationMessage}`);
      return input.valueAsNumber;
    };
    const chosen = (field: string) =>
      this.#boxes(field)
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
    const words = {
      models: 'a network',
      backends: 'what to run on',
      refinements: 'a refinement, or none',
      sizes: 'a size of frames',
    };
    if (missing) throw new SettingsError(`Choose ${words[missing]}.`);
    if (settings.source === 'file' && !this.choice.file)
      throw new SettingsError('Choose a picture or a video of yours.');
    return settings;
  }

  get models(): readonly BenchmarkModel[] {
    return this.#models;
  }

  /** What frames are taken of. */
  get choice(): Choice {
    const source = this.#boxes('source').find(({ checked }) => checked)?.value as SourceKind;
    return { kind: source, file: this.#input('file').files?.[0], mask: this.#input('mask').files?.[0] };
  }

  set running(running: boolean) {
    for (const fieldset of this.form.querySelectorAll('fieldset')) fieldset.disabled = running;
  }

  /** Shows how long it will take, or what is missing. */
  refresh(): void {
    const files = this.form.querySelector<HTMLElement>('#files');
    if (files) files.hidden = this.choice.kind !== 'file';
    const place = this.form.querySelector('#estimate');
    const start = this.form.querySelector<HTMLButtonElement>('#start');
    if (!place || !start || start.dataset.running) return;
    try {
      const { configurations, networks, seconds } = estimate(this.settings, this.offers);
      const kind = this.offers.software ? 'a software GPU' : 'a usual laptop';
      place.textContent =
        `${count(configurations, 'configuration')}, ${count(networks, 'engine')} to make ready: about ${duration(seconds)}, ` +
        `reckoned for ${kind} and corrected as it runs.`;
      start.disabled = false;
    } catch (error) {
      place.textContent = error instanceof Error ? error.message : String(error);
      start.disabled = true;
    }
  }

  #addFiles(files: FileList | null | undefined): void {
    for (const file of files ?? []) {
      if (!/\.tflite$/i.test(file.name)) continue;
      const model = ownModel(file);
      const known = this.#models.findIndex(({ name }) => name === model.name);
      if (known >= 0) {
        this.#models[known] = model;
        continue;
      }
      this.#models.push(model);
      this.#addBox('models', 'model', model.name, model.title).checked = true;
    }
  }

  #addBox(place: string, name: string, value: string, title: string, note = ''): HTMLInputElement {
    const label = document.createElement('label');
    label.className = 'check';
    const input = document.createElement('input');
    Object.assign(input, { type: 'checkbox', name, value });
    const words = document.createElement('span');
    const small = document.createElement('small');
    small.textContent = note;
    words.append(title, ' ', small);
    label.append(input, words);
    this.form.querySelector(`#${place}`)?.append(label);
    return input;
  }

  #boxes(name: string): HTMLInputElement[] {
    return [...this.form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`)];
  }

  #input(name: string): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement;
  }
}

/** A number of things. */
export const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** A length of time in words that promise no more than they can keep. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(5, Math.round(seconds / 5) * 5)} s`;
  return `${Math.round(seconds / 60)} min`;
}
