import type { BackendChoice } from 'cyclorama';

/**
 * The backend that the pages ask for: the best one, or WebGL2 on a page that `npm start` served before the WebGPU module was
 * compiled.
 */
export const backend: BackendChoice = document.querySelector('meta[name=cyclorama-backend][content=webgl]')
  ? 'webgl'
  : 'auto';
