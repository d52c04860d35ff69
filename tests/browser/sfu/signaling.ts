/** The part of Janus' JSON API that a call needs, over a WebSocket. */
import { within } from './within.js';

/** A plug-in's answer to a message. */
export interface Answer {
  data: Record<string, unknown>;
  jsep?: RTCSessionDescriptionInit;
}

interface Message {
  janus: string;
  transaction?: string;
  sender?: number;
  data?: { id: number };
  plugindata?: { data: Record<string, unknown> };
  jsep?: RTCSessionDescriptionInit;
  error?: { code: number; reason: string };
  reason?: string;
}

/** A session with the server. */
export class JanusSession {
  /** The reasons of peer connections' ends that the server reported. */
  readonly hangups: string[] = [];
  readonly #socket: WebSocket;
  /** Callbacks by handle, called once its peer connection is open. */
  readonly #connecting = new Map<number, () => void>();
  readonly #waiting = new Map<string, (message: Message) => void>();
  #transactions = 0;
  #session: number | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data) as Message);
  }

  static async open(url: string): Promise<JanusSession> {
    const socket = new WebSocket(url, 'janus-protocol');
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error(`no connection to Janus at ${url}`));
    });
    const session = new JanusSession(socket);
    session.#session = (await session.#request({ janus: 'create' })).data?.id;
    return session;
  }

  /** Attaches to a plug-in. Resolves with the handle that messages are sent to. */
  async attach(plugin: string): Promise<JanusHandle> {
    const { data } = await this.#request({ janus: 'attach', plugin });
    if (!data) throw new Error(`Janus gave no handle of ${plugin}`);
    const connected = new Promise<void>((resolve) => void this.#connecting.set(data.id, resolve));
    return {
      connected,
      send: async (body, jsep) => {
        const message = { janus: 'message', handle_id: data.id, body, ...(jsep && { jsep }) };
        const { plugindata, jsep: answered } = await this.#request(message);
        const answer = plugindata?.data ?? {};
        if ('error' in answer) throw new Error(`${body.request}: ${answer.error} (${answer.error_code})`);
        return { data: answer, ...(answered && { jsep: answered }) };
      },
    };
  }

  /** Ends the session and its peer connections. */
  async close(): Promise<void> {
    await this.#request({ janus: 'destroy' });
    this.#socket.close();
  }

  async #request(content: Record<string, unknown>): Promise<Message> {
    this.#transactions += 1;
    const transaction = String(this.#transactions);
    const answer = new Promise<Message>((resolve) => void this.#waiting.set(transaction, resolve));
    this.#socket.send(JSON.stringify({ ...content, session_id: this.#session, transaction }));
    try {
      const message = await within(`Janus' answer to ${JSON.stringify(content)}`, answer);
      if (message.error) throw new Error(`${content.janus}: ${message.error.reason} (${message.error.code})`);
      return message;
    } finally {
      this.#waiting.delete(transaction);
    }
  }

  #receive(message: Message): void {
    if (message.janus === 'webrtcup' && message.sender) this.#connecting.get(message.sender)?.();
    if (message.janus === 'hangup') this.hangups.push(message.reason ?? '');
    // A message to a plug-in is acknowledged first and answered later.
    if (message.janus !== 'ack' && message.transaction) this.#waiting.get(message.transaction)?.(message);
  }
}

/** A connection of a session to a plug-in. */
export interface JanusHandle {
  /** Resolves when the server has the handle's peer connection. */
  connected: Promise<void>;
  /**
   * Sends a message and resolves with the plug-in's answer.
   *
   * @throws {Error} with the plug-in's reason if it refuses.
   */
  send(
    body: { request: string } & Record<string, unknown>,
    jsep?: RTCSessionDescriptionInit,
  ): Promise<Answer>;
}
