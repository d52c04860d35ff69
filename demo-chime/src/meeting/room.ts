import { askNames } from './server';
import type { SessionEvents } from './session';

/** Lists on the page. */
export interface RoomPlaces {
  tiles: HTMLElement;
  roster: HTMLElement;
}

/** The pictures and names of who is in a meeting, on the page. */
export class Room {
  readonly #places: RoomPlaces;
  readonly #meeting: string;
  readonly #tiles = new Map<number, { element: HTMLLIElement; attendee: string; local: boolean }>();
  readonly #present = new Set<string>();
  /** The names by attendee, as far as the server has told them. */
  #names: Record<string, string>;
  #mirrored = false;

  /** `names` has the user's own. */
  constructor(places: RoomPlaces, meeting: string, names: Record<string, string>) {
    this.#places = places;
    this.#meeting = meeting;
    this.#names = names;
    places.tiles.replaceChildren();
    places.roster.replaceChildren();
  }

  /** Whether the user's own picture is a mirror. */
  set mirrored(mirrored: boolean) {
    this.#mirrored = mirrored;
    for (const { element, local } of this.#tiles.values()) {
      // The SDK makes every self-view a mirror: mirrored once more it is what the others see.
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
      this.#places.tiles.append(element);
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
      // Without an answer somebody is there whose name is not known.
      const found = await askNames(this.#meeting).catch(() => ({}));
      this.#names = { ...this.#names, ...found };
    }
    this.#write();
  }

  #write(): void {
    const own = this.#mirrored ? ' (you, mirrored)' : ' (you, as others see you)';
    for (const { element, attendee, local } of this.#tiles.values()) {
      const words = `${this.#nameOf(attendee)}${local ? own : ''}`;
      const [label, video] = [element.querySelector('span'), element.querySelector('video')];
      if (label) label.textContent = words;
      if (video) video.ariaLabel = words;
    }
    this.#places.roster.replaceChildren(
      ...[...this.#present].map((attendee) => {
        const entry = document.createElement('li');
        entry.textContent = this.#nameOf(attendee);
        return entry;
      }),
    );
  }

  #nameOf(attendee: string): string {
    return this.#names[attendee] ?? 'Somebody';
  }
}
