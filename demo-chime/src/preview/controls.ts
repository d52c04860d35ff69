import type {
  BackendChoice,
  BackgroundBlending,
  BackgroundLayout,
  Effect,
  Fit,
  MattingOptions,
  QualityName,
  Refinement,
  Timing,
} from 'cyclorama';
import { hills, presetEffect } from '../shared/effects';
import { type ModelChoice, models } from './models';

/** The form of the page: the user's choices. */
export class Controls {
  readonly form: HTMLFormElement;

  constructor(form: HTMLFormElement) {
    this.form = form;
    for (const { name, title } of models) this.#select('model').add(new Option(title, name));
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('change', () => this.#showOptions());
    this.#showOptions();
  }

  get source(): 'clip' | 'camera' {
    return this.#choice('source') === 'camera' ? 'camera' : 'clip';
  }

  set source(source: 'clip' | 'camera') {
    for (const radio of this.form.querySelectorAll<HTMLInputElement>('input[name=source]')) {
      radio.checked = radio.value === source;
    }
  }

  /** The chosen effect. `undefined` while it needs a file and the user has not chosen one. */
  get effect(): Effect | undefined {
    const chosen = this.#choice('effect');
    switch (chosen) {
      case 'image': {
        const own = this.#choice('image') === 'own';
        const source = own ? this.#input('file').files?.[0] : hills();
        return source && { kind: 'image', source, ...this.#layout, ...this.#blending };
      }
      case 'video': {
        const source = this.#input('video').files?.[0];
        return source && { kind: 'video', source, ...this.#layout, ...this.#blending };
      }
      case 'color':
        return { kind: 'color', color: this.#choice('color'), lightWrap: this.#blending.lightWrap };
      default:
        return presetEffect(chosen);
    }
  }

  get model(): ModelChoice {
    const name = this.#choice('model');
    const chosen = models.find((candidate) => candidate.name === name) ?? models[0];
    if (!chosen) throw new Error('no model is available');
    return chosen;
  }

  set model({ name }: ModelChoice) {
    this.#select('model').value = name;
  }

  get matting(): MattingOptions {
    return {
      refinement: this.#choice('refinement') as Refinement,
      temporalSmoothing: this.#input('temporalSmoothing').checked,
    };
  }

  get backend(): BackendChoice {
    return this.#choice('backend') as BackendChoice;
  }

  set backend(backend: BackendChoice) {
    this.#select('backend').value = backend;
  }

  get timing(): Timing {
    return this.#input('completed').checked ? 'completed' : 'auto';
  }

  get quality(): 'auto' | QualityName {
    return this.#choice('quality') as 'auto' | QualityName;
  }

  /** Whether the page mirrors its own view. Other participants see the video unmirrored. */
  get mirrorView(): boolean {
    return this.#input('mirror-view').checked;
  }

  /** Uses an image or a video file as the background. Returns false for other files. */
  take(files: FileList): boolean {
    const kind = files[0]?.type.split('/')[0];
    if (kind !== 'image' && kind !== 'video') return false;
    if (kind === 'image') this.#select('image').value = 'own';
    this.#input(kind === 'image' ? 'file' : 'video').files = files;
    for (const radio of this.form.querySelectorAll<HTMLInputElement>('input[name=effect]')) {
      radio.checked = radio.value === kind;
    }
    this.#showOptions();
    return true;
  }

  get #layout(): BackgroundLayout {
    return {
      fit: this.#choice('fit') as Fit,
      position: { x: this.#input('horizontal').valueAsNumber, y: this.#input('vertical').valueAsNumber },
      mirror: this.#input('mirror').checked,
    };
  }

  get #blending(): Required<BackgroundBlending> {
    return {
      lightWrap: this.#input('light-wrap').valueAsNumber,
      matchBrightness: this.#input('match-brightness').checked,
    };
  }

  /** Shows the options of the chosen effect and hides the others. */
  #showOptions(): void {
    const [effect, image] = [this.#choice('effect'), this.#choice('image')];
    for (const label of this.form.querySelectorAll<HTMLElement>('[data-effect]')) {
      const { effect: ofEffects = '', image: ofImage = image } = label.dataset;
      label.hidden = !ofEffects.split(' ').includes(effect) || ofImage !== image;
    }
  }

  #choice(name: string): string {
    return String(new FormData(this.form).get(name) ?? '');
  }

  #input(name: string): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement;
  }

  #select(name: string): HTMLSelectElement {
    return this.form.elements.namedItem(name) as HTMLSelectElement;
  }
}
