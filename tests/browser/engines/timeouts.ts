/** How long a page's function may take, in milliseconds: on a busy machine a software GPU takes tens of seconds to make an engine. */
export const RUN_TIMEOUT = 180_000;

/** How long a browser may take to start or to load a page, in milliseconds. */
export const START_TIMEOUT = 60_000;

/** How long a browser may take to exit before it is killed, in milliseconds. */
export const END_TIMEOUT = 5_000;
