/**
 * Lets files be dropped onto a place, which has the class `dropping` while some are held over it. Elsewhere on the page they
 * do nothing: a browser would leave the page for one that misses.
 */
export function acceptDrops(place: HTMLElement, take: (files: FileList) => void): void {
  let depth = 0;
  const mark = (change: number) => {
    depth = change === 0 ? 0 : depth + change;
    place.classList.toggle('dropping', depth > 0);
  };
  place.addEventListener('dragenter', () => mark(1));
  place.addEventListener('dragleave', () => mark(-1));
  place.addEventListener('drop', ({ dataTransfer }) => {
    mark(0);
    if (dataTransfer?.files.length) take(dataTransfer.files);
  });
  for (const type of ['dragover', 'drop'] as const) {
    addEventListener(type, (event) => {
      // A file field takes what is dropped on it by itself.
      if (!(event.target instanceof HTMLInputElement)) event.preventDefault();
    });
  }
}
