import type { BackendChoice } from 'cyclorama';

const served = document.querySelector<HTMLMetaElement>('meta[name=cyclorama-backend]')?.content;

/** The backend that the pages request: `auto`, or the only one whose module is compiled while `npm start` compiles the others. */
export const backend: BackendChoice = served === 'cpu' || served === 'webgl' ? served : 'auto';
