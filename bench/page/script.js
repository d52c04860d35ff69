/** Runs a classic script, for packages that have no module. */
export function runScript(src) {
  return new Promise((resolve, reject) => {
    const onerror = () => reject(new Error(`${src} could not be loaded.`));
    document.head.append(Object.assign(document.createElement('script'), { src, onload: resolve, onerror }));
  });
}
