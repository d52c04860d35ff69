import { afterEach, expect, test, vi } from 'vitest';
import { WITHOUT_SERVER } from '../src/meeting/messages';
import { fetchStatus } from '../src/meeting/server';

afterEach(() => vi.unstubAllGlobals());

/** Fetches the status from a page in a folder of a host with this response. */
async function statusOf(answer: () => Response) {
  const asked: string[] = [];
  vi.stubGlobal('document', { baseURI: 'https://host.example/some/path/meeting.html' });
  vi.stubGlobal('fetch', async (url: URL) => {
    asked.push(url.href);
    return answer();
  });
  return { status: await fetchStatus(), asked };
}

const html = (status: number) => new Response('<p>Not found</p>', { status });

test.each([
  ['has the built file', () => Response.json(WITHOUT_SERVER)],
  ['answers 404 with a page', () => html(404)],
  ['answers everything with its start page', () => html(200)],
  [
    'is offline',
    () => {
      throw new TypeError('Failed to fetch');
    },
  ],
])('on a static host that %s the page reports what it needs', async (_, answer) => {
  const { status, asked } = await statusOf(answer);
  expect(status).toEqual(WITHOUT_SERVER);
  expect(asked).toEqual(['https://host.example/some/path/api/meeting/status']);
});
