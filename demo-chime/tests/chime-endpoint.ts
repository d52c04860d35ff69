import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to the endpoint. */
export interface Asked {
  method: string;
  path: string;
  body: Record<string, unknown>;
  /** The key that signed it, from the header of the AWS signature. */
  key: string | undefined;
}

/** An error response of AWS. */
export interface AwsError {
  status: number;
  type: string;
}

/**
 * A substitute for the Chime SDK Meetings API on the loopback interface: the service itself needs an account and costs money. It provides
 * no media. A page that joins gets as far as the connection to Chime's signaling.
 */
export async function openChimeEndpoint() {
  const asked: Asked[] = [];
  const live = new Set<string>();
  const state: { error: AwsError | undefined } = { error: undefined };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const { method = '', url: path = '', headers } = request;
    const key = headers.authorization?.match(/Credential=([^/]+)\//)?.[1];
    asked.push({ method, path, body: text ? JSON.parse(text) : {}, key });
    const fail = ({ status, type }: AwsError) => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
      response.end(JSON.stringify({ message: 'arn:aws:iam::123456789012:user/secret' }));
    };
    const send = (status: number, body?: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body && JSON.stringify(body));
    };
    if (state.error) return fail(state.error);
    const [, , meeting = '', attendees] = path.split('/');
    if (method === 'POST' && path === '/meetings') {
      const MeetingId = randomUUID();
      live.add(MeetingId);
      const host = `${MeetingId}.m1.ue1.app.chime.aws`;
      return send(201, {
        Meeting: {
          MeetingId,
          ExternalMeetingId: JSON.parse(text).ExternalMeetingId,
          MediaRegion: JSON.parse(text).MediaRegion,
          MediaPlacement: {
            AudioHostUrl: `${host}:3478`,
            AudioFallbackUrl: `wss://wss.k.${host}:443/calls/${MeetingId}`,
            SignalingUrl: `wss://signal.${host}/control/${MeetingId}`,
            TurnControlUrl: `https://ccp.${host}/v2/turn_sessions`,
            EventIngestionUrl: 'https://data.svc.ue1.ingest.chime.aws/v1/client-events',
          },
        },
      });
    }
    if (!live.has(meeting)) return fail({ status: 404, type: 'NotFoundException' });
    if (method === 'POST' && attendees) {
      const { ExternalUserId } = JSON.parse(text);
      return send(201, { Attendee: { AttendeeId: randomUUID(), ExternalUserId, JoinToken: 'a-join-token' } });
    }
    if (method === 'GET') return send(200, { Meeting: { MeetingId: meeting } });
    live.delete(meeting);
    return send(204);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    /** The current meetings. */
    live,
    /** The error response to all following requests, if any. */
    set error(error: AwsError | undefined) {
      state.error = error;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The environment of a process whose AWS SDK uses the endpoint, with dummy keys. */
export const endpointEnvironment = (url: string) => ({
  ...bareEnvironment,
  AWS_ACCESS_KEY_ID: 'AKIDTEST',
  AWS_SECRET_ACCESS_KEY: 'a-key-that-means-nothing',
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL_CHIME_SDK_MEETINGS: url,
});

/** The environment of a process without credentials, on any machine. */
export const bareEnvironment = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_REGION: undefined,
  CHIME_MEDIA_REGION: undefined,
  AWS_WEB_IDENTITY_TOKEN_FILE: undefined,
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: undefined,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: undefined,
  AWS_ENDPOINT_URL_CHIME_SDK_MEETINGS: undefined,
  AWS_CONFIG_FILE: '/nonexistent/config',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
  AWS_EC2_METADATA_DISABLED: 'true',
} satisfies Record<string, string | undefined>;
