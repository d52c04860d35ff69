/**
 * Accepts files that a user drops on an element. The element has the class `dropping` while a file is dragged over it. The rest of the
 * page ignores dropped files: by default, a browser would leave the page and open the file.
 */
export function acceptDrops(element: HTMLElement, take: (files: FileList) => void): void {
  let depth = 0;
  const mark = (change: number) => {
    depth = change === 0 ? 0 : depth + change;
    element.classList.toggle('dropping', depth > 0);
  };
  element.addEventListener('dragenter', () => mark(1));
  element.addEventListener('dragleave', () => mark(-1));
  element.addEventListener('drop', ({ dataTransfer }) => {
    mark(0);
    if (dataTransfer?.files.length) take(dataTransfer.files);
  });
  for (const type of ['dragover', 'drop'] as const) {
    addEventListener(type, (event) => {
      // File inputs accept dropped files themselves.
      if (!(event.target instanceof HTMLInputElement)) event.preventDefault();
    });
  }
}
