/**
 * Runs before all other scripts of a page. Reports the errors of WebGPU that no script handles as uncaught errors of the page,
 * so that figures of invalid work are not shown. Browsers only log them.
 */
(() => {
  if (!globalThis.GPUAdapter) return;
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    const device = await requestDevice.apply(this, args);
    device.addEventListener('uncapturederror', ({ error }) =>
      reportError(new Error(`WebGPU: ${error.message}`)),
    );
    return device;
  };
})();
