/** What the far side has received so far. */
export interface Received {
  frames: number;
  bytes: number;
  /** The picture's, in pixels; it may be smaller than what was sent, where the encoder has no time. */
  width: number;
  height: number;
  codec: string;
}

/** A WebRTC call whose two ends are in this page. */
export class LoopbackCall {
  readonly #near = new RTCPeerConnection();
  readonly #far = new RTCPeerConnection();

  private constructor() {
    // Both ends are here, so what a server would carry between them is handed over.
    this.#near.onicecandidate = ({ candidate }) => void this.#far.addIceCandidate(candidate ?? undefined);
    this.#far.onicecandidate = ({ candidate }) => void this.#near.addIceCandidate(candidate ?? undefined);
  }

  /** Sends a track, and gives the call and what arrives of it. */
  static async open(track: MediaStreamTrack): Promise<{ call: LoopbackCall; received: MediaStreamTrack }> {
    const call = new LoopbackCall();
    const [near, far] = [call.#near, call.#far];
    try {
      const received = new Promise<MediaStreamTrack>((resolve) => {
        far.ontrack = ({ track }) => resolve(track);
      });
      near.addTransceiver(track, { direction: 'sendonly' });
      await near.setLocalDescription();
      await far.setRemoteDescription(described(near));
      await far.setLocalDescription();
      await near.setRemoteDescription(described(far));
      return { call, received: await received };
    } catch (error) {
      call.close();
      throw error;
    }
  }

  /** Sends another track in place of the one before; what arrives goes on under its own track. */
  async send(track: MediaStreamTrack): Promise<void> {
    const [sender] = this.#near.getSenders();
    if (sender?.track !== track) await sender?.replaceTrack(track);
  }

  /** `undefined` before anything has arrived. */
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

function described({ localDescription }: RTCPeerConnection): RTCSessionDescription {
  if (!localDescription) throw new Error('the browser described no call');
  return localDescription;
}
