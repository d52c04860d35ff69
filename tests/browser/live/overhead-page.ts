import { measureOverhead, rounds } from './overhead.js';

Object.assign(globalThis, { live: { measureOverhead, rounds } });
