import type { PeerEntry } from '../systems';

/** The systems that the page can set beside cyclorama, each loaded only when it is asked for. */
export const peers: readonly PeerEntry[] = [];
