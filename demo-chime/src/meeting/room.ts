import { fetchNames } from './server';
import type { SessionEvents } from './session';

/** The lists of the page. */
export interface RoomElements {
  tiles: HTMLElement;
  roster: HTMLElement;
}

/** Shows the videos and names of the attendees of a meeting. */
export class Room {
  readonly #elements: RoomElements;
  readonly #meeting: string;
  readonly #tiles = new Map<number, { element: HTMLLIElement; attendee: string; local: boolean }>();
  readonly #present = new Set<string>();
  /** The names by attendee, as far as they are known. */
  #names: Record<string, string>;
  #mirrored = false;

  /** @param names the user's own name, by attendee. */
  constructor(elements: RoomElements, meeting: string, names: Record<string, string>) {
    this.#elements = elements;
    this.#meeting = meeting;
    this.#names = names;
    elements.tiles.replaceChildren();
    elements.roster.replaceChildren();
  }

  /** Whether the user's own video is mirrored. */
  set mirrored(mirrored: boolean) {
    this.#mirrored = mirrored;
    for (const { element, local } of this.#tiles.values()) {
      // The SDK mirrors every self-view. Mirroring it again shows what the others see.
      element.querySelector('video')?.classList.toggle('mirrored', local && !mirrored);
    }
    this.#write();
  }

  showTile(...[state, bind]: Parameters<SessionEvents['tile']>): void {
    const { tileId, boundAttendeeId, localTile, isContent } = state;
    if (!tileId || !boundAttendeeId || isContent) return;
    let tile = this.#tiles.get(tileId);
    if (!tile) {
      const element = document.createElement('li');
      element.className = 'tile';
      const video = document.createElement('video');
      video.autoplay = true;
      video.muted = true;
      video.playsInline = true;
      element.append(video, document.createElement('span'));
      tile = { element, attendee: boundAttendeeId, local: localTile };
      this.#tiles.set(tileId, tile);
      this.#elements.tiles.append(element);
      bind(video);
      this.mirrored = this.#mirrored;
    }
    this.#write();
  }

  removeTile(tileId: number): void {
    this.#tiles.get(tileId)?.element.remove();
    this.#tiles.delete(tileId);
  }

  async setPresence(attendee: string, present: boolean): Promise<void> {
    if (present) this.#present.add(attendee);
    else this.#present.delete(attendee);
    if (present && !this.#names[attendee]) {
      // Without an answer the attendee is shown without a name.
      const found = await fetchNames(this.#meeting).catch(() => ({}));
      this.#names = { ...this.#names, ...found };
    }
    this.#write();
  }

  #write(): void {
    const own = this.#mirrored ? ' (you, mirrored)' : ' (you, as others see you)';
    for (const { element, attendee, local } of this.#tiles.values()) {
      const label = `${this.#nameOf(attendee)}${local ? own : ''}`;
      const [caption, video] = [element.querySelector('span'), element.querySelector('video')];
      if (caption) caption.textContent = label;
      if (video) video.ariaLabel = label;
    }
    this.#elements.roster.replaceChildren(
      ...[...this.#present].map((attendee) => {
        const entry = document.createElement('li');
        entry.textContent = this.#nameOf(attendee);
        return entry;
      }),
    );
  }

  #nameOf(attendee: string): string {
    return this.#names[attendee] ?? 'Unknown';
  }
}
