/** Runs in the page: times whole frames, from the camera's frame to the bitmap that is shown. */

/** Timed frames of each case per round. One untimed frame precedes them. */
const FRAMES_PER_ROUND = 3;

/**
 * The measured cases: each effect with full mask refinement, and the first effect with less of it.
 *
 * @param {ImageBitmap} image
 */
function listCases(image) {
  const layout = { fit: 'cover', position: [0.5, 0.5], mirror: false };
  const guided = { refinement: 'guided', temporalSmoothing: true };
  const blur = { kind: 'blur', radius: 16 };
  return [
    { name: 'blur, medium', background: blur, matting: guided },
    { name: 'blur, high', background: { kind: 'blur', radius: 32 }, matting: guided },
    { name: 'image', background: { kind: 'image', image, layout }, matting: guided },
    { name: 'color', background: { kind: 'color', color: [0, 90, 160] }, matting: guided },
    { name: 'transparent', background: { kind: 'transparent' }, matting: guided },
    {
      name: 'blur, medium; unrefined',
      background: blur,
      matting: { refinement: 'none', temporalSmoothing: false },
    },
    {
      name: 'blur, medium; bilateral',
      background: blur,
      matting: { refinement: 'bilateral', temporalSmoothing: true },
    },
  ];
}

/** The stage timings of every frame, by case, and the timings of the largest model alone. */
export async function measure({ base, backend, rounds, model, yardstick }) {
  // Chromium supports relaxed SIMD, so apps load this module too.
  const [file, module] =
    backend === 'cpu'
      ? ['cyclorama_cpu.js', 'cyclorama_cpu_relaxed_bg.wasm']
      : ['cyclorama_web.js', 'cyclorama_web_bg.wasm'];
  const { default: start, Engine, Segmenter } = await import(`${base}wasm/${file}`);
  const { fetchNpy } = await import(`${base}bench/page/npy.js`);
  const { readClip } = await import(`${base}bench/page/clip.js`);
  await start({ module_or_path: `${base}wasm/${module}` });
  const bytes = async ({ path }) => new Uint8Array(await (await fetch(base + path)).arrayBuffer());
  const image = await createImageBitmap(await (await fetch(`${base}clip/hills.jpg`)).blob());
  const cases = listCases(image).map((each) => ({ ...each, frames: [] }));
  const engine = await Engine.create(await bytes(model), { background: cases[0].background });
  const alone = await Segmenter.create(await bytes(yardstick), backend);
  const input = await fetchNpy(`${base}golden/${yardstick.name}__astronaut__in.npy`);
  const camera = await readClip(`${base}clip/clip.webm`);
  const aloneMs = [];
  for (let round = 0; round < rounds; round++) {
    aloneMs.push(await alone.time(input, 4));
    for (const { background, matting, frames } of cases) {
      engine.setBackground(background);
      engine.setMatting(matting);
      for (let i = 0; i <= FRAMES_PER_ROUND; i++) {
        const frame = camera(round * FRAMES_PER_ROUND + i);
        const { image: result, completed } = await engine.process(frame, { waitForGpu: true });
        result.close();
        frame.close();
        if (i > 0) frames.push(completed);
      }
    }
  }
  engine.destroy();
  alone.destroy();
  return { aloneMs, cases: cases.map(({ name, frames }) => ({ name, frames })) };
}
