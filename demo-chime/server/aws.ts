/** The AWS client for meetings, the search for its credentials, and messages for its errors. */
import { ChimeSDKMeetingsClient } from '@aws-sdk/client-chime-sdk-meetings';
import type { Status } from '../src/meeting/messages.ts';

/** The actions that the credentials must allow. */
const ACTIONS = ['chime:CreateMeeting', 'chime:CreateAttendee', 'chime:GetMeeting', 'chime:DeleteMeeting'];

/** The default region for meetings. */
const DEFAULT_REGION = 'us-east-1';

/** The timeout of the search for credentials, in milliseconds. The search may run programs and, on AWS, send requests. */
const SEARCH_TIMEOUT = 5_000;

const REMEDIES = [
  'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN for temporary keys. Or set AWS_PROFILE to a profile in ~/.aws, and run "aws sso login" if the profile needs it.',
  `The IAM policy must allow ${ACTIONS.join(', ')}.`,
  `Optional: set AWS_REGION to a region of the Chime SDK (default: the profile’s region, else ${DEFAULT_REGION}), and CHIME_MEDIA_REGION for the media.`,
  'Restart "npm start". Amazon bills meetings by the minute and attendee.',
];

/** An AWS client, with the regions of its meetings. */
export interface Amazon {
  client: ChimeSDKMeetingsClient;
  region: string;
  mediaRegion: string;
}

/** Creates a client from the environment, by the rules of the AWS SDK. It reads the credentials on first use. */
export async function openAmazon(): Promise<Amazon> {
  // Short timeouts: the page reports an error instead of waiting.
  const options = {
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  };
  let client = new ChimeSDKMeetingsClient(options);
  let region = await client.config.region().catch(() => undefined);
  if (!region) {
    region = DEFAULT_REGION;
    client.destroy();
    client = new ChimeSDKMeetingsClient({ ...options, region });
  }
  return { client, region, mediaRegion: process.env.CHIME_MEDIA_REGION || region };
}

/** Whether credentials exist. Amazon verifies them only when a meeting is created. */
export async function findStatus({ client, region, mediaRegion }: Amazon): Promise<Status> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the search took too long')), SEARCH_TIMEOUT);
  });
  try {
    await Promise.race([client.config.credentials(), late]);
    return { ready: true, region, mediaRegion };
  } catch (error) {
    const broken = nameOf(error) === 'CredentialsProviderError' ? '' : ` (${messageOf(error)})`;
    return {
      ready: false,
      problem: `The demo’s server found no AWS credentials${broken}, so it cannot create a meeting.`,
      remedies: REMEDIES,
    };
  } finally {
    clearTimeout(timer);
  }
}

/** Errors that new credentials can fix. */
const CREDENTIAL_ERRORS = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnauthorizedClientException',
  'UnauthorizedException',
  'UnrecognizedClientException',
]);

/** Whether the credentials must be read again before the next request. */
export const isCredentialError = (error: unknown) => CREDENTIAL_ERRORS.has(nameOf(error));

/** Whether a meeting no longer exists. Amazon ends empty meetings. */
export const isGone = (error: unknown) => nameOf(error) === 'NotFoundException';

/** A message with the error and its remedy. Amazon's own messages stay on the server, because they may contain accounts and keys. */
export function errorMessage(error: unknown, region: string): string {
  const name = nameOf(error);
  switch (name) {
    case 'CredentialsProviderError':
      return 'The demo’s server found no AWS credentials. Renew them, for example with "aws sso login".';
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return 'The AWS credentials of the demo’s server have expired. Renew them ("aws sso login", or new keys and AWS_SESSION_TOKEN). If they are environment variables, restart "npm start".';
    case 'AccessDeniedException':
    case 'ForbiddenException':
      return `The AWS credentials of the demo’s server do not permit this. The IAM policy must allow ${ACTIONS.join(', ')}.`;
    case 'LimitExceededException':
    case 'ResourceLimitExceeded':
    case 'ResourceLimitExceededException':
      return 'Your AWS account has reached its limit of meetings or attendees. End some meetings, or ask Amazon to raise the limit.';
    case 'ThrottledClientException':
    case 'ThrottlingException':
      return 'Amazon rejected the request because of its rate limit. Try again in a moment.';
    case 'BadRequestException':
      return `Amazon rejected the request. CHIME_MEDIA_REGION may be a region without media servers (the server uses ${region}).`;
  }
  if (isCredentialError(error)) {
    return 'Amazon does not accept the AWS credentials of the demo’s server. Check the keys, the session token and the clock of this computer.';
  }
  if (hasNoAnswer(error)) {
    return `The Chime SDK cannot be reached in ${region}. Check that this computer is online and that the Chime SDK supports this region (AWS_REGION).`;
  }
  return `Amazon responded with an error (${name}). Try again. The server’s terminal shows its message.`;
}

const UNREACHABLE = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

function hasNoAnswer(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return nameOf(error) === 'TimeoutError' || (typeof code === 'string' && UNREACHABLE.has(code));
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : typeof error);
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
