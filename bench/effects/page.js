/** In the page: whole frames of ours, from a camera's picture to the bitmap that is shown. */

/** Frames of each case that one round times, after one that is not timed. */
const FRAMES_PER_ROUND = 3;
const CLIP_SECONDS = 8;
const CLIP_FRAMES = 8;

/**
 * What is measured: the effects with all that is done to a mask, and the first of them with less of it.
 *
 * @param {ImageBitmap} picture
 */
function listCases(picture) {
  const layout = { fit: 'cover', position: [0.5, 0.5], mirror: false };
  const guided = { refinement: 'guided', temporalSmoothing: true };
  const blur = { kind: 'blur', radius: 16 };
  return [
    { name: 'blur, medium', background: blur, matting: guided },
    { name: 'blur, high', background: { kind: 'blur', radius: 32 }, matting: guided },
    { name: 'image', background: { kind: 'image', image: picture, layout }, matting: guided },
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

/** The stages' times of every frame, by case, and the times of the largest network alone. */
export async function measure({ base, rounds, model, yardstick }) {
  const { default: start, Engine, Segmenter } = await import(`${base}wasm/cyclorama_web.js`);
  const { fetchNpy } = await import(`${base}bench/page/npy.js`);
  await start();
  const bytes = async ({ path }) => new Uint8Array(await (await fetch(base + path)).arrayBuffer());
  const picture = await createImageBitmap(await (await fetch(`${base}clip/hills.jpg`)).blob());
  const cases = listCases(picture).map((each) => ({ ...each, frames: [] }));
  const engine = await Engine.create(await bytes(model), { background: cases[0].background });
  const alone = await Segmenter.create(await bytes(yardstick), 'webgpu');
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
        const { image, completed } = await engine.process(frame, { waitForGpu: true });
        image.close();
        frame.close();
        if (i > 0) frames.push(completed);
      }
    }
  }
  engine.destroy();
  alone.destroy();
  return { aloneMs, cases: cases.map(({ name, frames }) => ({ name, frames })) };
}

/** Frames of the clip as a camera gives them: in memory, with the colours at half the size (I420 or NV12). */
async function readClip(address) {
  const video = document.createElement('video');
  video.muted = true;
  // A server that knows no ranges lets no video be sought in; a blob can always be.
  video.src = URL.createObjectURL(await (await fetch(address)).blob());
  const pictures = [];
  for (let i = 0; i < CLIP_FRAMES; i++) {
    await new Promise((resolve, reject) => {
      video.onseeked = resolve;
      video.onerror = () => reject(new Error(`${address} does not play: ${video.error?.message}`));
      // Not from 0 to 0, which is no seeking at all.
      video.currentTime = ((i + 0.5) * CLIP_SECONDS) / CLIP_FRAMES;
    });
    const frame = new VideoFrame(video, { timestamp: 0 });
    const { format, colorSpace, visibleRect } = frame;
    const pixels = new Uint8Array(frame.allocationSize());
    const layout = await frame.copyTo(pixels);
    frame.close();
    const { width: codedWidth, height: codedHeight } = visibleRect;
    const init = { format, layout, codedWidth, codedHeight, colorSpace: colorSpace.toJSON() };
    pictures.push({ pixels, init });
  }
  URL.revokeObjectURL(video.src);
  return (number) => {
    const { pixels, init } = pictures[number % pictures.length];
    return new VideoFrame(pixels, { ...init, timestamp: number * 33_333 });
  };
}
