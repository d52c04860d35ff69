/** The one line that an app changes. */
const SDK = /^(\} from |import .* from )'amazon-chime-sdk-js';$/gm;

/**
 * The source of an app that takes the SDK's filters, taking Cyclorama's.
 *
 * @throws where there is another number of lines to change than one
 */
export function changeImport(source: string): string {
  const lines = source.match(SDK)?.length ?? 0;
  if (lines !== 1) throw new Error(`${lines} lines import from the SDK`);
  return source.replace(SDK, "$1'cyclorama/chime';");
}
