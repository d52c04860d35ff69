import { expect, test } from 'vitest';
import type { DisplayState, OnFailure } from '../../src/shared/protocol.js';
import { PrivacyGate, type ShownFrame } from '../../src/worker/privacy-gate.js';

const WANTED: readonly DisplayState[] = ['background', 'camera', 'nothing'];
const ON_FAILURE: readonly OnFailure[] = ['hide', 'freeze', 'passthrough'];

test('the camera comes out only where it is asked for by name', () => {
  for (const wanted of WANTED) {
    for (const onFailure of ON_FAILURE) {
      const gate = new PrivacyGate(wanted, onFailure);
      const shown: ShownFrame[] = [gate.beforeFrame(true), gate.beforeFrame(false), gate.afterFailure()];
      const asked = wanted === 'camera' || (wanted === 'background' && onFailure === 'passthrough');
      expect(shown.includes('raw'), `${wanted}, ${onFailure}`).toBe(asked);
    }
  }
});

test('a frame is composited only by an engine that works', () => {
  expect(new PrivacyGate('background', 'hide').beforeFrame(true)).toBe('composite');
  const instead = { hide: 'hidden', freeze: 'frozen', passthrough: 'raw' } as const;
  for (const onFailure of ON_FAILURE) {
    const gate = new PrivacyGate('background', onFailure);
    expect(gate.beforeFrame(false)).toBe(instead[onFailure]);
    expect(gate.afterFailure()).toBe(instead[onFailure]);
  }
});

test('while something else than the camera is on its way, the camera is hidden', () => {
  const gate = new PrivacyGate('camera', 'passthrough');
  expect(gate.beforeFrame(true)).toBe('raw');
  gate.want('nothing');
  expect(gate.beforeFrame(true)).toBe('hidden');
  expect(gate.afterFailure()).toBe('hidden');
});

test('a picture of the camera that was under way is not shown any more when the wish has changed', () => {
  const gate = new PrivacyGate('camera', 'passthrough');
  expect(gate.stillRaw('wanted')).toBe(true);
  gate.want('background');
  // Nothing has failed: that a failure would show the camera is no reason.
  expect(gate.stillRaw('wanted')).toBe(false);
  expect(gate.stillRaw('failed')).toBe(true);
  gate.want('nothing');
  expect(gate.stillRaw('failed')).toBe(false);
});

test('once shut, nothing of a camera is shown, whatever is wanted', () => {
  for (const wanted of WANTED) {
    for (const onFailure of ON_FAILURE) {
      const gate = new PrivacyGate(wanted, onFailure);
      gate.shut();
      expect([gate.beforeFrame(true), gate.beforeFrame(false), gate.afterFailure()]).toEqual(
        Array(3).fill('hidden'),
      );
      expect([gate.stillRaw('wanted'), gate.stillRaw('failed')]).toEqual([false, false]);
    }
  }
});

test('a last picture is kept only where a failure shows it', () => {
  expect(ON_FAILURE.map((onFailure) => new PrivacyGate('background', onFailure).keepsLast)).toEqual([
    false,
    true,
    false,
  ]);
});
