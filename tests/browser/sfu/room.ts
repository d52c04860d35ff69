/** Calls through Janus' videoroom plug-in: one side publishes a track, the other side receives it from the server. */
import { type Answer, type JanusHandle, JanusSession } from './signaling.js';
import { within } from './within.js';

const PLUGIN = 'janus.plugin.videoroom';
/** What the publisher may send, in bits per second: more than the sizes of the tests need. */
const BITRATE = 6_000_000;
const PUBLISHER = 1;

/** A call through the server. */
export interface RoomCall {
  sender: RTCRtpSender;
  receiver: RTCPeerConnection;
  /** The reason for each peer connection that the server ended. */
  hangups: readonly string[];
  close(): Promise<void>;
}

/**
 * Publishes a track in a room of its own, and subscribes to it.
 *
 * @param receive receives the track of the far side, before its first frame.
 */
export async function callThroughRoom(
  url: string,
  track: MediaStreamTrack,
  receive: (track: MediaStreamTrack) => void,
): Promise<RoomCall> {
  const session = await JanusSession.open(url);
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  const close = async () => {
    near.close();
    far.close();
    await session.close();
  };
  try {
    const publisher = await session.attach(PLUGIN);
    const { data } = await publisher.send({
      request: 'create',
      publishers: 1,
      bitrate: BITRATE,
      videocodec: 'vp8',
    });
    const room = data.room as number;
    await publisher.send({ request: 'join', ptype: 'publisher', room, id: PUBLISHER });
    const { sender } = near.addTransceiver(track, { direction: 'sendonly' });
    await publish(publisher, near);
    far.ontrack = ({ track }) => receive(track);
    await subscribe(await session.attach(PLUGIN), room, far);
    return { sender, receiver: far, hangups: session.hangups, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

async function publish(publisher: JanusHandle, near: RTCPeerConnection): Promise<void> {
  await near.setLocalDescription();
  const offer = await gathered(near);
  await near.setRemoteDescription(described(await publisher.send({ request: 'publish' }, offer)));
  // A publisher without a peer connection accepts no subscribers.
  await within('the peer connection to Janus', publisher.connected);
}

async function subscribe(subscriber: JanusHandle, room: number, far: RTCPeerConnection): Promise<void> {
  const streams = [{ feed: PUBLISHER }];
  const offer = described(await subscriber.send({ request: 'join', ptype: 'subscriber', room, streams }));
  await far.setRemoteDescription(offer);
  await far.setLocalDescription();
  await subscriber.send({ request: 'start' }, await gathered(far));
}

function described({ jsep, data }: Answer): RTCSessionDescriptionInit {
  if (!jsep) throw new Error(`Janus gave no description: ${JSON.stringify(data)}`);
  return jsep;
}

/** The local description with all its candidates: without STUN they are available immediately. */
async function gathered(connection: RTCPeerConnection): Promise<RTCSessionDescriptionInit> {
  if (connection.iceGatheringState !== 'complete') {
    const complete = new Promise<void>((resolve) => {
      connection.addEventListener('icegatheringstatechange', () => {
        if (connection.iceGatheringState === 'complete') resolve();
      });
    });
    await within('gathering candidates', complete);
  }
  return (connection.localDescription as RTCSessionDescription).toJSON();
}
