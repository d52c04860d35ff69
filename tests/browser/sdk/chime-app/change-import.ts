/** The one line that an app changes. */
const SDK = /^(\} from |import .* from )'amazon-chime-sdk-js';$/gm;

/**
 * The source of an app that uses the SDK's filters, changed to use Cyclorama's.
 *
 * @throws {Error} if the number of lines to change is not one
 */
export function changeImport(source: string): string {
  const lines = source.match(SDK)?.length ?? 0;
  if (lines !== 1) throw new Error(`${lines} lines import from the SDK`);
  return source.replace(SDK, "$1'cyclorama/chime';");
}
