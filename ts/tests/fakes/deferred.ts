/** A promise that the test settles. */
export function deferred<Result>() {
  let resolve!: (result: Result) => void;
  let reject!: (cause: unknown) => void;
  const promise = new Promise<Result>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}
