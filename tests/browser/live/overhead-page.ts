import { openCases, take } from './overhead.js';

Object.assign(globalThis, { live: { openCases, take } });
