/** The camera's own track: the cost of the camera, the browser and the consumer. */

/** @param {import('../page/harness.js').Contest} contest */
export async function start({ track }) {
  return { track: track.clone() };
}
