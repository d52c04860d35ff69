import { afterEach, describe, expect, test, vi } from 'vitest';
import { reactive, ref } from 'vue';
import {
  BackgroundBlurVideoFrameProcessor,
  BackgroundReplacementVideoFrameProcessor,
  ChimeVideoFrameProcessor,
  VideoFxProcessor,
} from '../../src/adapters/chime/index.js';
import { CycloramaTrackProcessor } from '../../src/adapters/livekit.js';
import { CycloramaVideoProcessor } from '../../src/adapters/twilio.js';
import { TypedEventTarget } from '../../src/page/events.js';
import { surviveProxies } from '../../src/page/proxied.js';
import { blurConfig, silentLogger } from '../fakes/chime.js';
import { stubBackgrounds, stubCanvases } from '../fakes/virtual-background.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A class with private fields, accessors and methods, which a plain Proxy breaks. */
class Secret {
  #value = 1;

  constructor() {
    surviveProxies(this);
  }

  get value(): number {
    return this.#value;
  }

  set value(value: number) {
    this.#value = value;
  }

  async next(): Promise<number> {
    this.#value += 1;
    return this.describe();
  }

  describe(): number {
    return this.#value;
  }
}

class Louder extends Secret {
  #factor = 10;

  override describe(): number {
    return super.describe() * this.#factor;
  }
}

class Speaker extends TypedEventTarget<{ spoken: CustomEvent<string> }> {
  #words = 'hello';

  speak(): void {
    this.dispatchEvent(new CustomEvent('spoken', { detail: this.#words }));
  }
}

/** Forwards property reads with the Proxy as receiver. */
function shallow<T extends object>(target: T): T {
  return new Proxy(target, { get: (from, key, receiver) => Reflect.get(from, key, receiver) });
}

/** Wraps every object that is read from it too. */
function deep<T extends object>(target: T): T {
  return new Proxy(target, {
    get(from, key, receiver) {
      const value: unknown = Reflect.get(from, key, receiver);
      const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
      return isObject ? deep(value) : value;
    },
  });
}

/** Copies the own properties of an instance to an object of the same class, as valtio does. */
function copied<T extends object>(target: T): T {
  const copy = Object.create(Object.getPrototypeOf(target));
  for (const key of Reflect.ownKeys(target)) {
    const property = Object.getOwnPropertyDescriptor(target, key);
    if (property?.writable) copy[key] = Reflect.get(target, key);
  }
  return shallow(copy);
}

describe.each<[string, <T extends object>(target: T) => T]>([
  ['a Proxy', shallow],
  ['a Proxy of a Proxy', (target) => shallow(shallow(target))],
  ['a deep Proxy', deep],
  ['a copy behind a Proxy', copied],
  ['Vue’s ref', (target) => ref(target).value as typeof target],
  ['Vue’s reactive', (target) => reactive({ target }).target as typeof target],
])('through %s', (_name, wrap) => {
  test('methods and accessors run on the instance', async () => {
    const secret = new Secret();
    const wrapped = wrap(secret);
    expect(wrapped).toBeInstanceOf(Secret);
    expect(await wrapped.next()).toBe(2);
    wrapped.value = 5;
    expect([wrapped.value, secret.value]).toEqual([5, 5]);
  });

  test('overrides of a subclass run', async () => {
    const wrapped = wrap(new Louder());
    expect(await wrapped.next()).toBe(20);
    expect(wrapped.describe()).toBe(20);
  });

  test('listeners receive events', () => {
    const speaker = new Speaker();
    const wrapped = wrap(speaker);
    const heard: string[] = [];
    const listener = ({ detail }: CustomEvent<string>) => heard.push(detail);
    wrapped.addEventListener('spoken', listener);
    wrapped.speak();
    speaker.speak();
    wrapped.removeEventListener('spoken', listener);
    wrapped.speak();
    expect(heard).toEqual(['hello', 'hello']);
  });
});

const FX = blurConfig('low');
const buffers = [{ framerate: 30, asCanvasElement: () => ({ width: 4, height: 2 }) }] as never;

describe.each<[string, <T extends object>(target: T) => T]>([
  ['a Proxy', shallow],
  ['a deep Proxy', deep],
  ['Vue’s ref', (target) => ref(target).value as typeof target],
])('the adapters work through %s', (_name, wrap) => {
  test('the Chime processors', async () => {
    stubBackgrounds();
    stubCanvases();
    const processor = wrap(await ChimeVideoFrameProcessor.create());
    expect(await processor.process(buffers)).toMatchObject([{ width: 0 }]);
    expect(await processor.setEffect({ kind: 'none' })).toBe(true);
    expect([processor.effect, processor.backend]).toEqual([{ kind: 'none' }, 'webgl']);
    const heard = vi.fn();
    processor.addEventListener('track', heard);
    const blur = wrap(await BackgroundBlurVideoFrameProcessor.create(undefined, { logger: silentLogger }));
    await blur.process(buffers);
    blur.setBlurStrength(7);
    blur.addObserver({});
    expect(await blur.processor.setEffect({ kind: 'none' })).toBe(true);
    const replacement = wrap(await BackgroundReplacementVideoFrameProcessor.create());
    await replacement.setImageBlob(new Blob());
    expect(replacement.processor.effect.kind).toBe('image');
    const fx = wrap(await VideoFxProcessor.create(silentLogger, FX));
    await fx.process(buffers);
    await fx.setEffectConfig(FX);
    expect(fx.getEffectConfig()).toEqual(FX);
    for (const made of [processor, blur, replacement, fx]) await made.destroy();
    expect(processor.destroyed).toBe(true);
  });

  test('the LiveKit and Twilio processors', async () => {
    stubBackgrounds();
    const livekit = wrap(new CycloramaTrackProcessor());
    livekit.addEventListener('error', () => {});
    await livekit.init({ track: {} as MediaStreamTrack });
    expect(livekit.processedTrack?.readyState).toBe('live');
    expect(await livekit.update({ quality: 'low' })).toBe(true);
    expect(livekit.background?.quality).toBe('low');
    await livekit.destroy();
    const twilio = wrap(await CycloramaVideoProcessor.create());
    expect(await twilio.setEffect({ kind: 'none' })).toBe(true);
    await expect(twilio.processFrame({} as never, {} as never)).rejects.toMatchObject({ code: 'option' });
    await twilio.destroy();
    expect(twilio.destroyed).toBe(true);
  });
});

test('the protection adds no visible properties, and Vue does not wrap the instance', () => {
  const secret = new Secret();
  expect(ref(secret).value).toBe(secret);
  expect(Object.keys(secret)).toEqual([]);
  expect(JSON.stringify(secret)).toBe('{}');
  expect(structuredClone(secret)).toEqual({});
});

test('a spy on a class or an instance is called', () => {
  const secret = new Secret();
  const onClass = vi.spyOn(Secret.prototype, 'describe').mockReturnValue(7);
  expect(shallow(secret).describe()).toBe(7);
  onClass.mockRestore();
  expect(shallow(secret).describe()).toBe(1);
  const onInstance = vi.spyOn(secret, 'describe').mockReturnValue(8);
  expect(shallow(secret).describe()).toBe(8);
  onInstance.mockRestore();
  expect(shallow(secret).describe()).toBe(1);
});
