/** Runs a classic script. For packages without an ES module. */
export function runScript(src) {
  return new Promise((resolve, reject) => {
    const onerror = () => reject(new Error(`${src} could not be loaded.`));
    document.head.append(Object.assign(document.createElement('script'), { src, onload: resolve, onerror }));
  });
}
