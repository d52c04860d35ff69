import type { BackendChoice } from 'cyclorama';

/**
 * The backend that the pages request: `auto`, or `cpu` while `npm start` still compiles the modules for GPUs.
 */
export const backend: BackendChoice = document.querySelector('meta[name=cyclorama-backend][content=cpu]')
  ? 'cpu'
  : 'auto';
