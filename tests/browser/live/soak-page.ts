import { changeEffects, closeChanges, openChanges } from './changes.js';
import { holdings } from './counting-patches.js';
import { soak, soaked } from './soak.js';

Object.assign(globalThis, { live: { soak, soaked, holdings, openChanges, changeEffects, closeChanges } });
