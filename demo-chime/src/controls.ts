import type {
  BackgroundBlending,
  BackgroundLayout,
  Effect,
  Fit,
  MattingOptions,
  QualityName,
  Refinement,
  Timing,
} from 'cyclorama';
import { hills, presetEffect } from './effects';
import { type Choice, models } from './models';

/** The page's form: what the user has chosen. */
export class Controls {
  readonly form: HTMLFormElement;

  constructor(form: HTMLFormElement) {
    this.form = form;
    for (const { name, title } of models) this.#select('model').add(new Option(title, name));
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('change', () => this.#showDetails());
    this.#showDetails();
  }

  get source(): 'clip' | 'camera' {
    return this.#choice('source') === 'camera' ? 'camera' : 'clip';
  }

  set source(source: 'clip' | 'camera') {
    for (const radio of this.form.querySelectorAll<HTMLInputElement>('input[name=source]')) {
      radio.checked = radio.value === source;
    }
  }

  /** The chosen effect; `undefined` while a file of the user's is wanted and none is chosen. */
  get effect(): Effect | undefined {
    const chosen = this.#choice('effect');
    switch (chosen) {
      case 'image': {
        const own = this.#choice('picture') === 'own';
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

  get model(): Choice {
    const name = this.#choice('model');
    const chosen = models.find((candidate) => candidate.name === name) ?? models[0];
    if (!chosen) throw new Error('there is no model to choose');
    return chosen;
  }

  set model({ name }: Choice) {
    this.#select('model').value = name;
  }

  get matting(): MattingOptions {
    return {
      refinement: this.#choice('refinement') as Refinement,
      temporalSmoothing: this.#input('temporalSmoothing').checked,
    };
  }

  get timing(): Timing {
    return this.#input('completed').checked ? 'completed' : 'auto';
  }

  get quality(): 'auto' | QualityName {
    return this.#choice('quality') as 'auto' | QualityName;
  }

  /** Whether the user wants to be seen as in a mirror; nobody else does. */
  get mirrorView(): boolean {
    return this.#input('mirror-view').checked;
  }

  /** Puts a picture or a video of the user's behind the person; false where it is neither. */
  take(files: FileList): boolean {
    const kind = files[0]?.type.split('/')[0];
    if (kind !== 'image' && kind !== 'video') return false;
    if (kind === 'image') this.#select('picture').value = 'own';
    this.#input(kind === 'image' ? 'file' : 'video').files = files;
    for (const radio of this.form.querySelectorAll<HTMLInputElement>('input[name=effect]')) {
      radio.checked = radio.value === kind;
    }
    this.#showDetails();
    return true;
  }

  get #layout(): BackgroundLayout {
    return {
      fit: this.#choice('fit') as Fit,
      position: { x: this.#input('across').valueAsNumber, y: this.#input('down').valueAsNumber },
      mirror: this.#input('mirror').checked,
    };
  }

  get #blending(): Required<BackgroundBlending> {
    return {
      lightWrap: this.#input('light-wrap').valueAsNumber,
      matchBrightness: this.#input('match-brightness').checked,
    };
  }

  /** Shows the details of the chosen effect alone. */
  #showDetails(): void {
    const [effect, picture] = [this.#choice('effect'), this.#choice('picture')];
    for (const label of this.form.querySelectorAll<HTMLElement>('[data-effect]')) {
      const { effect: ofEffects = '', picture: ofPicture = picture } = label.dataset;
      label.hidden = !ofEffects.split(' ').includes(effect) || ofPicture !== picture;
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
