import assert from 'node:assert/strict';
import { test } from 'node:test';
import { animate } from './animated-webp.mjs';

/** A still image's container with chunks of these names and contents. */
function still(...chunks) {
  const body = chunks.map(([name, content]) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(content.length, 4);
    return Buffer.concat([head, Buffer.from(content), Buffer.alloc(content.length % 2)]);
  });
  return Buffer.concat([Buffer.from('RIFF....WEBP', 'latin1'), ...body]);
}

test('frames keep their pixels, size and duration', () => {
  const images = [still(['VP8 ', [1, 2, 3]]), still(['VP8X', [0, 0]], ['ALPH', [4, 5]], ['VP8 ', [6, 7]])];
  const file = animate(images, { width: 480, height: 270, milliseconds: 100 });
  assert.equal(file.toString('latin1', 0, 4) + file.toString('latin1', 8, 16), 'RIFFWEBPVP8X');
  assert.equal(file.readUInt32LE(4), file.length - 8);
  const starts = [...file.toString('latin1').matchAll(/ANMF/g)].map(({ index }) => index);
  assert.equal(starts.length, 2);
  for (const start of starts) {
    assert.equal(file.readUIntLE(start + 14, 3), 479);
    assert.equal(file.readUIntLE(start + 17, 3), 269);
    assert.equal(file.readUIntLE(start + 20, 3), 100);
  }
  const [first, second] = starts.map((start) =>
    file.subarray(start + 24, start + 8 + file.readUInt32LE(start + 4)),
  );
  assert.deepEqual([...first.subarray(0, 4)], [...Buffer.from('VP8 ')]);
  // The padding of an odd size stays within the frame.
  assert.deepEqual([...first.subarray(8)], [1, 2, 3, 0]);
  assert.equal(second.toString('latin1', 0, 4) + second.toString('latin1', 10, 14), 'ALPHVP8 ');
});

test('an image of another format is refused', () => {
  const png = Buffer.from('\x89PNG\r\n\x1a\n....IHDR', 'latin1');
  assert.throws(() => animate([png], { width: 1, height: 1, milliseconds: 1 }), /not in the WebP format/);
});
