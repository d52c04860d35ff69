/** What the receiving end has received so far. */
export interface Received {
  frames: number;
  bytes: number;
  /** The size of the received frames, in pixels. The encoder may reduce it when the CPU is slow. */
  width: number;
  height: number;
  codec: string;
}

/** A WebRTC call with both ends in this page. */
export class LoopbackCall {
  readonly #near = new RTCPeerConnection();
  readonly #far = new RTCPeerConnection();

  private constructor() {
    // Both ends are in this page, so no signaling server is needed.
    this.#near.onicecandidate = ({ candidate }) => void this.#far.addIceCandidate(candidate ?? undefined);
    this.#far.onicecandidate = ({ candidate }) => void this.#near.addIceCandidate(candidate ?? undefined);
  }

  /** Opens a call that sends a track. Returns the call and the received track. */
  static async open(track: MediaStreamTrack): Promise<{ call: LoopbackCall; received: MediaStreamTrack }> {
    const call = new LoopbackCall();
    const [near, far] = [call.#near, call.#far];
    try {
      const received = new Promise<MediaStreamTrack>((resolve) => {
        far.ontrack = ({ track }) => resolve(track);
      });
      near.addTransceiver(track, { direction: 'sendonly' });
      await near.setLocalDescription();
      await far.setRemoteDescription(descriptionOf(near));
      await far.setLocalDescription();
      await near.setRemoteDescription(descriptionOf(far));
      return { call, received: await received };
    } catch (error) {
      call.close();
      throw error;
    }
  }

  /** Replaces the sent track. The received track stays the same. */
  async send(track: MediaStreamTrack): Promise<void> {
    const [sender] = this.#near.getSenders();
    if (sender?.track !== track) await sender?.replaceTrack(track);
  }

  /** Statistics of the received video. `undefined` until the first frame is decoded. */
  async received(): Promise<Received | undefined> {
    const reports = await this.#far.getStats();
    for (const report of reports.values()) {
      if (report.type !== 'inbound-rtp' || !report.framesDecoded) continue;
      const codec: string = reports.get(report.codecId)?.mimeType ?? '';
      return {
        frames: report.framesDecoded,
        bytes: report.bytesReceived,
        width: report.frameWidth,
        height: report.frameHeight,
        codec: codec.replace(/^video\//, ''),
      };
    }
    return undefined;
  }

  close(): void {
    this.#near.close();
    this.#far.close();
  }
}

function descriptionOf({ localDescription }: RTCPeerConnection): RTCSessionDescription {
  if (!localDescription) throw new Error('the browser created no session description');
  return localDescription;
}
