import { changeEffects, closeChanges, openChanges } from './changes.js';
import { held, soak, soaked } from './soak.js';

Object.assign(globalThis, { live: { soak, soaked, held, openChanges, changeEffects, closeChanges } });
