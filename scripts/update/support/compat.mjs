/** The first versions of browsers with each feature that Cyclorama uses, from MDN's compatibility data. */

/** The browsers of the table, by their names in MDN's data. */
export const browsers = {
  chrome: 'Chrome',
  edge: 'Edge',
  firefox: 'Firefox',
  safari: 'Safari',
  chrome_android: 'Chrome for Android',
  safari_ios: 'Safari on iOS',
};

/**
 * The features that Cyclorama uses. `required`: nothing runs without it. `partial`: a partial implementation is enough.
 *
 * @type {{ title: string, key: string, use: string, required?: boolean, partial?: boolean }[]}
 */
const features = [
  { title: 'WebAssembly SIMD', key: 'webassembly.fixed-width-SIMD', use: 'everything', required: true },
  {
    title: 'Module workers',
    key: 'api.Worker.Worker.ecmascript_modules',
    use: 'everything',
    required: true,
  },
  { title: '`OffscreenCanvas`', key: 'api.OffscreenCanvas', use: 'everything', required: true },
  { title: '`AbortSignal.any`', key: 'api.AbortSignal.any_static', use: 'everything', required: true },
  {
    title: '`AbortSignal.timeout`',
    key: 'api.AbortSignal.timeout_static',
    use: 'everything',
    required: true,
    // Partial implementations differ in the error's name, which no code reads.
    partial: true,
  },
  {
    title: 'WebGL2 on an `OffscreenCanvas`',
    key: 'api.OffscreenCanvas.getContext.webgl2_context',
    use: 'backend `webgl`',
  },
  { title: '`EXT_color_buffer_float`', key: 'api.EXT_color_buffer_float', use: 'backend `webgl`' },
  { title: 'WebGPU', key: 'api.GPU', use: 'backend `webgpu`' },
  {
    title: '`shader-f16`',
    key: 'api.GPUSupportedFeatures.feature_shader-f16',
    use: '16-bit weights on WebGPU',
  },
  {
    title: '`timestamp-query`',
    key: 'api.GPUSupportedFeatures.feature_timestamp-query',
    use: 'GPU timings on WebGPU',
  },
  { title: '`VideoFrame`', key: 'api.VideoFrame', use: 'frames of tracks and `BackgroundTransform`' },
  {
    title: '`MediaStreamTrackProcessor`',
    key: 'api.MediaStreamTrackProcessor',
    use: '`processTrack` with streams',
  },
  {
    title: '`MediaStreamTrackGenerator`',
    key: 'api.MediaStreamTrackGenerator',
    use: '`processTrack` with streams on the page',
  },
  {
    title: '`VideoTrackGenerator`',
    key: 'api.VideoTrackGenerator',
    use: '`processTrack` with streams in the worker',
  },
  {
    title: '`captureStream` of a canvas',
    key: 'api.HTMLCanvasElement.captureStream',
    use: '`processTrack` with a captured canvas',
  },
  {
    title: '`requestVideoFrameCallback`',
    key: 'api.HTMLVideoElement.requestVideoFrameCallback',
    use: '`processTrack` with a captured canvas',
  },
  { title: 'Web Locks', key: 'api.LockManager', use: 'detection of a terminated worker' },
];

/**
 * Reads the versions from MDN's data.
 *
 * @param {object} data of the package `@mdn/browser-compat-data`.
 * @returns {{ source: string, minimum: Record<string, string>, features: object[] }}
 * @throws {Error} if the data lacks one of the features, because MDN renamed it.
 */
export function readCompat(data) {
  const found = features.map(({ title, key, use, required = false, partial = false }) => {
    const support = key.split('.').reduce((node, name) => node?.[name], data)?.__compat?.support;
    if (!support) throw new Error(`@mdn/browser-compat-data has no ${key}: search for its new name.`);
    const versions = Object.fromEntries(
      Object.keys(browsers).map((browser) => [browser, versionsOf(support[browser])]),
    );
    return { title, use, required, partial, versions };
  });
  return {
    source: `@mdn/browser-compat-data ${data.__meta.version}`,
    minimum: Object.fromEntries(Object.keys(browsers).map((browser) => [browser, minimumOf(found, browser)])),
    features: found,
  };
}

/** The first version with the whole feature, and the first with part of it. Versions that need a flag do not count. */
function versionsOf(support) {
  const statements = [support].flat().filter(({ flags, version_added }) => !flags && version_added);
  const first = (isPartial) =>
    statements.filter(({ partial_implementation = false }) => partial_implementation === isPartial).at(-1)
      ?.version_added;
  const [whole, part] = [first(false), first(true)];
  return { ...(whole && { whole }), ...(part && { part }) };
}

/** The first version of a browser with all required features. */
function minimumOf(found, browser) {
  const required = found.filter((feature) => feature.required);
  const versions = required.map(({ versions, partial }) => {
    const { whole, part } = versions[browser];
    return partial ? (part ?? whole) : whole;
  });
  if (versions.includes(undefined)) return 'none';
  return versions.sort((one, other) => Number.parseFloat(one) - Number.parseFloat(other)).at(-1);
}
