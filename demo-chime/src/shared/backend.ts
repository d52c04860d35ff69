import type { BackendChoice } from 'cyclorama';

const choices: readonly BackendChoice[] = ['webgpu', 'webgl', 'cpu'];
const choiceOf = (name: string | null | undefined) => choices.find((choice) => choice === name);

/** The only backend whose module is compiled, while `npm start` compiles the others. */
export const served = choiceOf(
  document.querySelector<HTMLMetaElement>('meta[name=cyclorama-backend]')?.content,
);

/** The backend that the pages request: `served`, or the one of a link such as `call.html?backend=cpu`, or `auto`. */
export const backend = served ?? choiceOf(new URLSearchParams(location.search).get('backend')) ?? 'auto';
