/** A call of a page with itself. */
export interface Loopback {
  /** What the far side receives. */
  track: MediaStreamTrack;
  /** How many frames the far side has decoded. */
  decoded(): Promise<number>;
  close(): void;
}

/** Sends a track to a far side, encoded as VP8, which every browser supports. */
export async function openLoopback(track: MediaStreamTrack): Promise<Loopback> {
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined);
  far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined);
  const received = new Promise<MediaStreamTrack>((resolve) => {
    far.ontrack = ({ track: received }) => resolve(received);
  });
  const transceiver = near.addTransceiver(track, { direction: 'sendonly' });
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/VP8'));
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription as RTCSessionDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription as RTCSessionDescription);
  return {
    track: await received,
    async decoded() {
      for (const report of (await far.getStats()).values()) {
        if (report.type === 'inbound-rtp') return report.framesDecoded ?? 0;
      }
      return 0;
    },
    close() {
      near.close();
      far.close();
    },
  };
}
