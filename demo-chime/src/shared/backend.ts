import type { BackendChoice } from 'cyclorama';

/**
 * The backend that the pages request: `auto`, or `webgl` while `npm start` still compiles the WebGPU module.
 */
export const backend: BackendChoice = document.querySelector('meta[name=cyclorama-backend][content=webgl]')
  ? 'webgl'
  : 'auto';
