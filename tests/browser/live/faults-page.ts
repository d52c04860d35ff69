import { endFaults, injectFault, namesOfFaults } from './faults.js';

Object.assign(globalThis, { live: { endFaults, injectFault, namesOfFaults } });
