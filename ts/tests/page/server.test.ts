import { expect, test, vi } from 'vitest';
import { ImageSegmenter, segmentImage } from '../../src/index.js';

test('on a server, image segmentation rejects with `unsupported` and fetches nothing', async () => {
  const fetching = vi.spyOn(globalThis, 'fetch');
  await expect(ImageSegmenter.create()).rejects.toMatchObject({ code: 'unsupported' });
  await expect(segmentImage('https://example.com/me.jpg')).rejects.toMatchObject({ code: 'unsupported' });
  expect(fetching).not.toHaveBeenCalled();
});
