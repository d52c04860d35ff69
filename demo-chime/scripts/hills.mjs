// Draws public/hills.jpg, the demo's background image: node demo-chime/scripts/hills.mjs
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const width = 1600;
const height = 900;

const instance = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-quic'],
});
try {
  const page = await instance.newPage({ viewport: { width, height } });
  await page.setContent(`<style>body { margin: 0 }</style>${drawing()}`);
  await page.screenshot({
    path: fileURLToPath(new URL('../public/hills.jpg', import.meta.url)),
    type: 'jpeg',
    quality: 82,
  });
} finally {
  await instance.close();
}

function drawing() {
  const ridges = Array.from({ length: 7 }, (_, index) => {
    const depth = index / 6;
    const line = ridge(index, 470 + 380 * depth ** 1.3, 90 - 30 * depth, 1 + 1.6 * (1 - depth));
    const [far, near] = [
      [226, 140, 118],
      [24, 34, 58],
    ];
    const color = far.map((value, channel) => Math.round(value + (near[channel] - value) * depth));
    return `<path d="M0,${height} L${line.join(' ')} L${width},${height} Z" fill="rgb(${color})"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="sky" x2="0" y2="1">
        <stop offset="0" stop-color="#2b3a6b"/><stop offset=".38" stop-color="#a8668c"/>
        <stop offset=".6" stop-color="#f3a978"/><stop offset=".75" stop-color="#fbd9a5"/>
      </linearGradient>
      <radialGradient id="sun">
        <stop offset="0" stop-color="#fff3d0" stop-opacity=".8"/><stop offset=".35" stop-color="#ffe3b8" stop-opacity=".35"/><stop offset="1" stop-color="#fff3d0" stop-opacity="0"/>
      </radialGradient>
    </defs>
    <rect width="${width}" height="${height}" fill="url(#sky)"/>
    <circle cx="700" cy="372" r="420" fill="url(#sun)"/>
    <circle cx="700" cy="372" r="58" fill="#fff6dd"/>
    ${ridges.join('\n')}
  </svg>`;
}

/** A ridge as points `x,y`: waves of several lengths around the height `base`. The result is deterministic. */
function ridge(seed, base, swing, detail) {
  const waves = [1, 2.3, 4.9, 11, 23].map((frequency, octave) => ({
    frequency,
    size: swing / detail ** octave / (octave + 1),
    phase: ((seed * 7 + octave * 3) * 2.399) % (2 * Math.PI),
  }));
  return Array.from({ length: width / 4 + 1 }, (_, step) => {
    const x = step * 4;
    const y = waves.reduce(
      (sum, { frequency, size, phase }) =>
        sum + size * Math.sin((x / width) * 2 * Math.PI * frequency + phase),
      base,
    );
    return `${x},${y.toFixed(1)}`;
  });
}
