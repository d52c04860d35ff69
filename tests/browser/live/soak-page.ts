import { soak, soaked } from './soak.js';

Object.assign(globalThis, { live: { soak, soaked } });
