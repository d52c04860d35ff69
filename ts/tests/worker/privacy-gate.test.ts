import { expect, test } from 'vitest';
import type { DisplayState, OnFailure } from '../../src/shared/protocol.js';
import { PrivacyGate, type ShownFrame } from '../../src/worker/privacy-gate.js';

const WANTED: readonly DisplayState[] = ['background', 'camera', 'nothing'];
const ON_FAILURE: readonly OnFailure[] = ['hide', 'freeze', 'passthrough'];

test('the gate shows the camera only for the state `camera` or the failure mode `passthrough`', () => {
  for (const wanted of WANTED) {
    for (const onFailure of ON_FAILURE) {
      const gate = new PrivacyGate(wanted, onFailure);
      const shown: ShownFrame[] = [gate.beforeFrame(true), gate.beforeFrame(false), gate.afterFailure()];
      const asked = wanted === 'camera' || (wanted === 'background' && onFailure === 'passthrough');
      expect(shown.includes('raw'), `${wanted}, ${onFailure}`).toBe(asked);
    }
  }
});

test('the gate composites a frame only when the engine works', () => {
  expect(new PrivacyGate('background', 'hide').beforeFrame(true)).toBe('composite');
  const instead = { hide: 'hidden', freeze: 'frozen', passthrough: 'raw' } as const;
  for (const onFailure of ON_FAILURE) {
    const gate = new PrivacyGate('background', onFailure);
    expect(gate.beforeFrame(false)).toBe(instead[onFailure]);
    expect(gate.afterFailure()).toBe(instead[onFailure]);
  }
});

test('the gate hides the camera while another effect loads', () => {
  const gate = new PrivacyGate('camera', 'passthrough');
  expect(gate.beforeFrame(true)).toBe('raw');
  gate.setDisplay('nothing');
  expect(gate.beforeFrame(true)).toBe('hidden');
  expect(gate.afterFailure()).toBe('hidden');
});

test('a pending raw frame is not shown after the display state changes', () => {
  const gate = new PrivacyGate('camera', 'passthrough');
  expect(gate.stillRaw('wanted')).toBe(true);
  gate.setDisplay('background');
  // Nothing has failed, so `passthrough` does not apply.
  expect(gate.stillRaw('wanted')).toBe(false);
  expect(gate.stillRaw('failed')).toBe(true);
  gate.setDisplay('nothing');
  expect(gate.stillRaw('failed')).toBe(false);
});

test('a shut gate hides the camera in every display state', () => {
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

test('the gate keeps the last image only for the failure mode `freeze`', () => {
  expect(ON_FAILURE.map((onFailure) => new PrivacyGate('background', onFailure).keepsLast)).toEqual([
    false,
    true,
    false,
  ]);
});
