/** How long a page's function may take, in milliseconds: a software GPU makes an engine in tens of seconds on a busy machine. */
export const RUN_PATIENCE = 180_000;

/** How long a browser may take to start or to load a page, in milliseconds. */
export const START_PATIENCE = 60_000;

/** How long a browser may take to end before it is killed, in milliseconds. */
export const END_PATIENCE = 5_000;
